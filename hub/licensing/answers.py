"""What people answer to a finding: the publisher disputes it, a moderator waives it, somebody raises it.

Nothing here removes or hides a repository, and every answer is public with its reason. The repository's
standing is locked, then the finding's row.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from hub.errors import EntryNotFound, InvalidInput
from hub.events import Event
from hub.licensing.keeping import UNSETTLED
from hub.licensing.models import LicenceFinding, LicenceStanding
from hub.licensing.standing import keep_from_deletion
from hub.repos.models import Repository

State, Severity = LicenceFinding.State, LicenceFinding.Severity
LONGEST_REASON = 2000


@transaction.atomic
def dispute(*, repository: Repository, key: str, reason: str, actor_user: User) -> LicenceFinding:
    """Say as its publisher why a finding is wrong; it stays one, with this beside it. InvalidInput."""
    finding = _locked(repository, key)
    if finding.state == State.WAIVED:
        raise InvalidInput(gettext("A moderator has settled this already."), "finding")
    return _answer(finding, State.DISPUTED, _reason(reason), actor_user, Event.LICENCE_DISPUTED)


@transaction.atomic
def waive(*, repository: Repository, key: str, reason: str, actor_user: User) -> LicenceFinding:
    """Settle a finding as a moderator: it counts no more while the matter is the same. InvalidInput."""
    finding = _locked(repository, key)
    return _answer(finding, State.WAIVED, _reason(reason), actor_user, Event.LICENCE_WAIVED)


@transaction.atomic
def reopen(*, repository: Repository, key: str, actor_user: User) -> LicenceFinding:
    """Take back a dispute or a waiver."""
    finding = _locked(repository, key)
    return _answer(finding, State.OPEN, "", actor_user, Event.LICENCE_REOPENED)


@transaction.atomic
def note_raised(*, repository: Repository, key: str, actor_user: User) -> LicenceFinding:
    """Note that somebody asked the moderators to look at a finding; the desk itself is a floor above."""
    finding = _locked(repository, key)
    finding.raised_at = timezone.now()
    finding.save(update_fields=["raised_at"])
    _record(finding, Event.LICENCE_RAISED, actor_user)
    return finding


def _locked(repository: Repository, key: str) -> LicenceFinding:
    # The repository is kept first, as where it stands anew: then nobody waits for the other in a circle.
    keep_from_deletion([repository.pk])
    LicenceStanding.objects.select_for_update().filter(pk=repository.pk).first()
    rows = LicenceFinding.objects.select_for_update().filter(repository=repository, key=key)
    finding = rows.exclude(state=State.RESOLVED).first()
    if finding is None:
        raise EntryNotFound(gettext("There is no such finding any more."))
    return finding


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(gettext("Give a reason: everybody reads it."), "reason")
    if len(text) > LONGEST_REASON:
        raise InvalidInput(gettext("At most %d characters.") % LONGEST_REASON, "reason")
    return text


def _answer(finding: LicenceFinding, state: str, reason: str, by: User, event: str) -> LicenceFinding:
    if (finding.state, finding.reason) == (state, reason):
        return finding
    finding.state, finding.reason = state, reason
    finding.answered_by, finding.answered_at = by, timezone.now()
    finding.save(update_fields=["state", "reason", "answered_by", "answered_at"])
    _record(finding, event, by, reason=reason)
    open_ones = LicenceFinding.objects.filter(
        repository=finding.repository_id, severity=Severity.CONFLICT, state__in=UNSETTLED
    )
    clear = not open_ones.exists()
    stored = Repository.objects.filter(pk=finding.repository_id).exclude(licence_clear=clear)
    stored.update(licence_clear=clear)
    return finding


def _record(finding: LicenceFinding, event: str, by: User, **more: str) -> None:
    subject = f"repository:{finding.repository_id}"
    audit.record(event, actor=by, subject=subject, finding=finding.key, rule=finding.rule, **more)
