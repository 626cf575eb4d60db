"""What the pickle machine keeps of a value: names, short constants, and where byte strings lie."""

from dataclasses import dataclass
from typing import Any

from hub.scanning.findings import printable
from hub.scanning.names import modern


@dataclass(frozen=True, slots=True)
class Data:
    """A byte string left where it is: `offset` and `length` in its source, and its first bytes."""

    offset: int
    length: int
    head: bytes = b""


class Opaque:
    """A value the machine does not follow."""


OPAQUE = Opaque()


@dataclass(frozen=True, slots=True)
class Name:
    """An imported object."""

    module: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        return modern(self.module, self.name)

    def __str__(self) -> str:
        return printable(f"{self.module}.{self.name}")


@dataclass(slots=True)
class Result:
    """What calling `function` made; `state` is what BUILD gave it, as far as it is small."""

    function: Any
    arguments: Any
    state: Any = None
