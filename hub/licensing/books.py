"""The licences that are known now: those the hub comes with, and those that staff registered."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max

from hub.licensing.catalogue import Book, as_licence, built_in
from hub.licensing.fingerprints import Fingerprint
from hub.licensing.models import RegisteredLicence
from hub.licensing.normal_form import phrase
from hub.licensing.references import References, references_with


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
    seen = RegisteredLicence.objects.aggregate(last=Max("updated_at"), number=Count("pk"))
    return _books(f"{seen['number']}:{seen['last'].isoformat() if seen['last'] else ''}")


@lru_cache(maxsize=2)
def _books(stamp: str) -> Books:
    registered = list(RegisteredLicence.objects.filter(retired=False).order_by("key"))
    licences = (as_licence({"id": row.key, "name": row.name, **row.fields}) for row in registered)
    fingerprints = (Fingerprint.from_bytes(bytes(row.fingerprint)) for row in registered)
    return Books(built_in().with_(licences), references_with(fingerprints), stamp)
