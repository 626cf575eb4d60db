"""Repositories and the objects in them, made by the same services as in the hub."""

import hashlib
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

from accounts.models import Namespace, User
from hub.repos.models import Repository
from hub.revisions.operations import AddBlob, AddInline, Operation
from hub.revisions.services import create_repository, land_commit
from hub.revisions.uploads import UploadTicket, begin_upload, finish_upload
from tests.factories.accounts import make_user

_number = count(1)


def make_repository(
    owner: User | None = None,
    *,
    namespace: Namespace | None = None,
    name: str | None = None,
    kind: str = "model",
    visibility: str = "public",
    files: dict[str, bytes] | None = None,
) -> Repository:
    """A repository with its first commit, and one more with `files` if there are any."""
    owner = owner or make_user()
    repository = create_repository(
        namespace=namespace or owner.namespace,
        name=name or f"repository{next(_number)}",
        kind=kind,
        visibility=visibility,
        actor_user=owner,
    )
    if files:
        commit(repository, owner, [AddInline(path, data) for path, data in files.items()])
    return repository


def commit(repository: Repository, user: User, operations: list[Operation], **rest: Any) -> str:
    """Land a commit and return its id."""
    return land_commit(
        repo=repository, actor_user=user, operations=operations, **{"summary": "Change", **rest}
    )


def put(url: str, data: bytes, headers: Mapping[str, str] | None = None) -> str:
    """Send bytes to a presigned link with the headers that came along; return the ETag, as a client does."""
    with urlopen(Request(url, data=data, headers=dict(headers or {}), method="PUT")) as reply:
        return reply.headers["ETag"]


def send(ticket: UploadTicket, data: bytes) -> None:
    """Send bytes the way a ticket says, and put the parts together."""
    if not ticket.multipart:
        put(ticket.part_urls[0], data)
        return
    pieces = [data[start : start + ticket.part_size] for start in range(0, len(data), ticket.part_size)]
    parts = [
        (number, put(url, piece))
        for number, (url, piece) in enumerate(zip(ticket.part_urls, pieces, strict=True), start=1)
    ]
    finish_upload(upload_id=ticket.upload_id, parts=parts)


def upload(repository: Repository, user: User, data: bytes, *, claim: bytes | None = None) -> str:
    """Upload bytes under the sha256 of `claim` (their own by default) and return that sha256."""
    sha256 = hashlib.sha256(data if claim is None else claim).hexdigest()
    ticket = begin_upload(repo=repository, actor_user=user, sha256=sha256, size=len(data))
    if not ticket.present:
        send(ticket, data)
    return sha256


def add_large(repository: Repository, user: User, path: str, data: bytes) -> str:
    """Upload and commit a large file; returns its sha256."""
    sha256 = upload(repository, user, data)
    commit(repository, user, [AddBlob(path, sha256, len(data))])
    return sha256
