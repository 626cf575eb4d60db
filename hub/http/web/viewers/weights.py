"""Weights by what their headers say: the layers of one file, or which shard of a model has what."""

import posixpath
from collections import Counter
from dataclasses import dataclass

from hub.compute.documents import DocumentInvalid, read_object
from hub.compute.tensors import Layer, Listing, Tensor, layers
from hub.revisions.selectors import Entry, Revision, find_entries

# Tensors that stand on one page; of a file with more, one layer at a time is opened.
MOST_ROWS = 1_500
MOST_LAYERS = 2_000
MOST_SHARDS = 500
INDEXES = (".safetensors.index.json", ".bin.index.json")
# Beside the metadata, because people read it.
TEMPLATE = "tokenizer.chat_template"
LONGEST_VALUE = 4_000


@dataclass(frozen=True)
class ShownLayer:
    """A layer with the tensors that the page has of it; `hidden` are more than it has."""

    layer: Layer
    rows: list[Tensor]
    hidden: int
    is_open: bool


@dataclass(frozen=True)
class Weights:
    """A header as its page shows it; `by_layer` says that layers are opened one at a time."""

    whole: Layer
    dtypes: list[tuple[str, int]]
    layers: list[ShownLayer]
    more_layers: int
    by_layer: bool
    metadata: list[tuple[str, str]]
    arrays: list[tuple[str, int]]
    template: str


@dataclass(frozen=True)
class Shard:
    """One file of a sharded model; `entry` is None when the revision lacks it."""

    name: str
    path: str
    tensors: int
    layers: str
    entry: Entry | None


@dataclass(frozen=True)
class Shards:
    """What an index of shards says."""

    rows: list[Shard]
    more: int
    tensors: int
    metadata: list[tuple[str, str]]


def weights_of(listing: Listing, opened: str) -> Weights:
    """A header's layers, `opened` among them open."""
    found = layers(listing.tensors)
    by_layer = len(listing.tensors) > MOST_ROWS
    counts: Counter[str] = Counter()
    for tensor in listing.tensors:
        counts[tensor.dtype] += tensor.count
    template = listing.metadata.get(TEMPLATE)
    return Weights(
        listing.all,
        counts.most_common(),
        [_shown(layer, opened, by_layer, len(found)) for layer in found[:MOST_LAYERS]],
        max(0, len(found) - MOST_LAYERS),
        by_layer,
        [(key, _text(value)) for key, value in listing.metadata.items() if key != TEMPLATE],
        list(listing.arrays.items()),
        template if isinstance(template, str) else "",
    )


def _shown(layer: Layer, opened: str, by_layer: bool, count: int) -> ShownLayer:
    is_open = layer.name == opened or count == 1
    rows = layer.tensors[:MOST_ROWS] if is_open or not by_layer else []
    hidden = len(layer.tensors) - len(rows) if rows else 0
    return ShownLayer(layer, rows, hidden, is_open)


def shards_of(data: bytes, found: Revision, path: str) -> Shards | None:
    """Which file has which tensors; None when it is no index. Two queries and one for each level of depth."""
    try:
        index = read_object(data)
    except DocumentInvalid:
        return None
    weights, metadata = index.get("weight_map"), index.get("metadata")
    if not isinstance(weights, dict) or not all(isinstance(name, str) for name in weights.values()):
        return None
    inside: dict[str, list[str]] = {}
    for tensor, shard in weights.items():
        inside.setdefault(shard, []).append(tensor)
    names = sorted(inside)[:MOST_SHARDS]
    paths = {name: posixpath.join(posixpath.dirname(path), name) for name in names}
    entries = find_entries(found, paths.values())
    rows = [
        Shard(name, paths[name], len(inside[name]), _span(inside[name]), entries.get(paths[name]))
        for name in names
    ]
    told = [(key, _text(value)) for key, value in metadata.items()] if isinstance(metadata, dict) else []
    return Shards(rows, len(inside) - len(rows), len(weights), told)


def _span(tensors: list[str]) -> str:
    """The first and the last layer of a shard."""
    found = [layer.name for layer in layers(Tensor(name, "", (), None) for name in tensors)]
    return found[0] if len(found) == 1 else f"{found[0]} … {found[-1]}"


def _text(value: object) -> str:
    shown = value if isinstance(value, str) else str(value)
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]}…"
