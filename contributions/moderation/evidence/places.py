"""Where in a file a scanner saw something: its words ("model/data.pkl, byte 12") taken apart (pure)."""

import re
from dataclasses import dataclass

_PLACE = re.compile(r"(?:(?P<member>.*), )?(?P<unit>byte|line|bytes at) (?P<number>\d{1,18})", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """`member` is what is packed in the file, "" for the file itself; `byte` or `line` is where in it."""

    member: str = ""
    byte: int | None = None
    line: int | None = None


def place_of(where: str) -> Place:
    """The place that a finding names; words without a number are the name of a member."""
    found = _PLACE.fullmatch(where)
    if found is None:
        return Place(where)
    number = int(found["number"])
    if found["unit"] == "line":
        return Place(found["member"] or "", line=number)
    return Place(found["member"] or "", byte=number)
