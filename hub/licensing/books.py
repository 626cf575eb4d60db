"""The licences that are known now: those the hub comes with, and those that staff registered."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hub.licensing.catalogue import ROWS, Book, as_licence, built_in
from hub.licensing.fingerprints import Fingerprint
from hub.licensing.models import RegisteredLicence
from hub.licensing.normal_form import phrase
from hub.licensing.references import FILE, References, references_with

ROOM = Path(__file__).parent
# What reads commits and how that is kept: the code, and the data that comes with it.
READERS = (
    *(ROOM / f"{name}.py" for name in ("reading", "records", "files", "cards", "declared", "expressions")),
    *(ROOM / f"{name}.py" for name in ("catalogue", "normal_form", "fingerprints", "references", "passages")),
    *(ROOM / f"{name}.py" for name in ("matching", "picks", "changes", "differences", "notices", "titles")),
    *(ROOM.parent / "repos" / "cards.py", ROOM.parent / "compute" / "bases.py"),
    *(FILE, ROWS),
)


def _version() -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in READERS)).hexdigest()[:12]


# Changes whenever the same files may be read otherwise.
READERS_VERSION = _version()


@dataclass(frozen=True)
class Books:
    """What licences allow, by what their texts are known, and `stamp`, which changes when either does.

    It begins with READERS_VERSION: what another version of the hub read is read again, all of it.
    """

    book: Book
    references: References
    stamp: str

    def phrases_in(self, texts: Iterable[str]) -> frozenset[str]:
        """The sentences that some licence asks for which stand in one of the texts, however wrapped."""
        held = [f" {phrase(text)} " for text in texts]
        return frozenset(
            sentence
            for sentence in self.book.sentences()
            if any(f" {phrase(sentence)} " in text for text in held)
        )


def current_books() -> Books:
    """The licences as of now; one query, and another one after one was registered or changed."""
    rows = RegisteredLicence.objects.order_by("key").values_list("key", "updated_at")
    lines = "\n".join(f"{key} {at.isoformat()}" for key, at in rows)
    return _books(f"{READERS_VERSION}-{hashlib.sha256(lines.encode()).hexdigest()[:40]}")


@lru_cache(maxsize=2)
def _books(stamp: str) -> Books:
    # In the order in which they came: the earlier one keeps a name or a title.
    registered = list(RegisteredLicence.objects.filter(retired=False).order_by("pk"))
    licences = (as_licence({"id": row.key, "name": row.name, **row.fields}) for row in registered)
    fingerprints = (Fingerprint.from_bytes(bytes(row.fingerprint)) for row in registered)
    return Books(built_in().with_(licences), references_with(fingerprints), stamp)
