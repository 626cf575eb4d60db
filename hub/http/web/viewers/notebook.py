"""Jupyter notebooks as their cells: prose, code, and outputs as text, nothing of which is more than text."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.http.web.markdown import LENGTH_LIMIT, Addresses
from hub.http.web.markdown import render as render_markdown
from hub.http.web.viewers.highlighting import MOST_CHARACTERS, highlighted

BYTES = 4 * 1024 * 1024
CELLS = 300
LONGEST_OUTPUT = 20_000
# Colours and movements of a terminal.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Cell:
    """A cell as HTML; `outputs` are texts, `left_out` the kinds of output that are not shown."""

    kind: str
    html: SafeString
    number: int | None = None
    outputs: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Notebook:
    """The first cells of a notebook, and how many more it has."""

    cells: list[Cell]
    more: int


def notebook_of(text: str, addresses: Addresses) -> Notebook | None:
    """The cells of a notebook of version 4; None when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return None
    # What all cells together may cost: rendering takes time with the square of a hostile text's length.
    prose, code = LENGTH_LIMIT, MOST_CHARACTERS
    shown = []
    for cell in cells[:CELLS]:
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            prose -= len(source)
            html = render_markdown(source, addresses) if prose >= 0 else _plain(source)
            shown.append(Cell("markdown", html))
        elif cell.get("cell_type") == "code":
            code -= len(source)
            lines = highlighted(source, "cell.py") if code >= 0 else [_plain(source)]
            shown.append(_code(cell, lines))
        else:
            shown.append(Cell("raw", _plain(source)))
    return Notebook(shown, max(0, len(cells) - CELLS))


def _code(cell: dict[str, Any], lines: list[SafeString]) -> Cell:
    number = cell.get("execution_count")
    html = format_html("{}" * (2 * len(lines)), *(part for line in lines for part in (line, "\n")))
    shown = Cell("code", html, number if isinstance(number, int) else None)
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            _add_output(shown, output)
    return shown


def _add_output(cell: Cell, output: dict[str, Any]) -> None:
    data = output.get("data")
    kinds = data if isinstance(data, dict) else {}
    text = _joined(output.get("text")) or _joined(kinds.get("text/plain"))
    if isinstance(output.get("traceback"), list):
        text = "\n".join(str(line) for line in output["traceback"])
    if text:
        cut = _ESCAPES.sub("", text)
        cell.outputs.append(cut if len(cut) <= LONGEST_OUTPUT else f"{cut[:LONGEST_OUTPUT]}…")
    cell.left_out += [str(kind)[:60] for kind in kinds if kind != "text/plain"]


def _joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _plain(source: str) -> SafeString:
    return format_html('<pre class="source" tabindex="0">{}</pre>', source)
