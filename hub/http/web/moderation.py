"""The moderators' pages: what waits, and one case. To anybody but them and the auditors they do not exist."""

from collections.abc import Callable
from dataclasses import fields
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contributions.moderation import views as saved
from contributions.moderation.deciding import decide, reported_by
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Case
from contributions.moderation.parts import LAST, Numbers
from contributions.moderation.queueing import counts, queue
from contributions.moderation.repairs import repair_of
from contributions.moderation.selectors import case_by_id, case_detail
from contributions.moderation.subjects import has_stake
from contributions.moderation.vocabulary import DecisionState
from hub.errors import InvalidInput, RepoNotFound
from hub.http.web.case_evidence import evidence_of
from hub.http.web.moderation_forms import (
    DecisionForm,
    DeskMessageForm,
    QueueForm,
    RepairedForm,
    SaveViewForm,
)
from hub.http.web.pages import page_number
from hub.http.web.visitors import visitor

PAGE = 50
View = Callable[..., HttpResponse]


def desk_only(view: View) -> View:
    """Answer as if there were no such page to everybody who does not read the desk.

    Auditors read everything there, and change nothing.
    """

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = visitor(request).user
        changes = request.method not in ("GET", "HEAD")
        if user is None or not (user.is_moderator if changes else user.reads_desk):
            raise RepoNotFound(_("There is no such page."))
        return view(request, *args, **kwargs)

    return wrapped


@desk_only
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """List the cases that are wanted, with what waits in numbers above them."""
    form = QueueForm(request.GET)
    number = page_number(request)
    found = queue(request.user, form.wanted(), limit=PAGE, offset=(number - 1) * PAGE)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "cases": found.cases,
        "page": number,
        "next": number + 1 if found.more else None,
        "counts": counts(),
        "views": saved.views_of(request.user),
        "query": query.urlencode(),
        "decides": request.user.is_moderator,
    }
    return render(request, "web/moderation.html", context)


@desk_only
@require_POST
def views(request: HttpRequest) -> HttpResponse:
    """Keep the selection that is shown under a name, or forget one."""
    form = SaveViewForm(request.POST)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(str(form.errors[field][0]), field)
    said = form.cleaned_data
    if said["act"] == "save":
        saved.save_view(user=request.user, name=said["name"], query=said["query"])
    else:
        saved.forget_view(user=request.user, name=said["name"])
    return redirect("/moderation" + (f"?{said['query']}" if said["query"] else ""))


@desk_only
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show everything that is known of a case; a POST decides it."""
    found = open_case(case_id)
    if has_stake(found, request.user):
        # Reporters stay hidden from whom they report, also when that is a moderator.
        return render(request, "web/moderation_stake.html", {"case": found}, status=403)
    form = DecisionForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decision = decide(case=found, moderator=request.user, **form.cleaned_data)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        except ConflictOfInterest as problem:
            form.add_error(None, str(problem))
        except CaseChanged as problem:
            return changed(request, case_id, problem)
        else:
            proposed = decision.state == DecisionState.PROPOSED
            messages.success(
                request,
                _("Proposed. So many are reached that a second moderator has to confirm it.")
                if proposed
                else _(
                    "Decided. Those concerned see it on the pages, and by mail if they confirmed an address."
                ),
            )
            return redirect("moderation-case", case_id)
    return _page(request, found, form, status=400 if form.errors else 200)


def changed(request: HttpRequest, case_id: int, problem: CaseChanged) -> HttpResponse:
    """The page anew, with 409: what happened meanwhile, and forms that know of it."""
    messages.error(request, str(problem))
    found = open_case(case_id)
    return _page(request, found, DecisionForm(found), status=409)


def _page(request: HttpRequest, found: Case, form: DecisionForm, *, status: int) -> HttpResponse:
    detail = case_detail(found, numbers_in(request))
    repair = repair_of(found)
    context = {
        "case": found,
        "detail": detail,
        "evidence": evidence_of(request, found),
        "form": form,
        "repair": repair,
        "repair_form": RepairedForm(
            initial={"reason": repair.reason, "seen": found.turn} if repair else None, auto_id="repair_%s"
        ),
        "message_form": DeskMessageForm(auto_id="message_%s"),
        "decides": request.user.is_moderator,
        "reported": reported_by(found, request.user),
    }
    return render(request, "web/moderation_case.html", context, status=status)


def numbers_in(request: HttpRequest) -> Numbers:
    """Which part of each list of a case's page is wanted."""
    return Numbers(**{field.name: min(page_number(request, field.name), LAST) for field in fields(Numbers)})


def open_case(case_id: int) -> Case:
    """The case; RepoNotFound when there is none."""
    found = case_by_id(case_id)
    if found is None:
        raise RepoNotFound(_("There is no such case."))
    return found
