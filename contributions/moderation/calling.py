"""Which moderators are called to a case by mail, beside what everybody reads in the queue."""

from collections.abc import Iterable

from django.db.models import F, QuerySet

from accounts.addresses import with_confirmed_address
from accounts.models import User
from accounts.roles import DeskRole
from contributions.moderation import subjects
from contributions.moderation.models import Call, Case, Decision
from contributions.moderation.vocabulary import CallKind

# Of what nobody in particular is asked about: enough that one of them has time soon, and so few
# that a large desk does not get used to mails that somebody else answers.
MOST_CALLED = 5


def moderators_for(case: Case) -> QuerySet[User]:
    """Those who may look at a case: moderators who are not suspended and have no stake in it."""
    desk = User.objects.filter(desk_role__in=[DeskRole.MODERATOR, DeskRole.LEAD], suspended_at=None)
    return subjects.without_stake(case, desk)


def able_to_confirm(case: Case, *, but: User | None) -> QuerySet[User]:
    """Those who could confirm a decision in a case that `but` proposes: not who reported it."""
    able = moderators_for(case).exclude(flags__case=case)
    return able.exclude(pk=but.pk) if but else able


def to_confirm(case: Case, *, but: User | None) -> list[User]:
    """Whom to call to a colleague's proposal; at most two queries.

    The colleague who is asked for an opinion already, if they can confirm it; else MOST_CALLED of those who
    can, who logged in last. Nobody confirms their own, or what they reported.
    """
    able = with_confirmed_address(able_to_confirm(case, but=but))
    return list(able.filter(pk=case.second_by_id) or _lately(able))


def to_answer(case: Case, decision: Decision, *, author: User) -> list[User]:
    """Whom to call to somebody's appeal against a decision in a case; at most two queries.

    The colleague who has the case, if they had no part in the decision; else MOST_CALLED of those who had
    none, who logged in last.
    """
    part = {decision.moderator_id, decision.confirmed_by_id} - {None}
    able = with_confirmed_address(able_to_confirm(case, but=author)).exclude(pk__in=part)
    return list(able.filter(pk=case.claimed_by_id) or _lately(able))


def _lately(able: QuerySet[User]) -> QuerySet[User]:
    return able.order_by(F("last_login").desc(nulls_last=True), "pk")[:MOST_CALLED]


def call(
    case: Case,
    moderators: Iterable[User],
    kind: CallKind,
    *,
    by: User | None = None,
    decision: Decision | None = None,
) -> None:
    """Note whom to call, in the transaction of the act for which they are; a worker mails them after it."""
    Call.objects.bulk_create(
        Call(case=case, moderator=moderator, kind=kind, by=by, decision=decision) for moderator in moderators
    )


def answered(case: Case, by: User) -> None:
    """Where all were asked for an opinion, let the first of them who answers be who was asked.

    The caller has locked the case's row.
    """
    if case.all_asked_by_id and case.calls.filter(kind=CallKind.ALL, moderator=by).exists():
        case.all_asked_by, case.second_by = None, by
        case.save(update_fields=["all_asked_by", "second_by"])
