"""Short notices and tags that name a licence without its text."""

import re
from collections.abc import Iterator

from hub.licensing.catalogue import Book
from hub.licensing.expressions import read_expression
from hub.licensing.facts import UNKNOWN
from hub.licensing.references import References
from hub.licensing.titles import titles_in

# SPDX 3.x, annex "Using SPDX short identifiers in source files".
_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([^\n\"'`<>]{1,200})")
_END_OF_COMMENT = re.compile(r"\s*(?:\*/|--|#}|%>).*$")
# What says of a thing that it stands under a licence; within a few words before the licence's name.
_UNDER = re.compile(
    r"\b(?:(?:licensed|released|distributed|provided|available|published|covered|offered|governed)\b.{0,60}"
    r"\b(?:under|by|to)|under the(?: terms of(?: the)?)?|subject to(?: the terms of)?(?: the)?|terms of the)"
    r"(?: (?:the|a|an|terms|conditions|of|and|version))*$"
)
_WORDS_BEFORE = 14
_GNU = re.compile(
    r"\bgnu (?P<kind>affero |lesser |library )?(?:general public license|gpl|agpl|lgpl)\b(?: \S+){0,16}?"
    r" (?:version )?(?P<version>[123](?:\.[01])?)\b"
)
_GNU_KINDS = {"affero ": "agpl", "lesser ": "lgpl", "library ": "lgpl"}
_CC_ADDRESS = re.compile(r"\bcreativecommons org licenses (by(?: nc)?(?: nd)?(?: sa)?) ([1-4]\.[05])\b")
_CC_NAME = re.compile(
    r"\bcreative commons attribution(?P<nc> non ?commercial)?(?P<nd> no ?deriv(?:ative)?s?(?: works)?)?"
    r"(?P<sa> share ?alike)?(?: \S+){0,3}? (?P<version>[1-4]\.[05])\b"
)
_CC_ZERO = re.compile(r"\bcreativecommons org publicdomain zero 1\.0\b")


def notices_in(words: list[str], references: References) -> Iterator[tuple[int, int, str]]:
    """The licences that words place something under, as (first word, end, key)."""
    for title in titles_in(words, references):
        before = " ".join(words[max(0, title.start - _WORDS_BEFORE) : title.start])
        if _UNDER.search(before):
            yield title.start, title.end, title.key
    said = " ".join(words)
    for pattern, key_of in ((_GNU, _gnu), (_CC_ADDRESS, _cc_address), (_CC_NAME, _cc), (_CC_ZERO, _zero)):
        for found in pattern.finditer(said):
            start = said.count(" ", 0, found.start())
            yield start, start + found[0].count(" ") + 1, key_of(found)


def tags_in(text: str, book: Book) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The SPDX tags of a text as (first character, end, keys of the known licences in the expression)."""
    for found in _TAG.finditer(text):
        expression = read_expression(_END_OF_COMMENT.sub("", found[1]), book)
        if expression is not None and expression.ways:
            keys = frozenset().union(*expression.ways) - {UNKNOWN}
            yield found.start(), found.end(), tuple(sorted(keys))


def _gnu(found: re.Match[str]) -> str:
    kind = _GNU_KINDS.get(found["kind"] or "", "gpl")
    if kind == "gpl":
        spelled = re.search(r"\b(agpl|lgpl|gpl)\b", found[0])
        kind = spelled[1] if spelled else kind
    version = found["version"]
    return f"{kind}-{version if '.' in version else version + '.0'}"


def _cc_address(found: re.Match[str]) -> str:
    return f"cc-{found[1].replace(' ', '-')}-{found[2]}"


def _cc(found: re.Match[str]) -> str:
    parts = [part for part in ("nc", "nd", "sa") if found[part]]
    return "-".join(["cc-by", *parts, found["version"]])


def _zero(found: re.Match[str]) -> str:
    return "cc0-1.0"
