"""What those whom a case concerns read about it: what was decided, why, and how they answer."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from contributions.moderation import links
from contributions.moderation.appealing import appeal, appeal_until, kinds_of_appeal
from contributions.moderation.concerns import cases_concerning
from contributions.moderation.errors import CaseChanged
from contributions.moderation.mails import what_to_do
from contributions.moderation.messaging import write_to_desk
from contributions.moderation.models import Case
from contributions.moderation.selectors import case_by_id, statement_of
from contributions.moderation.sides import concerns, holdings_of, name_for
from contributions.moderation.vocabulary import REDRESS, AppealKind
from hub.errors import InvalidInput, RepoNotFound
from hub.http.web.moderation import numbers_in
from hub.http.web.moderation_forms import AppealFileForm, AppealForm, MessageForm
from hub.http.web.pages import page_number
from hub.http.web.visitors import visitor

PAGE = 50


@never_cache
@require_http_methods(["GET", "POST"])
def statement(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the decisions of a case to those it concerns; a POST appeals or writes to the desk.

    Who reported is not told, nor that somebody did before anything is decided. To anybody else the page does
    not exist. Whose account is suspended comes by the link in the mail about it.
    """
    found = case_by_id(case_id)
    reader = reader_of(request, found)
    if reader is None:
        return redirect_to_login(request.get_full_path())
    shown = statement_of(found, reader, numbers_in(request)) if found and concerns(found, reader) else None
    if found is None or shown is None or not shown.told:
        raise RepoNotFound(_("There is no such case."))
    kinds = kinds_of_appeal(shown.current, reader) if shown.current else []
    posted = request.POST if request.method == "POST" else None
    writes = posted is not None and "write" in posted
    appeal_form = AppealForm(posted if posted is not None and not writes else None, kinds=kinds)
    message_form = MessageForm(posted if writes else None, auto_id="message_%s")
    form = message_form if writes else appeal_form
    if posted is not None and form.is_valid():
        try:
            if writes:
                write_to_desk(case=found, author=reader, text=form.cleaned_data["text"])
            elif shown.current is not None:
                appeal(decision=shown.current, author=reader, **form.cleaned_data)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        except CaseChanged as problem:
            messages.error(request, str(problem))
            return redirect(request.get_full_path())
        else:
            messages.success(request, _("It was sent to the moderators."))
            return redirect(request.get_full_path())
    held = holdings_of(found, reader)
    context = {
        "case": found,
        "statement": shown,
        "reader": reader,
        "holdings": held,
        "name": name_for(found, held),
        "kept": urlencode({"key": request.GET["key"]}) + "&" if "key" in request.GET else "",
        "kinds": kinds,
        "what_to_do": what_to_do(shown.current) if shown.current else "",
        "appeal_until": appeal_until(shown.current) if shown.current else None,
        "redress": REDRESS,
        "waiting_days": shown.current.policy.waiting_days
        if shown.current and AppealKind.COUNTER_NOTICE in kinds
        else 0,
        "appeal_form": appeal_form,
        "message_form": message_form,
        "file_form": AppealFileForm(auto_id="file_%s"),
    }
    return render(request, "web/statement.html", context)


@login_required
@never_cache
@require_safe
def concerning(request: HttpRequest) -> HttpResponse:
    """List the cases about something of the visitor's in which something was decided or written."""
    number = page_number(request)
    found = cases_concerning(request.user, limit=PAGE, offset=(number - 1) * PAGE)
    context = {"cases": found.cases, "page": number, "next": number + 1 if found.more else None}
    return render(request, "web/settings_decisions.html", context)


def reader_of(request: HttpRequest, case: Case | None) -> User | None:
    """Who reads: whoever is logged in, or came by the link for somebody suspended; None for nobody."""
    if key := request.GET.get("key", ""):
        return links.user_with(key, case) if case else None
    return visitor(request).user
