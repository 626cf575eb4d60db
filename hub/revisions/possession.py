"""Which large objects a repository may use: possession of the bytes, never knowledge of their hash."""

import re
from dataclasses import replace

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext

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
        raise BlobMissing(
            gettext("%(path)s: the object %(sha256)s was not uploaded to this repository.")
            % {"path": path, "sha256": blob.sha256}
        )
    if held.state == RepositoryBlob.State.REFUSED:
        raise BlobRefused(f"{path}: {held.error or gettext('the uploaded bytes were refused.')}")
    if blob.size is not None and blob.size != held.size:
        raise InvalidInput(
            gettext("%(path)s: the object has %(size)d bytes, not %(said)d.")
            % {"path": path, "size": held.size, "said": blob.size},
            "size",
        )
    if held.size > settings.MAX_FILE_SIZE:
        raise InvalidInput(
            gettext("%(path)s: a file has at most %(most)d bytes.")
            % {"path": path, "most": settings.MAX_FILE_SIZE},
            "size",
        )
    return replace(blob, size=held.size)
