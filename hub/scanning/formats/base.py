"""What every format is: recognised by content alone, and inspected for what loading it would do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hub.scanning.findings import Finding, Severity
from hub.scanning.sources import Budget, RangeSource, Source

HEAD = 512


@dataclass(frozen=True)
class Piece:
    """One file or member. `size` in bytes is None where only unpacking tells it; `name` may lie or be empty.

    `hints` are facts about the archive around it; `pickled` says that it is a pickle already.
    """

    source: Source
    size: int | None
    label: str
    name: str = ""
    depth: int = 0
    hints: Mapping[str, bool] = field(default_factory=dict)
    pickled: bool = False

    def place(self, inside: str) -> str:
        """Where something is that lies within this piece, in words."""
        return f"{self.label}, {inside}" if self.label else inside


class Judge(Protocol):
    """What a format may ask of the inspection that it is part of."""

    budget: Budget
    findings: list[Finding]

    def say(self, rule: str, message: str, where: str, severity: Severity) -> None:
        """Keep one finding."""

    def harmless(self, words: str, where: str) -> None:
        """Say what was recognised, and that loading it unpickles nothing."""

    def look(
        self, source: Source, size: int | None, label: str, name: str, depth: int, **hints: bool
    ) -> None:
        """Inspect what is packed in this piece by the same rules."""

    def hidden(self, source: Source, start: int, label: str) -> None:
        """Look for pickles behind `start`, where the format has none."""

    def look_at_bytes(self, source: Source, at: int, length: int, where: str) -> None:
        """Say whether bytes that a format carries are a pickle that does harm."""

    def in_memory(self, source: Source) -> RangeSource:
        """A copy of a packed piece that can be read from anywhere; TooMuch when it is too large."""


class Format(ABC):
    """Subclass it in a new file of this package; it is found there."""

    @abstractmethod
    def recognise(self, piece: Piece, head: bytes) -> bool:
        """Whether the piece claims to be of this format, broken or not; `head` is its first HEAD bytes."""

    @abstractmethod
    def inspect(self, judge: Judge, piece: Piece) -> None:
        """Say what was found; at least one finding, so that nothing is safe by silence."""


def seekable(judge: Judge, piece: Piece) -> RangeSource:
    """The piece as a source that can be read from anywhere; TooMuch when it is packed and too large."""
    return piece.source if isinstance(piece.source, RangeSource) else judge.in_memory(piece.source)
