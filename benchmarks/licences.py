"""Every licence text that is known, changed as people change them, against the matcher; see licences.md.

    python benchmarks/licences.py DIRECTORY …

takes the directories that `manage.py fingerprint_licences` takes. The texts are in no repository.
"""

import argparse
import html
import json
import re
import resource
import sys
import textwrap
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hub.licensing.facts import How
from hub.licensing.matching import Match, match
from hub.licensing.references import known_references
from hub.management.commands.fingerprint_licences import SOURCES, text_of

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


def main() -> None:
    """Print a table, and what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directories", nargs="+", type=Path)
    directories = parser.parse_args().directories
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    references = known_references()
    print(f"index: {time.perf_counter() - began:.2f} s")
    mit = (text_of("mit", directories) or ("", ""))[0]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    times: list[float] = []
    texts = 0
    for key, known in json.loads(SOURCES.read_text()).items():
        for name in known["texts"]:
            text = text_of(name, directories)
            if text is None:
                continue
            texts += 1
            for what, changed in edits(text[0], mit):
                began = time.process_time()
                found = match(changed, references)
                times.append(time.process_time() - began)
                allowed = {key, "mit"} if what == "appended MIT text" else {key}
                verdict = judged(key, found, allowed)
                table[what][verdict] += 1
                if verdict not in ("identified", "modified") or (
                    verdict == "modified" and "removed" not in what
                ):
                    said = [(one.key, str(one.how), one.similarity, one.runner_up) for one in found]
                    print(f"{verdict}: {key} ({name}), {what}: {said}", file=sys.stderr)
    columns = ("identified", "modified", "undecided", "by name", "not found", "WRONG")
    print("| edit |", " | ".join(columns), "|")
    for what, row in table.items():
        print(f"| {what} |", " | ".join(str(row[column]) for column in columns), "|")
    times.sort()
    middle, most, longest = (1000 * times[at] for at in (len(times) // 2, len(times) * 95 // 100, -1))
    print(f"{texts} texts, {len(times)} files; of one core {middle:.0f} ms in the middle,", end=" ")
    print(f"{most:.0f} ms for 95 % of them, {longest:.0f} ms at the longest")
    print(f"memory: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")


if __name__ == "__main__":
    main()
