"""Reads of pull requests; whoever asks has opened the repository for the reader."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import people_with_role
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.selectors import events_of
from contributions.discussions.vocabulary import Status, Verdict
from contributions.pulls import gates
from contributions.pulls.errors import NoPullRequest
from contributions.pulls.gates import Facts, Files, Reason
from contributions.pulls.models import PullRequest, Review
from contributions.pulls.sides import Compared, Sides, commits_of, compared, sides_of
from hub.licensing.books import current_books
from hub.licensing.cards import problems
from hub.repos.card_rules import Problem
from hub.repos.models import Repository
from hub.repos.selectors import answers_in
from hub.repos.serving import Answer, ScanState, answer_to, standing
from hub.revisions.cards import CARD, card_of
from hub.revisions.history import CommitInfo
from hub.revisions.protection import approvals_needed
from hub.revisions.selectors import Entry, Revision, list_tree, with_files


def pull_of(discussion: Discussion) -> PullRequest:
    """What makes a thread a pull request; NoPullRequest for a discussion."""
    pull = PullRequest.objects.select_related("merged_by__namespace").filter(discussion=discussion).first()
    if pull is None:
        raise NoPullRequest("This is a discussion, not a pull request.")
    pull.discussion = discussion
    return pull


def conflicts_of(pull: PullRequest, sides: Sides) -> tuple[str, ...]:
    """The paths that its branch has changed as well; none when it is merged or the branch is gone."""
    if sides.target is None or pull.discussion.status == Status.MERGED:
        return ()
    return compared(sides).conflicts


def reviews_of(pull: PullRequest) -> list[Review]:
    """What each reviewer last said, by the reviewer's name."""
    rows = Review.objects.filter(pull=pull, reviewer__suspended_at=None)
    return list(rows.select_related("reviewer__namespace").order_by("reviewer__username"))


def known_of(pull: PullRequest, sides: Sides) -> Compared:
    """What its sides have otherwise; one that has ended is not held against its branch."""
    return compared(sides if pull.discussion.under_way else replace(sides, target=None))


def facts_of(pull: PullRequest, sides: Sides, known: Compared | None = None) -> Facts:
    """Everything that the gates of its merge look at; a few queries, once its sides were compared."""
    repository = pull.discussion.repository
    known = known or known_of(pull, sides)
    found = [(change.path, change.new) for change in known.changes if change.new is not None]
    named = any(path == CARD for path, _ in found)
    card_errors, licence_errors = _new_errors(sides) if named else ((), ())
    reviews, deciders = reviews_of(pull), _deciders(repository)
    counting = [r for r in reviews if r.reviewer in deciders and r.reviewer_id != pull.discussion.author_id]
    return Facts(
        status=pull.discussion.status,
        target=pull.target if sides.target else None,
        changed=bool(known.changes),
        conflicts=known.conflicts,
        files=files_of(repository, with_files(repository, found)),
        card_errors=card_errors,
        licence_errors=licence_errors,
        # An approval is of what was read: a commit that came after it was not. And nobody approves what they
        # brought themselves, to whosever pull request.
        approvals=sum(
            r.verdict == Verdict.APPROVE
            and r.commit == sides.head.commit
            and r.reviewer.username not in known.authors
            for r in counting
        ),
        needed=approvals_needed(repository, pull.target),
        refusing=[r.reviewer.username for r in counting if r.verdict == Verdict.CHANGES],
    )


def reasons_for(pull: PullRequest, sides: Sides) -> list[Reason]:
    """What stands against its merge now."""
    return gates.reasons(facts_of(pull, sides))


def reasons_against_release(revision: Revision) -> list[Reason]:
    """What stands against the release of a commit: the checks of all its files, and its card."""
    entries = [entry for entry in list_tree(revision, recursive=True) if entry.type == "file"]
    card_errors, licence_errors = _sorted_out(_errors(revision))
    files = files_of(revision.repository, entries)
    return [*gates.of_files(files), *gates.of_the_card(card_errors, licence_errors)]


def files_of(repository: Repository, entries: Iterable[Entry]) -> Files:
    """Files by what is known of them; what is found suspicious counts where it is not given out."""
    rules = answers_in(repository)
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(_known_of(entry, rules), []).append(entry.path)
    return Files(
        refused=found.get("refused", ()),
        checking=found.get("checking", ()),
        dangerous=found.get("dangerous", ()),
        suspicious=found.get("suspicious", ()),
        unscanned=found.get("unscanned", ()),
    )


def _known_of(entry: Entry, rules: dict[str, Answer]) -> str:
    if entry.availability in {"refused", "checking"}:
        return entry.availability
    if entry.blob is None:
        return "checking"
    as_what = standing(entry.blob.state, entry.blob.scan_state)
    if as_what == ScanState.DANGEROUS:
        return "dangerous"
    if as_what == ScanState.QUEUED:
        return "unscanned"
    withheld = answer_to(rules, as_what) == Answer.REFUSE
    return "suspicious" if withheld else "fine"


def _errors(revision: Revision) -> list[Problem]:
    found = problems(card_of(revision), revision.repository.kind, current_books().book)
    return [problem for problem in found if problem.error]


def _new_errors(sides: Sides) -> tuple[list[str], list[str]]:
    """What is wrong with the card at the head that was not wrong before: of the card, and of the licence."""
    before = _errors(sides.base)
    return _sorted_out([problem for problem in _errors(sides.head) if problem not in before])


def _sorted_out(found: Iterable[Problem]) -> tuple[list[str], list[str]]:
    card, licence = [], []
    for problem in found:
        (licence if problem.field == "license" else card).append(problem.message)
    return card, licence


def _deciders(repository: Repository) -> set[User]:
    """Whose reviews count: those who may write."""
    return set(people_with_role([repository.namespace_id], Role.WRITE)[repository.namespace_id])


def timeline(discussion: Discussion) -> list[DiscussionEvent | CommitInfo]:
    """What happened in a thread and, of a pull request, its commits, in the order of time."""
    events: list[DiscussionEvent | CommitInfo] = list(events_of(discussion))
    if not discussion.is_pull:
        return events
    commits = commits_of(sides_of(pull_of(discussion)))
    return sorted([*events, *commits], key=_moment)


def _moment(item: DiscussionEvent | CommitInfo) -> tuple[datetime, int, int]:
    """When it happened; of one moment, what people said comes before commits."""
    if isinstance(item, DiscussionEvent):
        return item.created_at, 0, item.pk
    return item.date, 1, 0
