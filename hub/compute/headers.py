"""Headers of weights in the store: read by range, and kept by the hash of the file, which never changes."""

import io
import zlib
from collections.abc import Collection, Iterable

from django.core.cache import cache

from hub.compute import gguf, safetensors
from hub.compute.errors import SafetensorsInvalid
from hub.errors import TooMuch
from hub.revisions.selectors import Entry
from storage.models import Blob
from storage.readers import open_blob
from storage.selectors import blob_by_sha256

# Raised when what is kept changes its meaning.
VERSION = 1
KEPT_SECONDS = 30 * 24 * 3600
# gguf headers are read in small steps; each request to the store brings so much.
STEP = 2 * 1024 * 1024


def safetensors_headers(
    entries: Collection[Entry], *, most: int | None = None
) -> dict[str, safetensors.Header]:
    """The headers of present files by path, kept once they were read, which is found out in one query.

    SafetensorsInvalid, naming the file, for one that cannot be true; TooMuch for more than `most` bytes of
    them; botocore's errors when the store is silent.
    """
    kept = cache.get_many([_key(entry) for entry in entries])
    found: dict[str, safetensors.Header] = {}
    length = 0
    for entry in entries:
        if (hit := kept.get(_key(entry))) is not None:
            found[entry.path] = safetensors.Header(zlib.decompress(hit[0]), hit[1])
        else:
            found[entry.path] = _read(entry)
        length += len(found[entry.path].raw)
        if most is not None and length > most:
            raise TooMuch(f"The headers of these files have more than {most} bytes together.", "path")
    return found


def _read(entry: Entry) -> safetensors.Header:
    try:
        with open_blob(_blob(entry)) as reader:
            header = safetensors.read_header(reader, entry.size)
    except SafetensorsInvalid as problem:
        raise SafetensorsInvalid(f"{entry.path}: {problem}") from None
    cache.set(_key(entry), (zlib.compress(header.raw), header.parameters), KEPT_SECONDS)
    return header


def _key(entry: Entry) -> str:
    return f"safetensors-header:{VERSION}:{entry.sha256}"


def gguf_header(entry: Entry) -> gguf.Header:
    """The header of a present file; GgufInvalid when it cannot be true, botocore's errors as above."""
    with open_blob(_blob(entry)) as stored, io.BufferedReader(stored, STEP) as reader:
        return gguf.read_header(reader, entry.size)


def beginning(entry: Entry, limit: int) -> bytes | None:
    """The bytes of a present file; None when it has more than `limit`."""
    if entry.size > limit:
        return None
    with open_blob(_blob(entry)) as reader:
        return reader.read(limit)


def all_present(entries: Iterable[Entry]) -> bool:
    """Whether all of the files are there to be read, verified and not withheld."""
    return all(entry.availability == "present" for entry in entries)


def _blob(entry: Entry) -> Blob:
    blob = blob_by_sha256(entry.sha256 or "")
    if blob is None:
        raise LookupError(f"{entry.path} is said to be present, but has no blob")
    return blob
