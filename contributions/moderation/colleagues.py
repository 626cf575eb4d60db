"""Telling moderators that they are called to a case, for what they are asked there."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import translation

from accounts.addresses import confirmed_addresses, language_of
from contributions.moderation import calling, mails, posting
from contributions.moderation.models import Call
from contributions.moderation.posting import Taken, hand_over
from contributions.moderation.repairs import repair_of
from contributions.moderation.vocabulary import AppealState, CallKind, DecisionState, State


def tell_moderators(*, case_id: int) -> int:
    """Mail those who are called to a case, each once; returns how many were told.

    Who has a stake in it by now, is no moderator any more or has confirmed no address is not, and neither is
    anybody for what came to nothing meanwhile. Of two workers one sends; the sweep asks again for the others.
    """
    related = ("case__repository__namespace", "case__namespace", "moderator", "by", "decision")
    calls = posting.hold(Call.objects.filter(case=case_id, notified_at=None).select_related(*related))
    try:
        return _told(calls)
    finally:
        posting.let_go(calls)


def _told(calls: list[Call]) -> int:
    if not calls:
        return 0
    able = list(calling.moderators_for(calls[0].case).filter(pk__in=[one.moderator_id for one in calls]))
    addresses = confirmed_addresses(able)
    told = 0
    with get_connection() as connection:
        for one in calls:
            address = addresses.get(one.moderator_id)
            letter = _letter(one, address) if address and _is_wanted(one) else None
            taken = hand_over(connection, letter, about=str(one)) if letter else Taken.NEVER
            posting.keep(calls)
            if taken != Taken.LATER:
                posting.settle([one])
            told += taken == Taken.YES
    return told


def _letter(one: Call, address: str) -> EmailMessage:
    page = f"{settings.LOCAL_URL}/moderation/{one.case_id}"
    with translation.override(language_of(one.moderator)):
        subject, body = mails.call(one, page=page)
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address])


def _is_wanted(one: Call) -> bool:
    """Whether that for which somebody is called is still to be done."""
    case, decision = one.case, one.decision
    if one.kind == CallKind.SECOND:
        return case.is_open and case.second_by_id == one.moderator_id
    if one.kind == CallKind.HANDED:
        return case.is_open and case.claimed_by_id == one.moderator_id
    if one.kind == CallKind.APPEAL:
        return decision is not None and decision.appeals.filter(state=AppealState.OPEN).exists()
    if one.kind == CallKind.ALL:
        return case.is_open and case.all_asked_by_id is not None
    if one.kind == CallKind.PROPOSAL:
        return decision is not None and decision.state == DecisionState.PROPOSED
    return case.state == State.OPEN and decision is not None and decision.stands and not repair_of(case)
