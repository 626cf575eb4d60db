"""What a pull request changes as text, as far as the caller is given what is in the files."""

from accounts.actors import Actor
from hub.access.policy import Action
from hub.access.services import may
from hub.revisions.diffs import TEXT_LIMIT, Change
from hub.revisions.patches import patch
from hub.revisions.selectors import Entry, Revision, find_entries, read_texts
from hub.scanning.policy import ruling

# More files are named without their text, and so is what is too much together (bytes).
MOST_FILES, TEXTS_LIMIT = 40, 2 * 1024 * 1024


def patch_of(actor: Actor, old: Revision, new: Revision, changes: list[Change]) -> str:
    """The difference of two revisions in git's unified format; a few queries."""
    shown = changes[:MOST_FILES]
    before = find_entries(old, [change.old_path for change in shown if change.old])
    after = find_entries(new, [change.path for change in shown if change.new])
    pulls = may(actor, new.repository, Action.PULL)
    given, left = [], TEXTS_LIMIT
    for entry in (*before.values(), *after.values()) if pulls else ():
        if entry.size <= min(left, TEXT_LIMIT) and ruling(actor, new.repository, entry).given:
            given.append(entry)
            left -= entry.size
    texts = read_texts(given, limit=TEXT_LIMIT)

    def text(entry: Entry | None, there: bool) -> str | None:
        if not there:
            return ""
        return texts.get(entry.sha256 or "") if entry else None

    return patch(
        (
            change,
            text(before.get(change.old_path), change.old is not None),
            text(after.get(change.path), change.new is not None),
        )
        for change in changes
    )
