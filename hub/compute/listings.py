"""The tensors of a file of weights, read from its header by range, and kept by the hash of the file."""

import json
import zlib

from django.core.cache import cache

from hub.compute.headers import KEPT_SECONDS, gguf_header, safetensors_headers
from hub.compute.safetensors import METADATA
from hub.compute.tensors import Listing, Tensor
from hub.compute.weights import GGUF, SAFETENSORS
from hub.repos.cards import as_json
from hub.revisions.selectors import Entry

VERSION = 1


def has_listing(entry: Entry) -> bool:
    """Whether a file is said to be weights whose header can be read, and is there to be read."""
    return entry.availability == "present" and entry.path.endswith((SAFETENSORS, GGUF))


def listing_of(entry: Entry) -> Listing:
    """What the header of a present file of weights says, of which nothing but the header is ever read.

    HeaderInvalid when it cannot be true; botocore's errors when the store is silent.
    """
    return _of_gguf(entry) if entry.path.endswith(GGUF) else _of_safetensors(entry)


def _of_safetensors(entry: Entry) -> Listing:
    found = json.loads(safetensors_headers([entry])[entry.path].raw)
    metadata = found.pop(METADATA, {})
    tensors = []
    for name, said in found.items():
        begin, end = said["data_offsets"]
        tensors.append(Tensor(name, said["dtype"], tuple(said["shape"]), end - begin))
    return Listing(tensors, metadata)


def _of_gguf(entry: Entry) -> Listing:
    key = f"gguf-listing:{VERSION}:{entry.sha256}"
    kept = cache.get(key)
    if kept is None:
        header = gguf_header(entry)
        tensors = [(tensor.name, tensor.dtype, tensor.shape, tensor.size) for tensor in header.tensors]
        kept = zlib.compress(json.dumps([tensors, as_json(header.metadata), header.arrays]).encode())
        cache.set(key, kept, KEPT_SECONDS)
    tensors, metadata, arrays = json.loads(zlib.decompress(kept))
    return Listing(
        [Tensor(name, dtype, tuple(shape), size) for name, dtype, shape, size in tensors], metadata, arrays
    )
