"""Licence texts changed as people change them, and how well each was recognised; benchmarks use it too."""

import html
import re
import textwrap
from collections.abc import Iterator

from hub.licensing.facts import How
from hub.licensing.matching import Match

HEADER = (
    "本许可证的中文译文仅供参考，以英文原文为准。\n"
    "Diese Übersetzung der Überschrift dient nur dem Verständnis; es gilt der englische Text.\n\n"
)
NOTICES = """

------------------------------
Third party notices

This project bundles parts of a tokenizer, which Example Labs made available to everybody in 2021 with its
source. The tests use pictures of the city archive. We thank the many people who reported mistakes.
"""
MOST_CLAUSES = 25
CHANGED = ("one clause removed", "one word turned")


def paragraphs(text: str) -> list[str]:
    """The parts of a text between empty lines."""
    return [part for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def edits(text: str, mit: str) -> Iterator[tuple[str, str]]:
    """A text changed in ways that are seen in repositories, as (what was done, the text)."""
    parts = paragraphs(text)
    yield "as it is", text
    yield "re-wrapped", "\n\n".join(textwrap.fill(" ".join(part.split()), 60) for part in parts)
    yield "one line a paragraph", "\n\n".join(" ".join(part.split()) for part in parts)
    yield "names filled in", filled_in(text)
    yield "translated header", HEADER + text
    yield "appended notices", text + NOTICES
    yield "appended MIT text", text + "\n\n---\n\n" + mit
    yield (
        "HTML entities",
        "<pre>" + html.escape(text).replace("’", "&rsquo;").replace("“", "&ldquo;") + "</pre>",
    )
    yield "Markdown", "\n\n".join(f"**{part.strip()}**" if len(part) < 60 else part for part in parts)
    yield "typewriter, CRLF, BOM", "\ufeff" + typewriter(text).replace("\n", "\r\n")
    yield "as a comment", "\n".join(f" * {line}" for line in text.splitlines())
    if re.search(r"\b(?:may|shall|must)\b", text):
        yield "one word turned", re.sub(r"\b(may|shall|must)\b(?! not)", r"\1 not", text, count=1)
    clauses = [n for n, part in enumerate(parts) if len(part.split()) >= 15]
    for n in clauses[:: max(1, len(clauses) // MOST_CLAUSES)]:
        yield "one clause removed", "\n\n".join(parts[:n] + parts[n + 1 :])


def filled_in(text: str) -> str:
    """A copyright line on top, and names instead of the places for them."""
    for place in ("<year>", "[yyyy]", "[year]", "<YEAR>"):
        text = text.replace(place, "2025")
    for place in (
        "<name of author>",
        "[name of copyright owner]",
        "[fullname]",
        "<copyright holders>",
        "<OWNER>",
    ):
        text = text.replace(place, "Jane Doe and the Example Laboratory")
    return "Copyright (c) 2023-2025 Jane Doe and the Example Laboratory\n\n" + text


def typewriter(text: str) -> str:
    """Without typographic characters."""
    return text.translate(
        str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\xa0": " "})
    )


def judged(key: str, found: list[Match], allowed: set[str]) -> str:
    """How a licence was found: itself, itself "modified", undecided with it, another one, or not at all."""
    mine = [one for one in found if one.key == key]
    if any(one.how in (How.EXACT, How.CONTAINED) for one in mine):
        sure = [one for one in found if one.how in (How.EXACT, How.CONTAINED)]
        return "identified" if all(one.key in allowed for one in sure) else "WRONG"
    if any(one.undecided and key in (one.key, one.runner_up) for one in found):
        return "undecided"
    if mine:
        return "modified" if mine[0].how == How.MODIFIED else "by name"
    return "WRONG" if any(one.key not in allowed for one in found) else "not found"
