"""The moderators' pages: what waits, one case, and the decision. To anybody else they do not exist."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contributions.moderation.errors import CaseClosed, ConflictOfInterest
from contributions.moderation.selectors import case_by_id, case_detail, decided, has_stake, open_count, queue
from contributions.moderation.services import decide
from hub.errors import InvalidInput, RepoNotFound
from hub.http.web.case_evidence import evidence_of
from hub.http.web.forms import DecisionForm
from hub.http.web.visitors import visitor

PAGE = 50
View = Callable[..., HttpResponse]


def moderators_only(view: View) -> View:
    """Answer as if there were no such page to everybody who is not a moderator."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = visitor(request).user
        if user is None or not user.is_moderator:
            raise RepoNotFound(_("There is no such page."))
        return view(request, *args, **kwargs)

    return wrapped


@moderators_only
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """List the open cases, the gravest first, and below them those decided last."""
    context = {"cases": queue(PAGE), "decided": decided(PAGE), "open_count": open_count()}
    return render(request, "web/moderation.html", context)


@moderators_only
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show everything that is known of a case; a POST decides it."""
    found = case_by_id(case_id)
    if found is None:
        raise RepoNotFound(_("There is no such case."))
    form = DecisionForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide(case=found, moderator=request.user, **form.cleaned_data)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        except ConflictOfInterest as problem:
            form.add_error(None, str(problem))
        except CaseClosed as problem:
            # The page is shown anew, with what was decided meanwhile and a form that knows of it.
            messages.error(request, str(problem))
            return redirect("moderation-case", case_id)
        else:
            words = _(
                "Decided. The publishers see it on the pages, and by mail if they confirmed an address."
            )
            messages.success(request, words)
            return redirect("moderation-case", case_id)
    context = {
        "case": found,
        "detail": case_detail(found),
        "evidence": evidence_of(request, sha256=found.sha256, repository=found.repository),
        "form": form,
        "stake": has_stake(found, request.user),
    }
    return render(request, "web/moderation_case.html", context)
