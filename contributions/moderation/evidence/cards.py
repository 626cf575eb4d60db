"""What a commit, or the last change of it, made of a repository's card."""

from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from hub.errors import RevisionNotFound
from hub.repos.cards import parse_card
from hub.repos.models import Repository
from hub.revisions.cards import CARD
from hub.revisions.changes import last_commits
from hub.revisions.diffs import FieldChange, TextDiff, diff_fields, diff_texts
from hub.revisions.history import CommitInfo, commit_info
from hub.revisions.selectors import Entry, Revision, commit_named, find_entry, read_texts, resolve_revision
from storage.models import Commit
from storage.selectors import commit_by_oid

TEXT_LIMIT, MOST_LINES = 64 * 1024, 400


@dataclass(frozen=True)
class CardChange:
    """The card before and after a commit, field by field and line by line.

    `text` is None when either side is not to be had as text; `unshown` lines are only counted.
    """

    commit: CommitInfo
    fields: list[FieldChange] = field(default_factory=list)
    text: TextDiff | None = None
    unshown: int = 0


def card_change(repository: Repository, oid: str = "") -> CardChange | None:
    """What the commit made of the card, by default the last one that changed it; None without a card.

    A number of queries that does not grow with the history.
    """
    commit = _commit(repository, oid)
    if commit is None:
        return None
    parent = commit_by_oid(commit.parents[0]) if commit.parents else None
    old, new = (_card(repository, side) if side else None for side in (parent, commit))
    if old is None and new is None:
        return None
    return _change(commit_info(commit), old, new)


def _commit(repository: Repository, oid: str) -> Commit | None:
    if oid:
        return commit_named(repository, oid)
    try:
        head = resolve_revision(repository, None)
    except RevisionNotFound:
        return None
    entry = find_entry(head, CARD)
    return last_commits(repository, head.commit, [entry]).get(CARD) if entry else commit_by_oid(head.commit)


def _card(repository: Repository, commit: Commit) -> Entry | None:
    entry = find_entry(Revision(repository, None, commit.oid, commit.tree, commit.committed_at), CARD)
    return entry if entry is not None and entry.type == "file" else None


def _change(commit: CommitInfo, old: Entry | None, new: Entry | None) -> CardChange:
    sides = [entry for entry in (old, new) if entry]
    try:
        texts = read_texts(sides, limit=TEXT_LIMIT)
    except (BotoCoreError, ClientError):
        return CardChange(commit)
    before, after = (texts.get(entry.sha256 or "") if entry else "" for entry in (old, new))
    if before is None or after is None:
        return CardChange(commit)
    fields = diff_fields(parse_card(before).data, parse_card(after).data)
    text = diff_texts(before, after)
    return CardChange(commit, fields, *_shortened(text))


def _shortened(text: TextDiff) -> tuple[TextDiff, int]:
    """The first hunks of a long difference, the last of them cut."""
    left = MOST_LINES
    hunks = []
    for hunk in text.hunks:
        if left <= 0:
            break
        hunks.append(type(hunk)(hunk.old, hunk.new, hunk.lines[:left]))
        left -= len(hunk.lines)
    return TextDiff(hunks, text.added, text.removed), max(0, text.length - MOST_LINES)
