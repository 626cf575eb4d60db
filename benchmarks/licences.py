"""Every licence text that is known, changed as people change them, against the matcher; see licences.md.

    python benchmarks/licences.py DIRECTORY …

takes the directories that `manage.py fingerprint_licences` takes. The texts are in no repository.
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hub.licensing.matching import match
from hub.licensing.references import known_references
from hub.management.commands.fingerprint_licences import SOURCES, text_of
from tests.hub.licensing.edits import edits, judged


def scancode() -> Callable[[str], set[str]] | None:
    """The keys that ScanCode finds in a text; None where scancode-toolkit-mini is not installed."""
    try:
        from licensedcode.cache import get_index
    except ImportError:
        return None
    index = get_index()
    return lambda text: {key for found in index.match(query_string=text) for key in found.rule.license_keys()}


def beside(name: str, found: set[str], added: set[str]) -> str:
    """How ScanCode found the licence that it has under a name, in a text to which others were added."""
    if name not in found:
        return "another" if found - added else "nothing"
    return "itself" if found <= {name, *added} else "with others"


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
    others: dict[str, Counter[str]] = defaultdict(Counter)
    ask = scancode()
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
                if ask is not None:
                    others[what][beside(name, ask(changed), allowed - {key})] += 1
                if verdict not in ("identified", "modified") or (
                    verdict == "modified" and "removed" not in what
                ):
                    said = [(one.key, str(one.how), one.similarity, one.runner_up) for one in found]
                    print(f"{verdict}: {key} ({name}), {what}: {said}", file=sys.stderr)
    columns = ("identified", "modified", "undecided", "by name", "not found", "WRONG")
    print("| edit |", " | ".join(columns), "|")
    for what, row in table.items():
        print(f"| {what} |", " | ".join(str(row[column]) for column in columns), "|")
    if ask is None:
        print("scancode-toolkit-mini is not installed: nothing is compared with it.", file=sys.stderr)
    for what, row in others.items():
        print(f"ScanCode, {what}:", ", ".join(f"{verdict} {count}" for verdict, count in row.items()))
    times.sort()
    middle, most, longest = (1000 * times[at] for at in (len(times) // 2, len(times) * 95 // 100, -1))
    print(f"{texts} texts, {len(times)} files; of one core {middle:.0f} ms in the middle,", end=" ")
    print(f"{most:.0f} ms for 95 % of them, {longest:.0f} ms at the longest")
    print(f"memory: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")


if __name__ == "__main__":
    main()
