"""What a rule of the licence check says: plain data, to JSON and back; words are elsewhere."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How grave, from what is only good to know to two things that cannot both be right."""

    INFO = "info"
    WARNING = "warning"
    CONFLICT = "conflict"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


@dataclass(frozen=True, order=True)
class Evidence:
    """Where it can be read: a line of a file or a field, or what a licence says in a clause."""

    path: str = ""
    field: str = ""
    line: int = 0
    ancestor: str = ""
    licence: str = ""
    clause: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that one rule says.

    `case` chooses among the rule's sentences, into which the `params` go. `patch` mends it: {"card": fields
    to set, null to take out, "append": fields with a name to add to those that the card has there, "readme":
    a line to append, "notice": a sentence for the file NOTICE}. `key` stays the same from commit to commit as
    long as it is about the same thing. `meant` has, for params whose words may change although the matter
    stays the same, such as the name of a base, or stay although it changes, what is meant by them.
    """

    rule: str
    severity: Severity
    key: str
    case: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    patch: Mapping[str, Any] | None = None
    meant: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def about(self) -> str:
        """A digest of the matter, which an answer to it is an answer to."""
        matter = [self.severity, {**self.params, **self.meant}]
        return hashlib.sha256(json.dumps(matter, sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """What is told of it; what is only meant is no part of that."""
        said = asdict(self)
        del said["meant"]
        return said

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Finding":
        evidence = tuple(Evidence(**one) for one in data["evidence"])
        return cls(**dict(data) | {"severity": Severity(data["severity"]), "evidence": evidence})
