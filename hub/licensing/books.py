"""The licences that are known now: those the hub comes with, and those that staff registered."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from hub.licensing.catalogue import ROWS, Book, as_licence, built_in
from hub.licensing.fingerprints import Fingerprint
from hub.licensing.models import RegisteredLicence
from hub.licensing.normal_form import phrase
from hub.licensing.references import FILE, References, references_with

# What reads commits, and how what was read is kept.
READERS = tuple(Path(__file__).with_name(name) for name in ("reading.py", "records.py"))


@dataclass(frozen=True)
class Books:
    """What licences allow, by what their texts are known, and `stamp`, which changes when either does."""

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
    lines = [_digest(FILE, ROWS, *READERS), *(f"{key} {at.isoformat()}" for key, at in rows)]
    return _books(hashlib.sha256("\n".join(lines).encode()).hexdigest()[:40])


@cache
def _digest(*files: Path) -> str:
    """Of what comes with the hub; another version of the hub reads again what an earlier one read."""
    return " ".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


@lru_cache(maxsize=2)
def _books(stamp: str) -> Books:
    # In the order in which they came: the earlier one keeps a name or a title.
    registered = list(RegisteredLicence.objects.filter(retired=False).order_by("pk"))
    licences = (as_licence({"id": row.key, "name": row.name, **row.fields}) for row in registered)
    fingerprints = (Fingerprint.from_bytes(bytes(row.fingerprint)) for row in registered)
    return Books(built_in().with_(licences), references_with(fingerprints), stamp)
