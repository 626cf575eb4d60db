"""What mends a finding: the files of a commit with its patch in them, all else to the letter."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from hub.errors import InvalidInput
from hub.repos.card_fields import said_by, with_fields
from hub.repos.cards import YamlUnreadable, parse_card
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from hub.revisions.selectors import Entry, Revision, find_entries
from hub.revisions.texts import editable_text, with_line_ends_of

CARD = "README.md"
# How people call the file of notices; the first that is there has them.
NOTICES = ("NOTICE", "NOTICE.txt", "NOTICE.md", "Notice", "Notice.txt")


def mending(revision: Revision, patch: Mapping[str, Any]) -> list[AddInline]:
    """The files that a finding's patch changes; none where they say it all already.

    InvalidInput says why a file cannot be changed: it is withheld, large or no text, or its front matter is
    written in a way that only its author can change.
    """
    entries = find_entries(revision, [CARD, *NOTICES])
    notice = next((path for path in NOTICES if path in entries), NOTICES[0])
    texts = {path: _text(entries.get(path), path) for path in _paths(patch, notice)}
    return [
        AddInline(path, after.encode(), path in entries and entries[path].executable)
        for path, after in mended(texts, patch, notice).items()
        if after != texts[path]
    ]


def mended(texts: Mapping[str, str], patch: Mapping[str, Any], notice: str) -> dict[str, str]:
    """The texts with what a patch says (pure); "" is a file that is not there."""
    after = dict(texts)
    try:
        if "card" in patch:
            fields = {key: _texts(value) for key, value in patch["card"].items()}
            after[CARD] = with_fields(after[CARD], fields)
        for key, name in patch.get("append", {}).items():
            after[CARD] = _with_name(after[CARD], key, name)
    except YamlUnreadable as problem:
        raise InvalidInput(str(problem), "card") from problem
    for path, key in ((CARD, "readme"), (notice, "notice")):
        if key in patch:
            after[path] = _with_line(after[path], patch[key], apart=path == CARD)
    return after


def _paths(patch: Mapping[str, Any], notice: str) -> list[str]:
    card = [CARD] if {"card", "append", "readme"} & patch.keys() else []
    return card + [notice] * ("notice" in patch)


def _text(entry: Entry | None, path: str) -> str:
    if entry is None:
        return ""
    text = editable_text(entry) if entry.availability == "present" else None
    if text is None:
        raise InvalidInput(gettext("%s is withheld, still being checked, or no small text.") % path, "path")
    return text


def _texts(value: str | list[str] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else value


def _with_name(text: str, key: str, name: str) -> str:
    """A card that has a name in a field, in whatever case; those that are there stay to the letter."""
    card = parse_card(text)
    value = card.data.get(key)
    if any(isinstance(item, dict | list) for item in (value if isinstance(value, list) else [value])):
        unable = gettext('"%s" has more than names in it: its author has to change it.') % key
        raise InvalidInput(unable, "card")
    there = said_by(card, Repository.Kind.MODEL)[key]
    if name.lower() in {each.lower() for each in there}:
        return text
    return with_fields(text, {key: [*there, name]})


def _with_line(text: str, line: str, *, apart: bool) -> str:
    """A text that has a line; added at its end, in a card as a paragraph of its own."""
    if line in text:
        return text
    between = ("" if text.endswith("\n") else "\n") + "\n" * apart if text else ""
    return text + with_line_ends_of(f"{between}{line}\n", text)
