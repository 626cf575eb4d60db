"""Tensors as headers name them, put together to the layers of a model (pure)."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor's name, type and shape, and its bytes; None when the type's size is not known."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size: int | None

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Layer:
    """The tensors of one part of a model."""

    name: str
    tensors: list[Tensor]

    @cached_property
    def count(self) -> int:
        """How many numbers its tensors have."""
        return sum(tensor.count for tensor in self.tensors)

    @cached_property
    def size(self) -> int:
        """The bytes of its tensors."""
        return sum(tensor.size or 0 for tensor in self.tensors)

    @cached_property
    def dtypes(self) -> list[str]:
        """The types of its tensors, the most frequent first."""
        return [dtype for dtype, _ in Counter(tensor.dtype for tensor in self.tensors).most_common()]


@dataclass(frozen=True)
class Listing:
    """What the header of a file of weights says: its tensors in order, and its metadata.

    `arrays` are the metadata that are lists, of which only the lengths are known.
    """

    tensors: list[Tensor]
    metadata: Mapping[str, object] = field(default_factory=dict)
    arrays: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def all(self) -> Layer:
        """All tensors as if they were one layer, for the totals."""
        return Layer("", self.tensors)


def layers(tensors: Iterable[Tensor]) -> list[Layer]:
    """The tensors by layer, in the order in which people count: layers.2 before layers.10."""
    found: dict[str, list[Tensor]] = {}
    for tensor in sorted(tensors, key=lambda tensor: _order(tensor.name)):
        found.setdefault(layer_of(tensor.name), []).append(tensor)
    return [Layer(name, inside) for name, inside in found.items()]


def layer_of(name: str) -> str:
    """The layer that a tensor belongs to: its name up to the first number, or else without its last part."""
    parts = name.split(".")
    for at, part in enumerate(parts[:-1]):
        if part.isdecimal():
            return ".".join(parts[: at + 1])
    return ".".join(parts[:-1]) or name


def _order(name: str) -> list[tuple[int, int, str]]:
    """What names are sorted by: numbers in them as numbers."""
    pieces = (piece for piece in _DIGITS.split(name) if piece)
    return [(0, int(piece[:30]), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]


@dataclass(frozen=True)
class ListingDiff:
    """What differs between two files of weights; `changed` are tensors as they were and as they are."""

    old: Layer
    new: Layer
    added: list[Tensor]
    removed: list[Tensor]
    changed: list[tuple[Tensor, Tensor]]


def diff_listings(old: Listing, new: Listing) -> ListingDiff:
    """The tensors that came, went, or have another shape or type; what is in them is not compared."""
    before = {tensor.name: tensor for tensor in old.tensors}
    after = {tensor.name: tensor for tensor in new.tensors}
    return ListingDiff(
        old.all,
        new.all,
        added=[tensor for name, tensor in after.items() if name not in before],
        removed=[tensor for name, tensor in before.items() if name not in after],
        changed=[
            (before[name], tensor)
            for name, tensor in after.items()
            if name in before and (before[name].dtype, before[name].shape) != (tensor.dtype, tensor.shape)
        ],
    )
