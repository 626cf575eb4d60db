"""Which viewer shows a file: by its name, and by its bytes where a name may lie."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext as _

from hub.compute.errors import HeaderInvalid
from hub.compute.listings import has_listing, listing_of
from hub.http.content import SVG, content_type
from hub.http.web.markdown import Addresses
from hub.http.web.markdown import render as render_markdown
from hub.http.web.viewers import notebook, spreadsheet
from hub.http.web.viewers.highlighting import highlighted
from hub.http.web.viewers.source import source_of
from hub.http.web.viewers.structure import folded
from hub.http.web.viewers.weights import INDEXES, shards_of, weights_of
from hub.revisions.selectors import Entry, Revision, as_text, read_start

TEXT_LIMIT = 512 * 1024
# As much of an index of shards is read, and of any file to see what it is.
INDEX_LIMIT = 8 * 1024 * 1024
START = 64 * 1024
MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True)
class View:
    """How a file is shown: the template of its kind and what is in it; `switch` offers the source beside it.

    `problem` is a sentence of why there is no better view.
    """

    kind: str = "facts"
    data: Any = None
    switch: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Wish:
    """What the visitor asks for: the source of a file that has another view, the part of it that has a line,
    or a layer of weights opened.
    """

    source: bool = False
    line: int = 1
    layer: str = ""


@dataclass(frozen=True)
class Shown:
    """A file of a revision, and where links in it lead."""

    revision: Revision
    entry: Entry
    addresses: Addresses
    wish: Wish = field(default_factory=Wish)


def view_of(file: Shown) -> View:
    """How to show a present file that the visitor is given; at most a few MiB of it are read."""
    try:
        return _weights(file) if has_listing(file.entry) else _content(file)
    except HeaderInvalid as problem:
        return View(problem=_("Its header cannot be read: %s.") % str(problem).rstrip("."))
    except (BotoCoreError, ClientError):
        return View(problem=_("The store of large files does not answer. Try again in a moment."))


def _weights(file: Shown) -> View:
    return View("weights", weights_of(listing_of(file.entry), file.wish.layer))


def _content(file: Shown) -> View:
    entry = file.entry
    limit = _limit(entry)
    data = read_start(entry, limit)
    if not data:
        return View()
    kind = content_type(data)
    if kind.startswith("image/") and kind != SVG:
        return View("picture")
    text = as_text(data)
    whole = entry.size <= limit
    if text is None:
        return View()
    # A large drawing is a link to the store, which gives it as no picture.
    drawing = View("picture", switch=True) if kind == SVG and not entry.pointer else None
    rich = drawing or _rich(file, data, text, whole)
    if rich and not file.wish.source:
        return rich
    if entry.size > TEXT_LIMIT:
        return View(switch=rich is not None)
    lines = highlighted(text, entry.name)
    return View("source", source_of(lines, file.wish.line), switch=rich is not None)


def _limit(entry: Entry) -> int:
    """How much of a file is read to show it."""
    name = entry.name.lower()
    if name.endswith(INDEXES):
        return INDEX_LIMIT
    if name.endswith(".ipynb"):
        return notebook.BYTES
    if name.endswith(tuple(spreadsheet.SEPARATORS)):
        return max(spreadsheet.BYTES, TEXT_LIMIT)
    return TEXT_LIMIT if entry.size <= TEXT_LIMIT else START


def _rich(file: Shown, data: bytes, text: str, whole: bool) -> View | None:
    """The view that is more than text; None when there is none."""
    name = file.entry.name.lower()
    kind, found = "", None
    if name.endswith(INDEXES) and whole:
        kind, found = "shards", shards_of(data, file.revision, file.entry.path)
    elif name.endswith(MARKDOWN) and whole:
        kind, found = "markdown", render_markdown(text, file.addresses)
    elif name.endswith(".ipynb") and whole:
        kind, found = "notebook", notebook.notebook_of(text, file.addresses)
    elif name.endswith(tuple(spreadsheet.SEPARATORS)):
        separator = spreadsheet.SEPARATORS[name[-4:]]
        whole = whole and len(text) <= spreadsheet.BYTES
        kind, found = "sheet", spreadsheet.sheet_of(text[: spreadsheet.BYTES], separator, whole=whole)
    elif name.endswith(".json") and whole:
        kind, found = "structure", folded(text)
    return View(kind, found, switch=True) if found else None
