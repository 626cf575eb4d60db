"""Content in chunks on its way in and out of a repository (the Xet protocol), for the doors."""

from dataclasses import dataclass
from typing import BinaryIO

from accounts.actors import Actor
from accounts.models import User
from hub.repos.models import Repository
from storage.xet.reading import Plan


@dataclass(frozen=True, slots=True)
class XorbTicket:
    """What a client needs to bring a xorb: nothing when `present`, else one URL for a PUT of its bytes."""

    present: bool
    upload_id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class KnownChunk:
    """A xorb that has a chunk which was asked about, and all its chunks."""

    xorb: str
    size: int


def begin_xorb(*, repo: Repository, actor: Actor, hash: str, size: int) -> XorbTicket:
    """A link to write a xorb to S3, or word that the caller may count on it being there.

    InvalidInput names the wrong field (`hash`, `length`).
    """
    raise NotImplementedError


def finish_xorb(*, repo: Repository, hash: str, upload_id: str) -> None:
    """Note that a xorb has arrived, and have the workers verify it; finishing twice is harmless.

    UploadUnknown for another repository's or xorb's grant and for one that has ended, UploadIncomplete and
    UploadMismatch (storage.errors) when the bytes are not there in the declared size.
    """
    raise NotImplementedError


def keep_xorb(*, repo: Repository, actor_user: User, hash: str, file: BinaryIO, size: int) -> bool:
    """Verify a xorb that came through the hub and put it to S3; whether this scope did not have it before.

    `file` is read from its beginning. InvalidInput (`xorb`) when it is not what `hash` says.
    """
    raise NotImplementedError


def register_shard(*, repo: Repository, actor_user: User, data: bytes) -> None:
    """Register the files of a shard as uploads into the repository: all of them or none.

    InvalidInput (`shard`) for what is not true, TooMuch for what is too large, NotYetVerified when xorbs are
    still being read: the same shard is then to be sent again.
    """
    raise NotImplementedError


def known_chunk(*, repo: Repository, actor: Actor, hash: str) -> KnownChunk | None:
    """A xorb with the chunk that the caller may read, or has brought to this repository; None if none has.

    InvalidInput (`hash`) when it is no hash.
    """
    raise NotImplementedError


def plan_download(
    *, repo: Repository, file_hash: str, first: int = 0, last: int | None = None, unverified: bool = False
) -> Plan:
    """How bytes `first` to `last` (inclusive, to the end when None) of a file are put together.

    Only for a file that the repository holds, verified and not withheld; `unverified` (for who may write) one
    that was registered here and is still to be verified, too. EntryNotFound for any other; RangeOutside when
    it ends before `first`.
    """
    raise NotImplementedError
