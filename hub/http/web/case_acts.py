"""What moderators do in a case beside deciding it: claim it, write, confirm a colleague, answer appeals."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contributions.moderation import appealing, claiming, deciding, messaging, repairs
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Appeal
from contributions.moderation.selectors import appeal_of, decision_of
from contributions.moderation.vocabulary import AppealState
from hub.errors import InvalidInput, RepoNotFound
from hub.http.web.moderation import changed, desk_only, open_case
from hub.http.web.moderation_forms import ClaimForm, DeskMessageForm, ReasonForm, RepairedForm


@desk_only
@require_POST
def claims(request: HttpRequest, case_id: int) -> HttpResponse:
    """Claim the case, give it back or over, or ask a colleague, or all, for their opinion."""
    found, said = open_case(case_id), _checked(ClaimForm(request.POST))
    me, colleague = request.user, said["colleague"]
    acts: dict[str, Callable[[], object]] = {
        "claim": lambda: claiming.claim(case=found, moderator=me),
        "let_go": lambda: claiming.let_go(case=found, moderator=me),
        "hand_over": lambda: claiming.hand_over(case=found, moderator=me, to=colleague),
        "second": lambda: claiming.ask_second(case=found, moderator=me, colleague=colleague),
        "all": lambda: claiming.ask_all(case=found, moderator=me),
    }
    return _done(request, case_id, acts[said["act"]], _("It was saved."))


@desk_only
@require_POST
def messages_of(request: HttpRequest, case_id: int) -> HttpResponse:
    """Write to those whom the case concerns, or to the desk."""
    found, said = open_case(case_id), _checked(DeskMessageForm(request.POST))
    return _done(
        request,
        case_id,
        lambda: messaging.write_from_desk(case=found, moderator=request.user, **said),
        _("It was sent."),
    )


@desk_only
@require_POST
def repaired(request: HttpRequest, case_id: int) -> HttpResponse:
    """Close a case whose changes were made."""
    found, said = open_case(case_id), _checked(RepairedForm(request.POST))
    return _done(
        request,
        case_id,
        lambda: repairs.close_repaired(case=found, moderator=request.user, **said),
        _("Decided. Those concerned see it on the pages, and by mail if they confirmed an address."),
    )


@desk_only
@require_POST
def proposal(request: HttpRequest, case_id: int, decision_id: int) -> HttpResponse:
    """Confirm a colleague's proposal, or decline it with a reason."""
    said = _checked(ReasonForm(request.POST, answers=("confirm", "decline")))
    decision = decision_of(open_case(case_id), decision_id)
    if decision is None:
        raise RepoNotFound(_("There is no such case."))

    def act() -> object:
        if said["answer"] == "confirm":
            return deciding.confirm(decision=decision, moderator=request.user, seen=said["seen"])
        return deciding.decline(
            decision=decision, moderator=request.user, reason=said["reason"], seen=said["seen"]
        )

    return _done(request, case_id, act, _("It was saved."))


@desk_only
@require_POST
def answer(request: HttpRequest, case_id: int, appeal_id: int) -> HttpResponse:
    """Uphold the decision that is appealed against, or undo it."""
    said = _checked(ReasonForm(request.POST, answers=("uphold", "undo")))
    appeal = appeal_of(open_case(case_id), appeal_id)
    if appeal is None:
        raise RepoNotFound(_("There is no such case."))
    upheld = said["answer"] == "uphold"

    def words(answered: Appeal) -> str:
        if answered.state == AppealState.OPEN:
            return _("Proposed. So many are reached that a second moderator has to confirm it.")
        return _("Answered. They see it on the pages, and by mail if they confirmed an address.")

    return _done(
        request,
        case_id,
        lambda: appealing.decide_appeal(
            appeal=appeal, moderator=request.user, upheld=upheld, reason=said["reason"], seen=said["seen"]
        ),
        words,
    )


def _checked(form: ClaimForm | DeskMessageForm | ReasonForm | RepairedForm) -> dict:
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(str(form.errors[field][0]), field)
    return form.cleaned_data


def _done(
    request: HttpRequest, case_id: int, act: Callable[[], Any], words: str | Callable[[Any], str]
) -> HttpResponse:
    """Back on the case's page, with what came of it in words; at once, with 409, when something happened."""
    try:
        came_of_it = act()
    except CaseChanged as problem:
        return changed(request, case_id, problem)
    except (ConflictOfInterest, InvalidInput) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, words(came_of_it) if callable(words) else words)
    return redirect("moderation-case", case_id)
