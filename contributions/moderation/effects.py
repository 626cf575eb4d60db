"""What each decision does below: one plain state changes, and the change is recorded."""

from collections.abc import Callable

from accounts import audit
from accounts.models import User
from contributions.moderation.models import Case
from contributions.moderation.vocabulary import Action
from hub.events import Event
from hub.repos import services as repos
from storage import services as storage


def withhold_blob(case: Case, moderator: User) -> None:
    if storage.quarantine(sha256=case.sha256):
        _record(Event.BLOB_QUARANTINED, case, moderator)


def release_blob(case: Case, moderator: User) -> None:
    if storage.release(sha256=case.sha256):
        _record(Event.BLOB_RELEASED, case, moderator)


def withhold_repository(case: Case, moderator: User) -> None:
    # The publisher may have deleted it; the case is still decided.
    if case.repository is not None:
        repos.take_down(repository=case.repository, actor_user=moderator)


def release_repository(case: Case, moderator: User) -> None:
    if case.repository is not None:
        repos.restore(repository=case.repository, actor_user=moderator)


EFFECTS: dict[tuple[str, str], Callable[[Case, User], None]] = {
    (Case.SubjectKind.BLOB, Action.KEEP): withhold_blob,
    (Case.SubjectKind.BLOB, Action.RELEASE): release_blob,
    (Case.SubjectKind.REPOSITORY, Action.KEEP): withhold_repository,
    (Case.SubjectKind.REPOSITORY, Action.RELEASE): release_repository,
}


def apply(case: Case, action: str, moderator: User) -> None:
    """Carry out a decision, inside the caller's transaction."""
    EFFECTS[case.subject_kind, action](case, moderator)


def _record(event: Event, case: Case, moderator: User) -> None:
    audit.record(event, actor=moderator, subject=f"blob:{case.sha256}", case=case.pk)
