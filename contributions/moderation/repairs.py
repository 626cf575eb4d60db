"""Cases in which changes were asked for: a commit that passes the checks closes one, a date returns it."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import calling, rules, subjects
from contributions.moderation.circles import in_one_piece
from contributions.moderation.deciding import check_turn, locked_case, locked_to_decide, moved, put
from contributions.moderation.errors import CaseChanged
from contributions.moderation.heads import has_file, heads_of
from contributions.moderation.models import Case, Decision
from contributions.moderation.selectors import changes_overdue
from contributions.moderation.vocabulary import (
    WITHHOLDING,
    CallKind,
    DecisionState,
    Effect,
    State,
    SubjectKind,
)
from contributions.pulls.selectors import reasons_against_release
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.selectors import Revision
from storage.models import Commit
from storage.selectors import commits_by_oid

OID_SHOWN = 8
# What never changes: who repairs it brings something else in its place.
LASTING = frozenset({SubjectKind.BLOB, SubjectKind.REVISION})


@dataclass(frozen=True)
class Repaired:
    """A commit that is a repository's head since the changes were asked for, and whose checks all passed."""

    repository: Repository
    oid: str


@dataclass(frozen=True)
class Repair:
    """What was repaired, the decision that asked for it, and the effect that closes the case.

    A file or a commit that a rule withheld stays so, for what is old has not changed; what is new is not
    withheld. A repository is served again.
    """

    commits: list[Repaired]
    asked: Decision
    effect: Effect

    @property
    def stays(self) -> bool:
        """Whether what the case is about stays withheld."""
        return self.effect != Effect.NONE

    @property
    def reason(self) -> str:
        """What those concerned are told, who may not know each other's private repositories."""
        named = [f"{one.repository.full_name}@{one.oid[:OID_SHOWN]}" for one in self.commits if _shown(one)]
        words = (
            gettext("You made the changes: %s passes the checks.") % ", ".join(named)
            if named
            else gettext("You made the changes: the new commit passes the checks.")
        )
        kept = gettext(
            "The old version stays withheld, because older commits still have it; the new commit is free."
        )
        return f"{words} {kept}" if self.stays else words


def repair_of(case: Case) -> Repair | None:
    """Whether what was asked for in a case was done, as far as machines can tell; None while it was not.

    The head must have other files than it had when that was decided, and than a commit in question has, and
    every check of it have ended well; of a file, it must be gone from a head that had it, and no head of a
    repository that holds it may have it any more.
    """
    if not case.is_open or case.state == State.CONFIRMING:
        return None
    standing = list(case.decisions.filter(state=DecisionState.STANDING).select_related("policy"))
    asked = next((decision for decision in standing if decision.effect == Effect.ASK), None)
    if asked is None:
        return None
    where = subjects.repositories_of(case)
    if len(where) > subjects.MOST_HOLDERS:
        return None
    heads = heads_of(where)
    if any(has_file(head, case.sha256) for head in heads):
        return None
    known = commits_by_oid([*asked.heads.values(), case.oid])
    commits = [
        Repaired(head.repository, head.commit)
        for head in heads
        if _changed(head, case, asked, known) and not reasons_against_release(head)
    ]
    held = WITHHOLDING.get(case.subject_kind)
    stays = case.subject_kind in LASTING and any(decision.effect == held for decision in standing)
    effect = held if stays and held else Effect.NONE
    return Repair(commits, asked, effect) if commits else None


@in_one_piece
def close_repaired(*, case: Case, moderator: User, reason: str, seen: int) -> Decision:
    """Close a case whose changes were made, in one step; the subject and the case are locked.

    InvalidInput, Forbidden, ConflictOfInterest; CaseChanged when something happened since the turn that was
    `seen`, or the head has come to be another that does not pass.
    """
    rules.check_text(reason, "reason", least=rules.REASON_MIN, most=rules.REASON_MAX)
    locked = locked_to_decide(case, moderator)
    check_turn(locked, seen)
    repair = repair_of(locked)
    if repair is None:
        raise CaseChanged(gettext("The newest commit does not pass the checks, or no longer does."))
    return put(locked, moderator=moderator, effect=repair.effect, policy=repair.asked.policy, reason=reason)


def return_overdue() -> int:
    """Bring cases back into the queue whose date for changes is over; returns how many were.

    Whoever asked for the changes and whoever has the case are called.
    """
    return sum(_returned(case_id) for case_id in changes_overdue())


@in_one_piece
def _returned(case_id: int) -> bool:
    case = locked_case(Case.objects.get(pk=case_id))
    if case.state != State.ASKED or case.due_at > timezone.now():
        return False
    moved(case, State.OPEN)
    for asked in case.decisions.filter(state=DecisionState.STANDING, effect=Effect.ASK):
        people = User.objects.filter(pk__in=[asked.moderator_id, case.claimed_by_id])
        calling.call(case, people, CallKind.RETURNED, decision=asked)
    audit.record(Event.CASE_RETURNED, actor=None, subject=case.subject, due_at=case.due_at.isoformat())
    return True


def _changed(head: Revision, case: Case, asked: Decision, commits: dict[str, Commit]) -> bool:
    """Whether a head is another than when changes were asked for in what the case is about.

    A commit with the same files under another id changes nothing.
    """
    before = asked.heads.get(str(head.repository.pk))
    if before is None and case.sha256:
        return False
    known = {commits[oid].tree for oid in (before, case.oid) if oid in commits}
    return head.commit != before and head.tree not in known


def _shown(one: Repaired) -> bool:
    return not one.repository.private
