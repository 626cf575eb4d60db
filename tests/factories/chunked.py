"""Content in chunks, brought as a client does: xorbs by their links, then a shard, then a commit."""

from accounts.actors import Actor
from accounts.models import User
from hub.repos.models import Repository
from hub.revisions.chunked import begin_xorb, finish_xorb, register_shard
from hub.revisions.operations import AddBlob
from storage.xet import uploads
from tests import xet
from tests.factories.repositories import commit, put


def bring(repository: Repository, user: User, xorb: xet.Xorb, *, data: bytes | None = None) -> str:
    """Write a xorb by its link, or `data` in its place, and say so; the id of the upload, or ""."""
    data = xorb.data if data is None else data
    ticket = begin_xorb(repo=repository, actor=Actor(user, None), hash=xorb.hash, size=len(data))
    if not ticket.present:
        put(ticket.url, data, ticket.headers)
        finish_xorb(repo=repository, hash=xorb.hash, upload_id=ticket.upload_id)
    return ticket.upload_id


def bring_verified(repository: Repository, user: User, *xorbs: xet.Xorb) -> None:
    """Write xorbs, and have them verified."""
    for xorb in xorbs:
        upload_id = bring(repository, user, xorb)
        if upload_id:
            uploads.verify_xorb_upload(upload_id=upload_id)


def register(repository: Repository, user: User, *files: xet.File) -> None:
    """Send the shard of some files."""
    register_shard(repo=repository, actor_user=user, data=xet.Shard(list(files)).data)


def add_chunked(
    repository: Repository, user: User, path: str, data: bytes, *, size: int = 65536, scheme: int = xet.LZ4
) -> xet.File:
    """Upload and commit a file in chunks of `size` bytes."""
    xorb = xet.Xorb(xet.cut(data, size), scheme)
    file = xet.File([xet.Part(xorb)])
    bring(repository, user, xorb)
    register(repository, user, file)
    commit(repository, user, [AddBlob(path, file.true_sha256, len(data))])
    return file
