"""Reads of the licence registry, and of whom a licence concerns."""

from dataclasses import dataclass

from django.db.models import QuerySet

from hub.licensing.books import current_books
from hub.licensing.catalogue import Licence, as_licence, built_in
from hub.licensing.models import LicenceStanding, RegisteredLicence
from hub.repos.models import Repository

# So many repositories under a licence are counted.
COUNTED = 1000


@dataclass(frozen=True)
class Shelved:
    """A licence, and what was registered of it; None for those the hub comes with."""

    licence: Licence
    row: RegisteredLicence | None = None


def shelf() -> list[Shelved]:
    """Every licence that is known, by name; two queries."""
    rows = {row.key: row for row in _rows().defer("text", "fingerprint")}
    book = current_books().book
    return sorted(
        (Shelved(licence, rows.get(licence.id)) for licence in book), key=lambda one: one.licence.name.lower()
    )


def registered_licences() -> list[RegisteredLicence]:
    """What staff registered, also what is retired, by name."""
    return list(_rows().defer("text", "fingerprint").order_by("name"))


def shelved(key: str) -> Shelved | None:
    """A licence by its key, also one that was retired; None without it."""
    row = registered_licence(key)
    if row is not None:
        return Shelved(as_licence({"id": row.key, "name": row.name, **row.fields}), row)
    licence = built_in().get(key)
    return Shelved(licence) if licence else None


def registered_licence(key: str) -> RegisteredLicence | None:
    """What was registered under a key; None without it."""
    return _rows().filter(key=key).first()


def concerned(key: str) -> int:
    """Public repositories under a licence, by their own or by what they were made of, up to COUNTED + 1."""
    under = LicenceStanding.objects.filter(
        keys__contains=[key],
        repository__visibility=Repository.Visibility.PUBLIC,
        repository__taken_down_at=None,
    )
    return len(under.order_by().values_list("pk")[: COUNTED + 1])


def _rows() -> QuerySet[RegisteredLicence]:
    return RegisteredLicence.objects.select_related("reviewed_by")
