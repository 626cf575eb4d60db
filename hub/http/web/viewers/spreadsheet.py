"""The first rows of a file of comma- or tab-separated values."""

import csv
from dataclasses import dataclass
from itertools import islice

BYTES = 256 * 1024
ROWS, COLUMNS, LONGEST_CELL = 200, 50, 300
SEPARATORS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class Sheet:
    """The head and the first rows; `more` says whether rows, `wide` whether columns were left out."""

    head: list[str]
    rows: list[list[str]]
    more: bool
    wide: bool


def sheet_of(text: str, separator: str, *, whole: bool) -> Sheet | None:
    """The first rows of a text that is all of the file, or else its beginning; None when it is no table."""
    lines = text.splitlines(keepends=True)
    if not whole:
        lines = lines[:-1]
    try:
        rows = list(islice(csv.reader(lines, delimiter=separator), ROWS + 2))
    except csv.Error:
        return None
    rows = [row for row in rows if row]
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    head, *body = rows
    shown = [[_cell(cell) for cell in row[:COLUMNS]] for row in body[:ROWS]]
    more = len(body) > ROWS or not whole
    return Sheet([_cell(cell) for cell in head[:COLUMNS]], shown, more, len(head) > COLUMNS)


def _cell(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
