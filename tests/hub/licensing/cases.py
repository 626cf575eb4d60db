"""Reads `cases.txt`: facts as a lawyer writes them down in one line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.licensing.cards import stated_by
from hub.licensing.catalogue import built_in
from hub.licensing.facts import (
    UNKNOWN,
    Base,
    Dataset,
    Detected,
    Facts,
    How,
    Inherited,
    LicenceFile,
    Scope,
    Statement,
)
from hub.licensing.findings import Severity
from hub.repos.cards import parse_card

BOOK = built_in()
HOW = {"=": How.EXACT, "~": How.MODIFIED, ">": How.CONTAINED, '"': How.TITLE, ":": How.TAG}
SCOPES = {"LICENSE-CODE": Scope.CODE, "LICENSE-MODEL": Scope.WEIGHTS, "LICENSE-VENDOR": Scope.PART}
MARKS = {"!": Severity.CONFLICT, "*": Severity.WARNING, "": Severity.INFO}
_FILE = re.compile(r"(?P<path>[A-Z.-]+)(?:(?P<how>[=~>\":])(?P<key>\S+)|\?)")
_NAMED = re.compile(r"(?P<name>[\w.:/-]+)\((?P<says>[^)]*)\)(?:@(?P<depth>\d+))?")


@dataclass(frozen=True)
class Case:
    """A line, the facts that it describes, and the rules that find something with how grave it is."""

    line: str
    facts: Facts
    found: tuple[tuple[str, Severity], ...]


def cases() -> Iterator[Case]:
    """Every case of the table."""
    for line in (Path(__file__).parent / "cases.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            declared, here, made_of, found = (part.strip() for part in line.split("|"))
            marks = [] if found == "nothing" else found.split()
            expected = ((mark[:3], MARKS[mark[3:]]) for mark in marks)
            yield Case(line, _facts(declared, here, made_of), tuple(sorted(expected)))


def _facts(declared: str, here: str, made_of: str) -> Facts:
    tokens = _NAMED.sub("", here).split()
    said = dict(token.split(":", 1) for token in tokens if token.startswith(("notice:", "shows:", "name:")))
    above = list(_NAMED.finditer(made_of))
    return Facts(
        name=f"acme/{said.get('name', 'model')}",
        gated="gated" in tokens,
        has_card=declared != "no card",
        statement=_statement(declared),
        files=tuple(_file(found) for token in tokens if (found := _FILE.fullmatch(token))),
        phrases=frozenset(phrase for token in tokens for phrase in _phrases(token)),
        bases=tuple(_base(one) for one in above if not one["depth"]),
        inherited=tuple(
            Inherited(key, one["name"], int(one["depth"]))
            for one in above
            if one["depth"]
            for key in _keys(one)
        ),
        datasets=tuple(_dataset(one) for one in _NAMED.finditer(here)),
        trained_on_outputs="learned" in tokens,
    )


def _statement(declared: str) -> Statement:
    if declared in {"no card", "-"}:
        return Statement()
    front = f"license: {declared}"
    if declared.startswith("other:"):
        name = declared.removeprefix("other:").strip()
        front = f"license: other\nlicense_name: {name}\nlicense_link: LICENSE" if name else "license: other"
    return stated_by(parse_card(f"---\n{front}\n---\n"), BOOK)


def _file(found: re.Match[str]) -> LicenceFile:
    detected = (Detected(found["key"], HOW[found["how"]]),) if found["key"] else ()
    path = found["path"] if found["how"] != ":" else "LICENSE"
    return LicenceFile(path, scope=SCOPES.get(path, Scope.ALL), found=detected)


def _phrases(token: str) -> Iterator[str]:
    kinds = {"notice": "notice_file", "shows": "ui_text"}
    kind, _, key = token.partition(":")
    if kind in kinds:
        yield from (duty.text for duty in BOOK[key].duties if duty.kind == kinds[kind])


def _keys(one: re.Match[str]) -> frozenset[str]:
    says = one["says"].split(",")[0]
    return frozenset({UNKNOWN} if says in {"?", "-"} else says.split("+"))


def _base(one: re.Match[str]) -> Base:
    says = one["says"].split(",")
    was = next((word.removeprefix("was ") for word in says if word.startswith("was ")), None)
    path = next((word.removeprefix("in ") for word in says if word.startswith("in ")), "README.md")
    return Base(
        one["name"],
        path=path,
        seen=says[0] != "?",
        keys=_keys(one),
        gated="gated" in says,
        was=frozenset({was}) if was else None,
    )


def _dataset(one: re.Match[str]) -> Dataset:
    return Dataset(one["name"].removeprefix("data:"), _keys(one), seen=one["says"] != "?")
