"""Comments on single lines of what a pull request changes."""

from collections.abc import Iterable, Sequence

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.actors import Actor
from contributions.discussions import policy
from contributions.discussions import services as discussions
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.policy import Act
from contributions.discussions.vocabulary import Kind
from contributions.pulls.models import PullRequest
from contributions.pulls.sides import Sides, changes_of, sides_of
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import Forbidden, InvalidInput
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.diffs import TEXT_LIMIT, Change, Line, diff_texts, lines_kept
from hub.revisions.selectors import as_text, read_texts, with_files
from hub.scanning.policy import ruling
from storage.git.objects import TreeEntry
from storage.selectors import beginnings, git_blobs

OLD, NEW = "old", "new"
# Of the text around a line so many lines on either side are kept, of each so many characters.
AROUND, LONGEST = 1, 300
# Of one pull request no more comments on lines are shown beside them, and of no more texts is it looked for
# where their lines went.
MOST, MOST_MOVED = 500, 10
KEPT_SECONDS = 7 * 24 * 3600
VERSION = 1

Pair = tuple[str, str]
Runs = list[tuple[int, int, int]]


@transaction.atomic
def comment_on_line(
    *, pull: PullRequest, actor: Actor, path: str, side: str, line: int, commit: str, text: str
) -> DiscussionEvent:
    """Say something about a line that the diff of a file shows, at the head `commit`; the thread is locked.

    `side` is the text that the number counts in, OLD or NEW; a line of both becomes one of the new text.
    InvalidInput names what is no such place, or a commit that is the head no longer; Forbidden for those who
    are not given the file.
    """
    held = discussions.locked(pull.discussion)
    pull.discussion = held
    policy.check(actor, held, Act.COMMENT)
    sides = sides_of(pull)
    if sides.head.commit != commit:
        raise InvalidInput(gettext("There are new commits since you looked. Read them first."), "commit")
    change = next((change for change in changes_of(sides) if change.path == path), None)
    if change is None:
        raise InvalidInput(gettext("This pull request does not change such a file."), "path")
    texts = _texts(actor, sides, change)
    row = _row(texts, side, line)
    on_new = row.new is not None
    number = row.new if on_new else row.old
    anchor = {
        "path": path,
        "side": NEW if on_new else OLD,
        "line": number,
        "commit": commit,
        "blob": (change.new if on_new else change.old).oid,
        "around": _around(texts[on_new], number),
    }
    return discussions.comment(discussion=held, actor=actor, text=text, anchor=anchor)


@transaction.atomic
def resolve(*, pull: PullRequest, event_id: int, actor: Actor, value: bool = True) -> DiscussionEvent:
    """Note that what a comment on a line asks for is settled, or is not; the comment's row is locked."""
    held = discussions.locked(pull.discussion)
    event = discussions.comment_of(held, event_id)
    policy.check(actor, held, Act.RESOLVE, event)
    if not is_on_line(event):
        raise InvalidInput("Only comments on lines are settled.", "comment")
    if event.data.get("resolved", False) != value:
        event.data["resolved"] = value
        event.save(update_fields=["data"])
        audit.record(
            Event.COMMENT_RESOLVED,
            actor=actor.user,
            subject=held.repository.subject,
            discussion=held.pk,
            number=held.number,
            comment=event.pk,
            resolved=value,
        )
    return event


def is_on_line(event: DiscussionEvent) -> bool:
    """Whether a comment is about a line."""
    return "line" in event.data


def line_comments(discussion: Discussion) -> list[DiscussionEvent]:
    """The latest MOST comments on lines of a pull request, the oldest first; one query."""
    rows = DiscussionEvent.objects.select_related("author__namespace").filter(
        discussion=discussion, kind=Kind.COMMENT, data__has_key="line"
    )
    return list(rows.order_by("-pk")[:MOST])[::-1]


def not_given(actor: Actor, repository: Repository, events: Iterable[DiscussionEvent]) -> set[int]:
    """The ids of comments on lines of files that the actor is not given now; at most three queries.

    What stands around such a line was written down with the comment, before the file was withheld.
    """
    on_lines = [event for event in events if is_on_line(event)]
    if not on_lines:
        return set()
    known = git_blobs({event.data["blob"] for event in on_lines})
    files = with_files(repository, [(oid, TreeEntry("100644", oid, oid)) for oid in known])
    withheld = {entry.oid for entry in files if not ruling(actor, repository, entry).given}
    return {event.pk for event in on_lines if event.data["blob"] in withheld}


def lines_now(changes: Sequence[Change], events: Iterable[DiscussionEvent]) -> dict[int, int]:
    """Where the lines are now that comments are about, by the comment's id; one that is gone is left out.

    No query while the files are as they were then; otherwise one, and more for texts not compared before.
    """
    files = {(change.path, side): entry for change in changes for side, entry in _sides(change)}
    found: dict[int, int] = {}
    moved: dict[tuple[str, str], list[DiscussionEvent]] = {}
    for event in filter(is_on_line, events):
        entry = files.get((event.data["path"], event.data["side"]))
        if entry is None:
            continue
        if entry.oid == event.data["blob"]:
            found[event.pk] = event.data["line"]
        else:
            moved.setdefault((event.data["blob"], entry.oid), []).append(event)
    for pair, runs in _runs_of(list(moved)[-MOST_MOVED:]).items():
        places = ((event.pk, _moved(event.data["line"], runs)) for event in moved[pair])
        found |= {pk: line for pk, line in places if line is not None}
    return found


def _moved(line: int, runs: Runs) -> int | None:
    return next((new + line - old for old, new, length in runs if 0 <= line - old < length), None)


def _runs_of(pairs: Sequence[Pair]) -> dict[Pair, Runs]:
    """The lines that pairs of texts have in common: compared once, which takes time, and kept."""
    if not pairs:
        return {}
    keys = {f"lines:{VERSION}:{before}:{after}": (before, after) for before, after in pairs}
    found: dict[Pair, Runs] = {keys[key]: runs for key, runs in cache.get_many(keys).items()}
    new = {key: pair for key, pair in keys.items() if pair not in found}
    texts = _kept_texts({oid for pair in new.values() for oid in pair}) if new else {}
    for key, (before, after) in new.items():
        if before in texts and after in texts:
            found[before, after] = lines_kept(texts[before], texts[after])
            cache.set(key, found[before, after], KEPT_SECONDS)
    return found


def _sides(change: Change) -> list[tuple[str, object]]:
    return [(side, entry) for side, entry in ((OLD, change.old), (NEW, change.new)) if entry is not None]


def _kept_texts(oids: set[str]) -> dict[str, str]:
    """Small texts by their object id; those in the object store are not read: a page waits for no other."""
    blobs = {
        oid: row.blob_id for oid, row in git_blobs(oids).items() if row.blob_id and row.size <= TEXT_LIMIT
    }
    data = beginnings(list(blobs.values()), TEXT_LIMIT)
    texts = {oid: as_text(data[sha256]) for oid, sha256 in blobs.items() if sha256 in data}
    return {oid: text for oid, text in texts.items() if text is not None}


def _texts(actor: Actor, sides: Sides, change: Change) -> tuple[str, str]:
    """The text of a changed file before and after, "" where it was not."""
    repository = sides.head.repository
    entries = []
    for side, path, entry in (
        (sides.base, change.old_path, change.old),
        (sides.head, change.path, change.new),
    ):
        if entry is not None:
            entries += with_files(repository, [(path, entry)], withheld=side.withheld)
    given = may(actor, repository, Action.PULL) and all(
        entry.availability == "present" and ruling(actor, repository, entry).given for entry in entries
    )
    if not given:
        raise Forbidden("You are not given this file.")
    if any(entry.size > TEXT_LIMIT for entry in entries):
        raise InvalidInput(gettext("It is too large to be compared here."), "path")
    texts = read_texts(entries, limit=TEXT_LIMIT)
    by_oid = {entry.oid: texts.get(entry.sha256 or "") for entry in entries}
    old, new = ("" if entry is None else by_oid[entry.oid] for entry in (change.old, change.new))
    if old is None or new is None:
        raise InvalidInput(gettext("It is not text."), "path")
    return old, new


def _row(texts: tuple[str, str], side: str, line: int) -> Line:
    """The line of the diff that has a number on a side; InvalidInput when it shows none."""
    if side not in (OLD, NEW):
        raise InvalidInput(f"The side is {OLD} or {NEW}.", "side")
    for hunk in diff_texts(*texts).hunks:
        for row in hunk.lines:
            if (row.new if side == NEW else row.old) == line:
                return row
    raise InvalidInput(gettext("The change of this file does not show such a line."), "line")


def _around(text: str, number: int) -> list[list[int | str]]:
    """A line of a text and its neighbours, each with its number."""
    first = max(0, number - 1 - AROUND)
    lines = text.splitlines()[first : number + AROUND]
    return [[first + at + 1, line[:LONGEST]] for at, line in enumerate(lines)]
