"""The licences the hub knows by name: the ids of huggingface's cards, and those that hide behind `other`."""

import json
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path

OTHER, UNKNOWN = "other", "unknown"
_NOISE = re.compile(r"\b(?:the|licen[cs]e|version|public licen[cs]e)\b|[\s_,()]+")


@dataclass(frozen=True)
class Licence:
    """`kind` and the four facts are words for people; empty means nobody has looked yet."""

    id: str
    name: str
    kind: str
    spdx: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    family: bool = False
    declared_as_other: bool = False
    commercial: str = ""
    derivatives: str = ""
    share_alike: str = ""
    use_restrictions: str = ""
    names: frozenset[str] = field(init=False, default=frozenset(), compare=False)

    def __post_init__(self) -> None:
        spelled = {self.id, self.name, *self.spdx, *self.aliases}
        object.__setattr__(self, "names", frozenset(normalised(name) for name in spelled))


def normalised(name: str) -> str:
    """A licence's name without the letter case, spaces and filler words in which people vary."""
    words = _NOISE.sub("-", name.strip().lower())
    words = re.sub(r"(?:^|-)v(?=\d)", "-", words)
    return re.sub(r"-+", "-", words).strip("-")


@cache
def catalogue() -> tuple[Licence, ...]:
    """Every known licence."""
    rows = json.loads((Path(__file__).parent / "licences.json").read_text())
    return tuple(
        Licence(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
        for row in rows
    )


@cache
def _by_name() -> dict[str, Licence]:
    return {name: licence for licence in catalogue() for name in licence.names}


def known(declared: str) -> Licence | None:
    """The licence somebody means, by id, SPDX id or name in any letter case; None when there is none."""
    return _by_name().get(normalised(declared))


def nearest(declared: str) -> list[str]:
    """Up to three ids that are spelled like what somebody wrote."""
    close = get_close_matches(normalised(declared)[:100], _by_name(), n=6, cutoff=0.6)
    return list(dict.fromkeys(_by_name()[name].id for name in close))[:3]
