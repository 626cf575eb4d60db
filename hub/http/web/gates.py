"""Asking for the files behind a gate, and taking that back."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.addresses import confirmed_addresses
from hub.access.policy import Action
from hub.access.services import may, writing_user
from hub.errors import InvalidInput
from hub.gates.errors import AlreadyLetIn, FormChanged
from hub.gates.forms import form_of
from hub.gates.services import ask, check_gated, withdraw
from hub.http.web.addresses import markdown_addresses, page_of
from hub.http.web.gate_forms import AskForm
from hub.http.web.licences import declared_of
from hub.http.web.markdown import render as render_markdown
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor
from hub.licensing.books import current_books
from hub.repos.models import Repository

REVISION = "main"


@require_http_methods(["GET", "POST"])
def ask_access(request: HttpRequest, **address: str) -> HttpResponse:
    """Show what the owners ask of whoever wants the files, and what came of it; a POST asks or withdraws."""
    repository = open_page(request, address)
    if request.method == "POST":
        return _post(request, repository)
    if not repository.gated:
        return redirect(page_of(repository))
    return _page(request, repository)


def _post(request: HttpRequest, repository: Repository) -> HttpResponse:
    user = writing_user(visitor(request))
    if "withdraw" in request.POST:
        withdraw(repository=repository, user=user)
        messages.success(request, _("Done. You can ask again whenever you like."))
        return redirect(page_of(repository))
    check_gated(repository)
    if may(visitor(request), repository, Action.PULL):
        raise AlreadyLetIn(_("You have access already."))
    if refused := consume_or_429(request, action="ask_access"):
        return refused
    form = AskForm(form_of(repository), request.POST)
    if not form.is_valid():
        return _page(request, repository, form, status=400)
    try:
        ask(
            repository=repository,
            user=user,
            answers=form.answers,
            seen=form.cleaned_data["seen"],
            language=get_language() or "",
        )
    except FormChanged as problem:
        # Shown anew, as it is now.
        messages.error(request, str(problem))
        return _page(request, repository, status=412)
    except AlreadyLetIn as problem:
        messages.error(request, str(problem))
        return redirect(page_of(repository))
    except InvalidInput as problem:
        form.add_error(form.names.get(problem.field), str(problem))
        return _page(request, repository, form, status=400)
    return redirect(page_of(repository))


def _page(
    request: HttpRequest, repository: Repository, form: AskForm | None = None, status: int = 200
) -> HttpResponse:
    gate, me = form_of(repository), visitor(request).user
    addresses = markdown_addresses(request, repository, REVISION)
    shown = frame(request, repository, "ask")
    context = shown | {
        "gate": gate,
        "told_by_mail": shown["told_by_mail"] if shown["asked"] else bool(me and confirmed_addresses([me])),
        "form": form or AskForm(gate),
        "description": render_markdown(gate.description, addresses) if gate.description else "",
        "prompt": render_markdown(gate.prompt, addresses) if gate.prompt else "",
        "declared": declared_of(repository, (), current_books().book),
    }
    return render(request, "web/ask_access.html", context, status=status)
