"""Content in chunks on its way in and out of a repository (the Xet protocol), for the doors."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from threading import BoundedSemaphore
from typing import BinaryIO

from celery import signature
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, Value
from django.utils import timezone

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from hub.errors import EntryNotFound, InvalidInput, NotYetVerified, RangeOutside, TooMuch
from hub.events import Event
from hub.queue import enqueue
from hub.repos.models import Repository
from hub.repos.selectors import pulled_by
from hub.repos.serving import blobs_refused, refused_somewhere
from hub.revisions.models import RepositoryBlob
from hub.revisions.room import Room, limit_of, payer_of
from hub.revisions.settling import ask_to_verify
from hub.revisions.withheld_files import only_withheld
from storage.errors import UploadUnverified
from storage.models import Blob, Chunk, Reconstruction, Term, Upload, Xorb, XorbUpload
from storage.xet import reading, uploads
from storage.xet.hashing import from_text
from storage.xet.reading import Plan, PlanTooLong
from storage.xet.registration import Unproved, prove_files, register_files
from storage.xet.shards import Shard, ShardInvalid, parse_shard
from storage.xet.xorbs import MAX_CHUNKS, MAX_XORB, Table, XorbInvalid

SWEEP_BATCH = 500
# How many of the files that a shard registered its event names.
NAMED = 100
# In how many places a chunk is looked up; how many xorbs are told beside its own, out of how many terms. A
# client asks about one chunk in some 64 MiB, so that what is told must reach to the next such chunk.
PLACES, XORBS_AHEAD, TERMS_AHEAD = 32, 16, 1000
# Of what is withheld from everybody but its people.
WITHHELD = frozenset({Blob.ScanState.DANGEROUS})
# By name: the task is a door above this room.
VERIFY = signature("hub.revisions.tasks.verify_xorb")


@dataclass(frozen=True, slots=True)
class XorbTicket:
    """What a client needs to bring a xorb: nothing when `present`, else a PUT of its bytes with `headers`."""

    present: bool
    upload_id: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldInChunks:
    """A file, where its repository first held it, and whether only withheld commits have it."""

    blob: Blob
    path: str
    withheld: bool


@dataclass(frozen=True, slots=True)
class KnownXorb:
    """A xorb with chunks that somebody may count on, and which they are."""

    xorb: str
    table: Table


def begin_xorb(*, repo: Repository, actor: Actor, hash: str, size: int) -> XorbTicket:
    """A link to write a xorb to S3, or word that the caller may count on it being there.

    A xorb that others brought counts only if it is part of a file that the caller may have: that it exists is
    told to nobody who just knows its hash. InvalidInput names the wrong field (`hash`, `length`).
    """
    _check_hash(hash)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= MAX_XORB:
        raise InvalidInput(f"The length must be a number from 1 to {MAX_XORB}.", "length")
    read = Xorb.objects.filter(hash=hash, condemned_at=None).filter(_had_by(actor, OuterRef("pk")))
    if read.update(used_at=timezone.now()):
        return XorbTicket(present=True)
    if uploads.brought_before(scope=repo.subject, hash=hash, size=size):
        return XorbTicket(present=True)
    Room(repo, actor.user).take(size)
    upload = uploads.begin_xorb_upload(scope=repo.subject, hash=hash, size=size, user=actor.user)
    headers = uploads.xorb_link_headers(upload)
    return XorbTicket(False, str(upload.pk), uploads.xorb_link(upload), headers)


def finish_xorb(*, repo: Repository, hash: str, upload_id: str) -> None:
    """Note that a xorb has arrived, and have the workers verify it; finishing twice is harmless.

    UploadUnknown for another repository's or xorb's grant and for one that has ended, UploadIncomplete and
    UploadMismatch (storage.errors) when the bytes are not there in the declared size.
    """
    _check_hash(hash)
    upload = uploads.live_xorb_upload(scope=repo.subject, hash=hash, upload_id=upload_id)
    if uploads.receive_xorb_upload(upload):
        transaction.on_commit(lambda: ask_to_verify_xorbs([str(upload.pk)]))


def keep_xorb(*, repo: Repository, actor_user: User, hash: str, file: BinaryIO, size: int) -> bool:
    """Verify a xorb that came through the hub and put it to S3; whether this repository had not brought it.

    `file` is read from its beginning. InvalidInput (`hash`, `xorb`) when it is not what `hash` says.
    """
    _check_hash(hash)
    Room(repo, actor_user).take(size)
    try:
        return uploads.keep_xorb(scope=repo.subject, hash=hash, file=file, size=size, user=actor_user)
    except XorbInvalid as problem:
        raise InvalidInput(str(problem), "xorb") from problem


def verify_xorb(*, upload_id: str) -> None:
    """Verify one xorb that was received; safe to run twice, by two workers."""
    uploads.verify_xorb_upload(upload_id=upload_id)


def register_shard(*, repo: Repository, actor_user: User, data: bytes) -> None:
    """Register the files of a shard as uploads into the repository: all of them or none.

    InvalidInput (`shard`) for what is not true or too large, NotYetVerified when xorbs, or too many
    bytes that the user registered before, are still being read: the same shard is then to be sent again.
    StorageFull when its files do not fit.
    """
    try:
        shard = parse_shard(data)
        _check_unread(actor_user, shard)
        _check_room(repo, actor_user, shard)
        _settle(repo, shard)
        proved = prove_files(shard.files)
        with transaction.atomic():
            new = register_files(scope=repo.subject, proved=proved, user=actor_user)
            _tell(repo, actor_user, new)
    except Unproved as problem:
        words = uploads.why_lacking(scope=repo.subject, hashes=problem.xorbs)
        raise InvalidInput(words, "shard") from problem
    except ShardInvalid as problem:
        raise InvalidInput(str(problem), "shard") from problem


def known_chunks(*, repo: Repository, actor: Actor, hash: str, unverified: bool = False) -> list[KnownXorb]:
    """What the caller may count on who has one chunk: the chunks of a file from there on, some xorbs of them.

    It is a file that has the chunk and that the caller may have, and of each xorb only what is in the file is
    told: a private file may have the rest of it. Or else it is the whole xorb, if this repository was brought
    it and `unverified` (for who may write): nobody else is told what may yet become a file, or was one. Seven
    queries at most. InvalidInput (`hash`) when it is no hash.
    """
    digest = _check_hash(hash)
    found = Chunk.objects.filter(hash=digest, xorb__condemned_at=None)
    chunks = list(found.values_list("xorb", "xorb__hash", "place")[:PLACES])
    if not chunks:
        return []
    runs = _runs_from(actor, [(xorb, place) for xorb, _, place in chunks])
    if not runs and unverified:
        brought = XorbUpload.objects.filter(scope=repo.subject, state=XorbUpload.State.VERIFIED)
        here = set(brought.filter(hash__in=[name for _, name, _ in chunks]).values_list("hash", flat=True))
        runs = {xorb: [(0, MAX_CHUNKS)] for xorb, name, _ in chunks if name in here}
    uploads.touch_xorbs(runs.keys())
    rows = Xorb.objects.filter(pk__in=runs, condemned_at=None)
    return [
        KnownXorb(row.hash, Table(bytes(row.hashes), bytes(row.ends)).only(within(runs[row.pk], row.chunks)))
        for row in rows
    ]


def within(runs: list[tuple[int, int]], chunks: int) -> list[tuple[int, int]]:
    """The runs, cut to what a xorb has."""
    return [(first, min(last, chunks)) for first, last in runs]


def _runs_from(actor: Actor, places: list[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
    """The runs of chunks of a file that the actor may have, from one of these places on, by xorb."""
    covers = Q()
    for xorb, place in places:
        covers |= Q(xorb=xorb, first__lte=place, last__gt=place)
    blobs = _blobs(Q(repository__in=pulled_by(actor)), OuterRef("reconstruction"))
    begins = Term.objects.filter(covers, Exists(blobs)).values_list("reconstruction", "start")[:1]
    runs: dict[int, list[tuple[int, int]]] = {}
    for file, start in begins:
        terms = Term.objects.filter(reconstruction=file, start__gte=start).order_by("start")
        for xorb, first, last in terms.values_list("xorb", "first", "last")[:TERMS_AHEAD]:
            if xorb in runs or len(runs) < XORBS_AHEAD:
                runs.setdefault(xorb, []).append((first, last))
    return runs


def plan_download(
    *,
    repo: Repository,
    file_hash: str,
    first: int = 0,
    last: int | None = None,
    unverified: bool = False,
    refused: Collection[str] = WITHHELD,
    withheld: bool = False,
) -> Plan:
    """How bytes `first` to `last` (inclusive, to the end when None) of a file are put together.

    Only for a file that the repository holds, verified and in none of the `refused` states of its scans, and
    that a commit has which is not withheld, or any commit with `withheld`. `unverified` (for who may write)
    one that was registered here and is still to be verified, too. Two queries. EntryNotFound for any other;
    RangeOutside when it ends before `first`, TooMuch when too many terms have the range.
    """
    _check_hash(file_hash)
    if last is not None and last < first:
        raise InvalidInput("The range ends before it begins.", "range")
    here = Q(repository=repo) if withheld else Q(~only_withheld(), repository=repo)
    held = Q(Exists(_held(here, OuterRef("pk")).exclude(blobs_refused(refused))))
    if unverified:
        received = Upload.objects.filter(scope=repo.subject, state=Upload.State.RECEIVED)
        quarantined = Blob.objects.filter(reconstruction=OuterRef("pk"), state=Blob.State.QUARANTINED)
        held |= Q(Exists(received.filter(reconstruction=OuterRef("pk")))) & ~Q(Exists(quarantined))
    found = Reconstruction.objects.filter(held, pk=file_hash).first()
    if found is None:
        raise EntryNotFound(f"The repository has no file {file_hash} that can be had in chunks.")
    if first >= found.size:
        raise RangeOutside(f"The file has {found.size} bytes.", found.size)
    try:
        return reading.plan(found, first, found.size - 1 if last is None else min(last, found.size - 1))
    except PlanTooLong as problem:
        raise TooMuch(str(problem), "range") from problem


def held_in_chunks(repo: Repository, file_hash: str) -> HeldInChunks | None:
    """The verified file in chunks that a repository holds under a hash; two queries."""
    blob = _held(Q(repository=repo), Value(file_hash)).defer("data").first()
    if blob is None:
        return None
    rows = RepositoryBlob.objects.filter(repository=repo, sha256=blob.pk).annotate(withheld=only_withheld())
    return HeldInChunks(blob, *rows.values_list("path", "withheld").get())


def resume_xorbs() -> int:
    """Ask again for verifications of xorbs that did not end, and clean up after dead links; how many."""
    stale = timedelta(seconds=settings.RECHECK_AFTER)
    waiting = uploads.waiting_xorbs(asked_before=stale, limit=SWEEP_BATCH)
    ask_to_verify_xorbs(waiting)
    return len(waiting)


def ask_to_verify_xorbs(upload_ids: list[str]) -> None:
    """Have the workers verify xorbs."""
    uploads.note_xorbs_queued(upload_ids)
    for upload_id in upload_ids:
        enqueue(VERIFY, upload_id)


def _check_hash(hash: str) -> bytes:
    try:
        return from_text(hash)
    except ValueError as problem:
        raise InvalidInput(str(problem), "hash") from problem


def _had_by(actor: Actor, xorb: OuterRef) -> Q:
    """Whether a xorb is part of a file, verified and not withheld, that the actor may have."""
    blobs = _blobs(Q(repository__in=pulled_by(actor)), OuterRef("reconstruction"))
    return Q(Exists(Term.objects.filter(Exists(blobs), xorb=xorb)))


def _blobs(repositories: Q, reconstruction: OuterRef) -> QuerySet[Blob]:
    """The file, if one of the repositories holds it and gives it to whoever may pull there."""
    given = repositories & ~Q(only_withheld())
    refused = refused_somewhere(
        namespace=OuterRef("repository__namespace"),
        kind=OuterRef("repository__kind"),
        scan_state=OuterRef(OuterRef("scan_state")),
    )
    return _held(given & ~refused, reconstruction).filter(state=Blob.State.VERIFIED)


def _held(repositories: Q, reconstruction: OuterRef | Value) -> QuerySet[Blob]:
    """The file, if one of the repositories holds it, whatever its scans say."""
    held = RepositoryBlob.objects.filter(
        repositories, sha256=OuterRef("pk"), state=RepositoryBlob.State.PRESENT
    )
    return Blob.objects.filter(Exists(held), reconstruction=reconstruction)


def _check_room(repo: Repository, user: User, shard: Shard) -> None:
    """StorageFull when the files that the repository does not hold yet are more than there is room for."""
    sizes = {file.sha256: file.size for file in shard.files}
    if limit_of(payer_of(repo, user)):
        held = RepositoryBlob.objects.filter(repository=repo, sha256__in=sizes)
        for sha256 in held.exclude(state=RepositoryBlob.State.REFUSED).values_list("sha256", flat=True):
            del sizes[sha256]
        Room(repo, user, sizes.keys()).take(sum(sizes.values()))


def _check_unread(user: User, shard: Shard) -> None:
    """NotYetVerified when what a user registered, and nobody has read yet, would be too much with a shard.

    A shard of some KB can say that a file has the same chunks over and over: what it costs is the reading.
    """
    received = Upload.objects.filter(created_by=user, state=Upload.State.RECEIVED)
    unread = received.exclude(reconstruction=None).aggregate(total=Sum("size"))["total"] or 0
    if unread and unread + sum(file.size for file in shard.files) > settings.XET_UNREAD:
        raise NotYetVerified(f"{unread} bytes that you uploaded are still being verified.")


@lru_cache(maxsize=1)
def settling_places() -> BoundedSemaphore:
    """How many more shards may wait in this process for their xorbs to be verified."""
    return BoundedSemaphore(settings.HUB_SETTLING)


def _settle(repo: Repository, shard: Shard) -> None:
    """Have the shard's xorbs verified; NotYetVerified after a while, or at once if too many wait already."""
    named = {term.xorb for file in shard.files for term in file.terms}
    waits = settling_places().acquire(blocking=False)
    try:
        seconds = settings.XET_SHARD_SECONDS if waits else 0
        uploads.settle_xorbs(scope=repo.subject, hashes=named, seconds=seconds)
    except UploadUnverified as problem:
        raise NotYetVerified(str(problem)) from problem
    finally:
        if waits:
            settling_places().release()


def _tell(repo: Repository, actor_user: User, new: list[Upload]) -> None:
    """Note what was registered, and have what is large verified at once."""
    if not new:
        return
    audit.record(
        Event.FILES_REGISTERED,
        actor=actor_user,
        subject=repo.subject,
        count=len(new),
        size=sum(upload.size for upload in new),
        sha256s=[upload.sha256 for upload in new[:NAMED]],
    )
    received = [upload for upload in new if upload.state == Upload.State.RECEIVED]
    large = [str(upload.pk) for upload in received if upload.size > settings.VERIFY_INLINE_LIMIT]
    transaction.on_commit(lambda: ask_to_verify(large))
