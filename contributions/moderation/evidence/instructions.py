"""The instructions of a pickle around one of them, in the words of its documentation; none is followed."""

import pickletools
from collections import deque
from dataclasses import dataclass

from hub.scanning.findings import printable
from hub.scanning.pickle_machine import PickleMachine
from hub.scanning.pickle_opcodes import BEGINNING, OPCODES, Broken, read_argument
from hub.scanning.pickle_state import Trace
from hub.scanning.pickle_values import OPAQUE, Data
from hub.scanning.sources import Budget, Source, TooMuch, Truncated

BEFORE, AFTER = 14, 10
LONGEST = 80
MOST_STREAMS = 20
HEAD = 32


@dataclass(frozen=True)
class Instruction:
    """`name` is what pickletools calls it; `argument` is cut and escaped, "" when there is none."""

    offset: int
    name: str
    argument: str
    marked: bool = False


class _Enough(Exception):
    """The instructions after the one that was looked for are there."""


class _Listing(PickleMachine):
    """A run that notes where the instructions around one place begin."""

    def __init__(self, source: Source, budget: Budget, start: int, target: int) -> None:
        super().__init__(source, budget, offset=start)
        self.target = target
        self.offsets: deque[int] = deque(maxlen=BEFORE)
        self.after: list[int] = []

    def step(self) -> None:
        at = self.stream.position
        if at >= self.target:
            self.after.append(at)
            if len(self.after) > AFTER:
                raise _Enough
        else:
            self.offsets.append(at)
        super().step()

    def list(self) -> Trace | None:
        """Where the stream was left; None when there was enough of it."""
        try:
            return self.run()
        except _Enough:
            return None


def instructions_around(source: Source, at: int, budget: Budget) -> list[Instruction]:
    """Some instructions before and after the one that begins at `at`; none where no pickle has one there.

    None either when reading up to there costs more than the budget has.
    """
    try:
        return _from_start(source, at, budget) or _from_there(source, at, budget)
    except (TooMuch, Truncated):
        return []


def _from_start(source: Source, at: int, budget: Budget) -> list[Instruction]:
    """With those before it: the pickles of the file are read one after the other, up to there."""
    start = 0
    for _ in range(MOST_STREAMS):
        listing = _Listing(source, budget, start, at)
        left = listing.list()
        if listing.after:
            if listing.after[0] == at:
                return _decoded(source, [*listing.offsets, *listing.after], at)
            return []
        if left is None or not left.complete:
            return []
        start = left.end
    return []


def _from_there(source: Source, at: int, budget: Budget) -> list[Instruction]:
    """Without those before it: a pickle begins there, in the middle of something else."""
    if not BEGINNING.match(source.open(at).peek(HEAD)):
        return []
    listing = _Listing(source, budget, at, at)
    listing.list()
    return _decoded(source, listing.after, at)


def _decoded(source: Source, offsets: list[int], target: int) -> list[Instruction]:
    """Each instruction once more, now with its argument; the last may be broken and is left out."""
    found = []
    stream = source.open(offsets[0])
    try:
        for offset in offsets:
            stream.skip(offset - stream.position)
            code = stream.read(1)
            argument = read_argument(OPCODES[code], stream)
            name = pickletools.code2op[code.decode("latin-1")].name
            found.append(Instruction(offset, name, _words(argument), marked=offset == target))
    except (Truncated, Broken, KeyError):
        pass
    return found


def _words(argument: object) -> str:
    match argument:
        case None | b"":
            return ""
        case str():
            return printable(repr(argument), LONGEST)
        case (str() as module, str() as name):
            return printable(f"{module} {name}", LONGEST)
        case Data(length=length):
            return f"<{length}>"
        case _ if argument is OPAQUE:
            return "…"
    return printable(str(argument), LONGEST)
