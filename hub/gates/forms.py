"""The form in front of a repository's files as it is now, with the licence it stands for."""

import re
from collections.abc import Iterable

from hub.repos.gate_forms import GateForm, read_gate_form, with_licence
from hub.repos.models import Repository
from hub.revisions.cards import card_of
from hub.revisions.selectors import Entry, Revision, list_tree, read_text, resolve_revision

LICENCE_FILE = re.compile(r"(?:licen[cs]e|copying)(?:\.(?:md|txt|rst))?", re.IGNORECASE)
TEXT_MAX = 100_000


def form_of(repository: Repository) -> GateForm:
    """What the card of the default branch asks, in its order, and the licence that it declares."""
    head = resolve_revision(repository, None)
    card = card_of(head)
    named = [card.license, card.license_name, card.license_link]
    licence = " · ".join(dict.fromkeys(filter(None, named)))
    return with_licence(read_gate_form(card.data), licence, licence_text(head))


def licence_text(head: Revision) -> str:
    """The text of the licence, which everybody may read before agreeing to it; "" where no file has it."""
    entry = licence_file(entry for entry in list_tree(head) if entry.type == "file")
    return ((read_text(entry) if entry else None) or "").strip()[:TEXT_MAX]


def licence_file(files: Iterable[Entry]) -> Entry | None:
    """The file with the licence's text among those of the top folder."""
    found = [file for file in files if LICENCE_FILE.fullmatch(file.path)]
    return min(found, key=lambda file: file.path, default=None)
