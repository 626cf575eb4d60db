"""The garbage collection's effects: what nothing uses is condemned first, and deleted a good while later.

A row is locked before it is asked whether anything uses it, and whoever takes content into use locks the
same row (`hold_blobs`, `keep_object`, `register_files`). The question is a statement of its own, so that it
sees all that was committed before the lock. Rows that somebody else has locked are passed by until next time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from storage.models import Blob, Chunk, Reconstruction, Term, Upload, Xorb
from storage.verification import delete_after_commit

EPOCH = """
    INSERT INTO storage_epoch (id, number) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET number = storage_epoch.number + 1
"""


@dataclass(frozen=True, slots=True)
class Ages:
    """How long content is kept that nothing uses."""

    # Since its upload was begun.
    uploads: timedelta
    # A xorb, since somebody was told of it.
    xorbs: timedelta
    # Since it was condemned.
    condemned: timedelta
    # An object in S3 that no row names, since it was written.
    orphans: timedelta

    @classmethod
    def configured(cls) -> "Ages":
        """As the settings say."""
        return cls(
            uploads=timedelta(seconds=settings.COLLECT_UPLOADS_AFTER),
            xorbs=timedelta(seconds=settings.COLLECT_XORBS_AFTER),
            condemned=timedelta(seconds=settings.COLLECT_CONDEMNED_AFTER),
            orphans=timedelta(seconds=settings.COLLECT_ORPHANS_AFTER),
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was done in one go: rows condemned, rows and bytes deleted, where to go on unless at the end."""

    condemned: int = 0
    deleted: int = 0
    size: int = 0
    after: str | None = None


def blobs_after(after: str, limit: int) -> list[str]:
    """The next blobs by their sha256, whatever their state."""
    return list(Blob.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])


def lock_unwanted_blobs(sha256s: Collection[str], *, ages: Ages) -> list[str]:
    """Lock those of the blobs that no recent upload wants and that are kept in S3 alone.

    Small ones in the database and withheld ones stay: the latter so that the same bytes stay withheld when
    they come again. The uploads that brought them are locked too, so that none is tied to a repository.
    """
    since = timezone.now() - ages.uploads
    found = _collectable().filter(pk__in=sha256s, condemned_at=None, created_at__lt=since)
    recent = Upload.objects.filter(sha256=OuterRef("pk"), created_at__gte=since)
    found = found.exclude(Exists(recent.exclude(state=Upload.State.REFUSED)))
    locked = list(found.select_for_update(skip_locked=True).values_list("pk", flat=True))
    brought = _verified(locked)
    free = set(brought.select_for_update(skip_locked=True).values_list("pk", flat=True))
    rows = brought.values_list("pk", "sha256", "created_at")
    wanted = {sha256 for pk, sha256, begun in rows if pk not in free or begun >= since}
    return [sha256 for sha256 in locked if sha256 not in wanted]


def condemn_blobs(sha256s: Collection[str]) -> int:
    """Say that blobs, which are locked, are about to go; nobody can use them without sending them again."""
    _verified(sha256s).delete()
    return Blob.objects.filter(pk__in=sha256s).update(condemned_at=timezone.now())


def lock_condemned_blobs(*, ages: Ages, limit: int) -> list[str]:
    """Lock blobs that were condemned long enough ago."""
    found = Blob.objects.filter(condemned_at__lte=timezone.now() - ages.condemned).order_by("condemned_at")
    return list(found.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])


def revive_blobs(sha256s: Collection[str]) -> None:
    """Take blobs back that turned out to be used."""
    Blob.objects.filter(pk__in=sha256s).update(condemned_at=None)


def delete_blobs(sha256s: Collection[str]) -> tuple[int, int]:
    """Delete blobs, which are locked, and their whole objects; how many and how many bytes of these.

    Those that were uploaded again or withheld since, or have come to be kept in the database, are taken back.
    """
    wanted = Upload.objects.filter(sha256=OuterRef("pk"), state=Upload.State.VERIFIED)
    going = dict(_collectable().filter(pk__in=sha256s).exclude(Exists(wanted)).values_list("pk", "key"))
    revive_blobs(set(sha256s) - going.keys())
    rows = Blob.objects.filter(pk__in=going.keys())
    size = rows.exclude(key="").aggregate(sum=Sum("size"))["sum"] or 0
    rows.only("pk").delete()
    delete_after_commit(going.values())
    return len(going), size


@transaction.atomic
def delete_reconstructions(after: str, *, limit: int) -> Stretch:
    """Delete files in chunks that no blob consists of and that are not being verified."""
    rows = Reconstruction.objects.filter(pk__gt=after).order_by("pk")
    hashes = list(rows.values_list("pk", flat=True)[:limit])
    unused = Reconstruction.objects.exclude(
        Exists(Blob.objects.filter(reconstruction=OuterRef("pk")))
    ).exclude(Exists(Upload.objects.filter(reconstruction=OuterRef("pk"), state=Upload.State.RECEIVED)))
    found = unused.filter(pk__in=hashes).select_for_update(skip_locked=True, of=("self",))
    locked = list(found.values_list("pk", flat=True))
    going = list(unused.filter(pk__in=locked).values_list("pk", flat=True))
    # Those that ended say which bytes they brought; how these were put together is no matter any more.
    Upload.objects.filter(reconstruction__in=going).update(reconstruction=None)
    Term.objects.filter(reconstruction__in=going).delete()
    Reconstruction.objects.filter(pk__in=going).delete()
    return Stretch(deleted=len(going), after=_next(hashes, limit))


@transaction.atomic
def condemn_xorbs(after: str, *, ages: Ages, limit: int) -> Stretch:
    """Condemn xorbs that no file uses and nobody was told of lately; if there are any the epoch is raised.

    Clients remember which xorbs they brought, for weeks, by the address that the epoch is a part of.
    """
    rows = Xorb.objects.filter(pk__gt=int(after or 0)).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    unused = _unused_xorbs().filter(condemned_at=None, used_at__lte=timezone.now() - ages.xorbs)
    found = unused.filter(pk__in=ids).select_for_update(skip_locked=True, of=("self",))
    locked = list(found.values_list("pk", flat=True))
    condemned = unused.filter(pk__in=locked).update(condemned_at=timezone.now())
    if condemned:
        with connection.cursor() as cursor:
            cursor.execute(EPOCH)
    return Stretch(condemned=condemned, after=_next(ids, limit))


@transaction.atomic
def delete_xorbs(*, ages: Ages, limit: int) -> Stretch:
    """Delete xorbs that were condemned long enough ago; those that a file uses again are taken back."""
    found = Xorb.objects.filter(condemned_at__lte=timezone.now() - ages.condemned).order_by("condemned_at")
    locked = list(found.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    going = list(_unused_xorbs().filter(pk__in=locked).values_list("pk", "key", "size"))
    ids = [pk for pk, _, _ in going]
    Xorb.objects.filter(pk__in=set(locked) - set(ids)).update(condemned_at=None, used_at=timezone.now())
    Chunk.objects.filter(xorb__in=ids).delete()
    # Their tables of chunks are large, and nothing is to be known of them but their ids.
    Xorb.objects.filter(pk__in=ids).only("pk").delete()
    delete_after_commit(key for _, key, _ in going)
    size = sum(size for _, _, size in going)
    return Stretch(deleted=len(going), size=size, after=_next(locked, limit))


def _collectable() -> QuerySet[Blob]:
    """Blobs that are whole or in chunks in S3, and nowhere else, and are not withheld."""
    return Blob.objects.filter(data=None, state=Blob.State.VERIFIED)


def _verified(sha256s: Collection[str]) -> QuerySet[Upload]:
    return Upload.objects.filter(sha256__in=sha256s, state=Upload.State.VERIFIED)


def _unused_xorbs() -> QuerySet[Xorb]:
    return Xorb.objects.exclude(Exists(Term.objects.filter(xorb=OuterRef("pk"))))


def _next(keys: list, limit: int) -> str | None:
    return str(keys[-1]) if len(keys) == limit else None
