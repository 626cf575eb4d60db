"""Which large objects a repository may use: possession of the bytes, never knowledge of their hash."""

import re
from dataclasses import replace

from django.conf import settings
from django.db.models import F

from hub.errors import BlobMissing, BlobRefused, InvalidInput
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob, Changes

SHA256 = re.compile(r"[0-9a-f]{64}")


def check_possession(repository: Repository, changes: Changes) -> None:
    """Fill in the sizes of the named objects; InvalidInput, BlobMissing or BlobRefused for a wrong claim."""
    for path, blob in changes.blobs.items():
        if not SHA256.fullmatch(blob.sha256):
            raise InvalidInput(f"{path}: the oid must be a sha256 in lower-case hexadecimal.", "oid")
    rows = RepositoryBlob.objects.filter(
        repository=repository, sha256__in={blob.sha256 for blob in changes.blobs.values()}
    ).annotate(error=F("upload__error"))
    held = {row.sha256: row for row in rows}
    for path, blob in changes.blobs.items():
        changes.blobs[path] = _checked(path, blob, held.get(blob.sha256))


def _checked(path: str, blob: AddBlob, held: RepositoryBlob | None) -> AddBlob:
    if held is None:
        raise BlobMissing(f"{path}: the object {blob.sha256} was not uploaded to this repository.")
    if held.state == RepositoryBlob.State.REFUSED:
        raise BlobRefused(f"{path}: {held.error or 'the uploaded bytes were refused.'}")
    if blob.size is not None and blob.size != held.size:
        raise InvalidInput(f"{path}: the object has {held.size} bytes, not {blob.size}.", "size")
    if held.size > settings.MAX_FILE_SIZE:
        raise InvalidInput(f"{path}: a file has at most {settings.MAX_FILE_SIZE} bytes.", "size")
    return replace(blob, size=held.size)
