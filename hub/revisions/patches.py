"""A difference as programs read it: the unified format of `git diff` (pure)."""

from collections.abc import Iterable, Iterator

from hub.revisions.diffs import Change, Hunk, diff_texts

# git says it of a side's last line.
NO_NEWLINE = "\\ No newline at end of file"
_SIDES = {"-": (True, False), "+": (False, True), " ": (True, True)}


def patch(files: Iterable[tuple[Change, str | None, str | None]]) -> str:
    """The files' changes, each with its text before and after ("" where it was not, None for no text)."""
    return "".join(f"{line}\n" for change, old, new in files for line in _file(change, old, new))


def _file(change: Change, old: str | None, new: str | None) -> Iterator[str]:
    before, after = change.old_path, change.path
    yield f"diff --git a/{before} b/{after}"
    if change.old is None and change.new is not None:
        yield f"new file mode {change.new.mode}"
    elif change.new is None and change.old is not None:
        yield f"deleted file mode {change.old.mode}"
    if change.before:
        yield f"rename from {before}"
        yield f"rename to {after}"
    ids = [entry.oid[:10] if entry else "0" * 10 for entry in (change.old, change.new)]
    if ids[0] == ids[1]:
        return
    yield f"index {ids[0]}..{ids[1]}"
    names = [f"a/{before}" if change.old else "/dev/null", f"b/{after}" if change.new else "/dev/null"]
    if old is None or new is None:
        yield f"Binary files {names[0]} and {names[1]} differ"
        return
    yield f"--- {names[0]}"
    yield f"+++ {names[1]}"
    ends = [len(text.splitlines()) if text and not text.endswith("\n") else 0 for text in (old, new)]
    for hunk in diff_texts(old, new).hunks:
        yield from _hunk(hunk, ends)


def _hunk(hunk: Hunk, ends: list[int]) -> Iterator[str]:
    """A hunk's lines; `ends` are the numbers of last lines that have no newline, 0 where they have one."""
    spans = []
    for side, first in enumerate((hunk.old, hunk.new)):
        count = sum(_SIDES[line.sign][side] for line in hunk.lines)
        # git counts an empty span from the line before it.
        spans.append(f"{first if count else first - 1},{count}")
    yield f"@@ -{spans[0]} +{spans[1]} @@"
    for line in hunk.lines:
        yield line.sign + "".join(text for _, text in line.parts)
        numbers = (line.old, line.new)
        if any(_SIDES[line.sign][side] and ends[side] and numbers[side] == ends[side] for side in (0, 1)):
            yield NO_NEWLINE
