"""Where a repository is, or was when it was deleted."""

from dataclasses import dataclass

from django.db import connection

from accounts.models import AuditEvent
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import Ref

# The first half of an advisory lock's key, which nobody else uses; the other half is the address.
LOCK = 0x77746864


@dataclass(frozen=True)
class Place:
    """An address, in small letters, and the repository that is there; None while there is none."""

    address: str
    repository: Repository | None


def address_of(repository: Repository) -> str:
    """How what is withheld in a repository names where that was."""
    return _spelled(repository.kind, repository.full_name)


def lock_address(address: str) -> None:
    """Let nobody else come to an address, or ask who is there, until the transaction ends.

    Who comes there is not seen by others before they commit, so that no row could be locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, address])


def lock_refs(repository_id: int) -> None:
    """Let a commit that lands meanwhile wait; these locks come first, as with whoever lands one."""
    refs = Ref.objects.filter(repository=repository_id).order_by("pk")
    list(refs.select_for_update().values_list("pk"))


def locked(repository_id: int) -> Repository | None:
    """A repository as it is now, its refs locked and then its row; None when it is gone."""
    lock_refs(repository_id)
    rows = Repository.objects.filter(pk=repository_id)
    if not rows.select_for_update(no_key=True).values_list("pk"):
        return None
    # Read once it is locked: a join would be with the owner of before.
    return rows.select_related("namespace").get()


def place_of(repository_id: int) -> Place | None:
    """Where a repository is, which is locked; or that of the same address, when it was deleted.

    None when nobody knows: its deletion stands in no log.
    """
    if (there := locked(repository_id)) is not None:
        return Place(address_of(there), there)
    return place_left_by(repository_id)


def place_left_by(repository_id: int) -> Place | None:
    """The place that a repository had when it was deleted, locked, and what is there now, locked too."""
    deleted = AuditEvent.objects.filter(
        event=Event.REPOSITORY_DELETED, subject=f"repository:{repository_id}"
    ).order_by("-created_at")
    left = deleted.first()
    if left is None:
        return None
    kind, full_name = left.data["kind"], left.data["name"]
    address = _spelled(kind, full_name)
    lock_address(address)
    namespace, _, name = full_name.partition("/")
    found = Repository.objects.filter(kind=kind, namespace__name__iexact=namespace, name__iexact=name)
    pk = found.values_list("pk", flat=True).first()
    there = None if pk is None else locked(pk)
    # It may have moved on before it was locked.
    return Place(address, there if there is not None and address_of(there) == address else None)


def _spelled(kind: str, full_name: str) -> str:
    return f"{kind}:{full_name}".lower()
