"""Who looks at a case: claimed by one, handed over, or with a colleague's second opinion."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import calling, subjects
from contributions.moderation.deciding import locked_for
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Case
from contributions.moderation.vocabulary import CallKind
from hub.errors import InvalidInput
from hub.events import Event


@transaction.atomic
def claim(*, case: Case, moderator: User) -> Case:
    """Take a case that nobody has; Forbidden, ConflictOfInterest, CaseChanged. The row is locked."""
    locked = locked_for(case, moderator)
    if not locked.is_open or locked.claimed_by_id not in (None, moderator.pk):
        raise CaseChanged(gettext("A colleague has this case already, or it is decided."))
    return _given(locked, moderator, actor=moderator)


@transaction.atomic
def let_go(*, case: Case, moderator: User) -> Case:
    """Give a case back to all; leads also take it from somebody else."""
    locked = locked_for(case, moderator)
    if locked.claimed_by_id != moderator.pk and not moderator.is_lead:
        raise CaseChanged(gettext("You do not have this case."))
    return _given(locked, None, actor=moderator)


@transaction.atomic
def hand_over(*, case: Case, moderator: User, to: User) -> Case:
    """Give a case that one has, or that nobody has, to a colleague, who is called; leads give any."""
    locked = locked_for(case, moderator)
    if not locked.is_open or (locked.claimed_by_id not in (None, moderator.pk) and not moderator.is_lead):
        raise CaseChanged(gettext("A colleague has this case already, or it is decided."))
    _check_colleague(locked, to)
    if to.pk not in (locked.claimed_by_id, moderator.pk):
        calling.call(locked, [to], CallKind.HANDED, by=moderator)
    return _given(locked, to, actor=moderator)


@transaction.atomic
def ask_second(*, case: Case, moderator: User, colleague: User) -> Case:
    """Ask a colleague what they think, before one decides; the row is locked. Who is asked already is not
    called by another mail."""
    locked = locked_for(case, moderator)
    if not locked.is_open:
        raise CaseChanged(gettext("A colleague has this case already, or it is decided."))
    if colleague.pk == moderator.pk:
        raise InvalidInput(gettext("Ask somebody else."), "colleague")
    _check_colleague(locked, colleague)
    if locked.second_by_id != colleague.pk:
        locked.second_by = colleague
        locked.save(update_fields=["second_by"])
        calling.call(locked, [colleague], CallKind.SECOND, by=moderator)
    audit.record(Event.SECOND_ASKED, actor=moderator, subject=locked.subject, colleague=colleague.username)
    return locked


@transaction.atomic
def ask_all(*, case: Case, moderator: User) -> Case:
    """Ask everybody who could confirm a decision what they think, before one decides; the row is locked.

    The first of them who writes to the desk, or decides, answers for all. While they are asked already nobody
    is called by another mail.
    """
    locked = locked_for(case, moderator)
    if not locked.is_open:
        raise CaseChanged(gettext("A colleague has this case already, or it is decided."))
    able = list(calling.able_to_confirm(locked, but=moderator))
    if not able:
        raise InvalidInput(gettext("There is no other moderator who can look at it."), "colleague")
    if locked.all_asked_by_id is None:
        locked.all_asked_by = moderator
        locked.save(update_fields=["all_asked_by"])
        calling.call(locked, able, CallKind.ALL, by=moderator)
        asked = [colleague.username for colleague in able]
        audit.record(Event.SECOND_ASKED, actor=moderator, subject=locked.subject, colleagues=asked)
    return locked


def _given(case: Case, to: User | None, *, actor: User) -> Case:
    case.claimed_by, case.claimed_at = to, timezone.now() if to else None
    case.save(update_fields=["claimed_by", "claimed_at"])
    audit.record(Event.CASE_CLAIMED, actor=actor, subject=case.subject, moderator=to.username if to else "")
    return case


def _check_colleague(case: Case, colleague: User) -> None:
    if not colleague.is_moderator or colleague.suspended_at:
        raise InvalidInput(gettext("They are no moderator."), "colleague")
    if subjects.has_stake(case, colleague):
        raise ConflictOfInterest(gettext("The case is about something of theirs."))
