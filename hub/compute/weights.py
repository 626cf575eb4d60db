"""Which of a repository's files hold its weights (pure)."""

import re
from collections import defaultdict
from collections.abc import Iterable

from hub.revisions.selectors import Entry

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
SAFETENSORS, GGUF = ".safetensors", ".gguf"
MOST_PARTS = 100
_PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")
# A part of a larger model that is not its language model.
_PROJECTOR = re.compile(r"(^|[/._-])mmproj", re.IGNORECASE)


def single_safetensors(files: Iterable[Entry]) -> Entry | None:
    """`model.safetensors`, or else the only safetensors file that there is."""
    found = {file.path: file for file in files if file.path.endswith(SAFETENSORS)}
    if SINGLE in found:
        return found[SINGLE]
    return next(iter(found.values())) if len(found) == 1 else None


def smallest_gguf(files: Iterable[Entry]) -> list[Entry]:
    """The parts, in order, of the smallest model in gguf; empty when there is none."""
    models: dict[str, list[Entry]] = defaultdict(list)
    for file in files:
        if file.path.endswith(GGUF) and not _PROJECTOR.search(file.path):
            models[_PART.sub("", file.path)].append(file)
    ordered = sorted(models.items(), key=lambda item: (sum(part.size for part in item[1]), item[0]))
    return sorted(ordered[0][1], key=lambda part: part.path)[:MOST_PARTS] if ordered else []
