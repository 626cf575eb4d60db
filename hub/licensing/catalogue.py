"""The licences the hub knows by name: the ids of huggingface's cards, and those that hide behind `other`."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

OTHER = "other"
ROWS = Path(__file__).parent / "licences.json"
_NOISE = re.compile(r"\b(?:the|licen[cs]e|version|public licen[cs]e|agreement)\b|[\s_,()]+")


@dataclass(frozen=True)
class Condition:
    """Under which one a licence's answer holds.

    `mau`, `revenue_year` and `revenue_month` count from `limit` on (users a month, US dollars): then another
    licence is needed, or with `what` only that name shown. `region` and `display` are of `what`.
    """

    kind: str
    limit: int = 0
    what: str = ""


@dataclass(frozen=True)
class Duty:
    """What whoever passes it on has to do; `text` is the sentence or the name's beginning that the licence
    demands word by word, `also` are others of which one is enough.
    """

    kind: str
    text: str = ""
    clause: str = ""
    also: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Every sentence that does."""
        return (self.text, *self.also) if self.text else ()


@dataclass(frozen=True)
class Licence:
    """What a licence allows and asks, by the vocabularies below; an empty answer means nobody has looked.

    `compatible` are the licences under which what is made of it may be published beside its own, `or_later`
    those if the licensor said "or any later version"; `members` are those that a family's name may mean.
    `clauses` are the numbers in its text by field, `source` is what was read.
    """

    id: str
    name: str
    kind: str = ""
    spdx: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    family: bool = False
    members: tuple[str, ...] = ()
    declared_as_other: bool = False
    commercial: str = ""
    conditions: tuple[Condition, ...] = ()
    derivatives: str = ""
    share_alike: str = ""
    compatible: tuple[str, ...] = ()
    or_later: tuple[str, ...] = ()
    use_restrictions: str = ""
    policy_url: str = ""
    outputs: str = ""
    relicense: str = ""
    duties: tuple[Duty, ...] = ()
    patent: str = ""
    gating: str = ""
    clauses: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""

    @property
    def read(self) -> bool:
        """Whether somebody has read its text and filled in what it says."""
        return bool(self.commercial)

    @property
    def names(self) -> frozenset[str]:
        """How it is spelled, normalised."""
        return frozenset(normalised(name) for name in (self.id, self.name, *self.spdx, *self.aliases))


# The answers to each question, from what binds least to what binds most.
VOCABULARY: dict[str, tuple[str, ...]] = {
    "commercial": ("yes", "conditional", "no"),
    "derivatives": ("yes", "private", "no"),
    "share_alike": ("no", "data", "weak", "terms", "agreement", "strong", "network"),
    "use_restrictions": ("none", "law", "list", "url"),
    "outputs": ("free", "naming", "unclear", "no_other_llm", "noncommercial"),
    "relicense": ("any", "compatible", "keeps_restrictions", "agreement", "none"),
    "patent": ("grant", "silent", "excluded"),
    "gating": ("none", "gate", "application"),
}
# What conditions are about; of the others are the licence's duties and its use.
CONDITIONS: dict[str, str] = {
    "mau": "commercial",
    "revenue_year": "commercial",
    "revenue_month": "commercial",
    "computational": "commercial",
    "region": "commercial",
    "guardrails": "use_restrictions",
    "remote": "use_restrictions",
    "latest_version": "use_restrictions",
    "distillation": "derivatives",
    "display": "duties",
}
# What a condition has to say beside its kind, and what it may; the others are only of their kind.
CONDITION_NEEDS: dict[str, frozenset[str]] = {
    "mau": frozenset({"limit"}),
    "revenue_year": frozenset({"limit"}),
    "revenue_month": frozenset({"limit", "what"}),
    "display": frozenset({"what"}),
}
CONDITION_MAY: dict[str, frozenset[str]] = {"mau": frozenset({"what"}), "region": frozenset({"what"})}
DUTIES = (
    *("licence_text", "notice_file", "ui_text", "name_prefix"),
    *("mark_changes", "attribution", "source", "documentation"),
)
KINDS = (
    *("permissive", "public-domain", "copyleft", "weak-copyleft", "share-alike", "conditions", "rail"),
    *("community", "no-derivatives", "noncommercial", "research"),
)


def normalised(name: str) -> str:
    """A licence's name without the letter case, spaces and filler words in which people vary."""
    words = _NOISE.sub("-", name.strip().lower())
    words = re.sub(r"(?:(?:^|-)v|(?<=[a-z])v?)(?=\d)", "-", words)
    return re.sub(r"-+", "-", words).strip("-")


class Book:
    """Licences by id; of two that are called the same the earlier one has the name."""

    def __init__(self, licences: Iterable[Licence]) -> None:
        self._by_id = {licence.id: licence for licence in licences}
        self._by_name: dict[str, Licence] = {}
        for licence in self._by_id.values():
            for name in licence.names - {""}:
                self._by_name.setdefault(name, licence)

    def __iter__(self) -> Iterator[Licence]:
        return iter(self._by_id.values())

    def __contains__(self, key: str) -> bool:
        return key in self._by_id

    def __getitem__(self, key: str) -> Licence:
        return self._by_id[key]

    def get(self, key: str) -> Licence | None:
        """The licence with that id; None when there is none."""
        return self._by_id.get(key)

    def with_(self, licences: Iterable[Licence]) -> "Book":
        """A book with these too; one with the id of another replaces it."""
        return Book([*self, *licences])

    def known(self, name: str) -> Licence | None:
        """The licence somebody means, by id, SPDX id or name in any letter case; None when there is none."""
        return self._by_name.get(normalised(name))

    def nearest(self, name: str) -> list[str]:
        """Up to three ids that are spelled like what somebody wrote."""
        close = get_close_matches(normalised(name)[:100], self._by_name, n=6, cutoff=0.6)
        return list(dict.fromkeys(self._by_name[name].id for name in close))[:3]

    def name(self, key: str) -> str:
        """What people call it; the key itself where it is in no book."""
        return self[key].name if key in self else key

    def sentences(self) -> frozenset[str]:
        """Every sentence that some licence demands in a card or a notice file (`Facts.phrases`)."""
        shown = {"notice_file", "ui_text"}
        return frozenset(
            text for licence in self for duty in licence.duties if duty.kind in shown for text in duty.texts
        )


def as_licence(row: Mapping[str, Any]) -> Licence:
    """A licence from its JSON."""
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    plain["conditions"] = tuple(Condition(**one) for one in row.get("conditions", ()))
    plain["duties"] = tuple(
        Duty(**one | {"also": tuple(one.get("also", ()))}) for one in row.get("duties", ())
    )
    return Licence(**plain)


@cache
def built_in() -> Book:
    """The licences that come with the hub."""
    rows = json.loads(ROWS.read_text())
    return Book(as_licence(row) for row in rows)


def catalogue() -> tuple[Licence, ...]:
    """Every licence that comes with the hub."""
    return tuple(built_in())
