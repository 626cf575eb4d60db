"""What may be done with a model, by its own licence and those of what it was made of (pure).

Restrictions are a set: one more of them, however far up, never loosens an answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from typing import Any

from hub.licensing.catalogue import CONDITIONS, VOCABULARY, Book, Condition, Duty, Licence
from hub.licensing.facts import UNKNOWN, Detected, Facts, How, Inherited, LicenceFile, Role, Scope

# Of what comes down further it is only known that there is something, and at last not even that: in a circle
# of models what its origin has dropped dies out.
DEEPEST = 64
FADED = 2 * DEEPEST
# How a file's licence counts as the repository's own.
SURE = frozenset({How.EXACT, How.CONTAINED, How.NOTICE, How.TAG})
# By what a file names a licence without its text.
ONLY_NAMED = frozenset({How.TAG, How.TITLE, How.NOTICE})
# The questions, and for each the answers from what binds least to what binds most. Where somebody might be
# bound without knowing it, not to know binds more than a condition and less than a plain no.
ORDER: dict[str, tuple[str, ...]] = {
    "commercial": ("yes", "conditional", UNKNOWN, "no"),
    "derivatives": ("yes", UNKNOWN, "private", "no"),
    "share_alike": ("no", UNKNOWN, *VOCABULARY["share_alike"][1:]),
    "use_restrictions": ("none", "law", UNKNOWN, "list", "url"),
    "outputs": ("free", "naming", "unclear", UNKNOWN, "no_other_llm", "noncommercial"),
    "duties": ("none", UNKNOWN, "some"),
    "gating": ("none", UNKNOWN, "gate", "application"),
}


@dataclass(frozen=True, order=True)
class Source:
    """Who answers so: a licence ("" is a repository's gate), of which ancestor ("" is the model itself)."""

    depth: int
    name: str
    key: str
    answer: str


@dataclass(frozen=True, order=True)
class Said:
    """A condition or a duty, of the nearest that it comes from."""

    kind: str
    text: str
    limit: int
    clause: str
    key: str
    name: str
    depth: int


@dataclass(frozen=True)
class Row:
    """The answer to a question. Its sources are all that bind; where nothing does, all that say so."""

    question: str
    answer: str
    sources: tuple[Source, ...] = ()
    conditions: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Terms:
    """The rows in the order of ORDER, and the duties to fulfil."""

    rows: tuple[Row, ...] = ()
    duties: tuple[Said, ...] = ()

    def row(self, question: str) -> Row:
        """The row of a question."""
        return next(row for row in self.rows if row.question == question)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Terms":
        rows = [
            Row(
                row["question"],
                row["answer"],
                tuple(Source(**one) for one in row["sources"]),
                tuple(Said(**one) for one in row["conditions"]),
            )
            for row in data["rows"]
        ]
        return cls(tuple(rows), tuple(Said(**one) for one in data["duties"]))


def answer(licence: Licence | None, question: str) -> str:
    """What a licence says to a question; UNKNOWN for none, and where nobody has read it."""
    if licence is None:
        return UNKNOWN
    if question == "duties":
        return UNKNOWN if not licence.read else "some" if licence.duties else "none"
    return getattr(licence, question) or UNKNOWN


def worst(question: str, answers: Iterable[str]) -> str:
    """The answer that binds most; UNKNOWN without any."""
    return max(answers, key=ORDER[question].index, default=UNKNOWN)


def own_keys(facts: Facts, book: Book) -> frozenset[str]:
    """The licences of the repository itself, {UNKNOWN} where nobody can know.

    Of what the card lets everybody choose from it is the one that binds least, and with it whatever its
    files surely hold, but for the texts of what could be chosen instead. What a text says that nobody knows
    is not known, nor that of a changed one, nor of one of which there is only the title, unless the card
    says the same.
    """
    declared = declared_keys(facts, book)
    instead = frozenset().union(*facts.statement.alternatives) - declared
    keys = {key if key in book else UNKNOWN for key in declared}
    if facts.statement.unknown and not keys:
        keys.add(UNKNOWN)
    for found in detected(facts):
        if found.how in SURE:
            keys.update({found.key if found.key in book else UNKNOWN} - instead)
        elif found.how == How.MODIFIED or found.key not in declared:
            keys.add(UNKNOWN)
    if any(not file.found for file in own_files(facts)):
        keys.add(UNKNOWN)
    return frozenset(keys or {UNKNOWN})


def declared_keys(facts: Facts, book: Book) -> frozenset[str]:
    """What the card says, of several ways to read it the one that binds least; empty for nothing."""
    return min(facts.statement.alternatives, key=lambda keys: _weight(keys, book), default=frozenset())


def own_files(facts: Facts) -> list[LicenceFile]:
    """The files that hold the licence of the whole, or of what the repository is."""
    scopes = {Scope.ALL, Scope.DATA if facts.kind == "dataset" else Scope.WEIGHTS}
    return [file for file in facts.files if file.role == Role.LICENCE and file.scope in scopes]


def detected(facts: Facts) -> list[Detected]:
    """What is known of these files."""
    return [found for file in own_files(facts) for found in file.found]


def holds_text(facts: Facts) -> bool:
    """Whether the text of the repository's licence is there, and not only a name, also one nobody knows."""
    return any(not file.found or {each.how for each in file.found} - ONLY_NAMED for file in own_files(facts))


def _weight(keys: frozenset[str], book: Book) -> tuple[Any, ...]:
    """How much a way to read the declaration binds; what is not known comes last."""
    licences = [book.get(key) for key in keys]
    unread = any(licence is None or not licence.read for licence in licences)
    said = (
        ORDER[question].index(worst(question, (answer(licence, question) for licence in licences)))
        for question in ORDER
    )
    return unread, *said, sorted(keys)


def flow(
    own: frozenset[str], name: str, inherited: Iterable[Inherited], *, repository: int = 0
) -> tuple[Inherited, ...]:
    """What comes down from a model to those that are made of it, as they inherit it.

    Of each licence only the nearest origin is kept, and none that came from the model itself in a circle.
    """
    above = [
        replace(one, key=one.key if one.depth < DEEPEST else UNKNOWN, depth=one.depth + 1)
        for one in inherited
        if one.depth < FADED and one.name.lower() != name.lower()
    ]
    return inherit([[Inherited(key, name, 1, repository) for key in own], above])


def inherit(flows: Iterable[Iterable[Inherited]], *, name: str = "") -> tuple[Inherited, ...]:
    """What a model called `name` inherits from its bases: of each licence the nearest origin but itself.

    Of two that are as near it is the older one, so that no new name makes another one of it.
    """
    nearest: dict[str, Inherited] = {}
    for one in sorted((one for each in flows for one in each), key=_place_of):
        if not name or one.name.lower() != name.lower():
            nearest.setdefault(one.key, one)
    return tuple(sorted(nearest.values(), key=_place_of))


def _place_of(one: Inherited) -> tuple[int, int, str, str]:
    return one.depth, one.repository, one.name, one.key


def ancestry(facts: Facts) -> tuple[Inherited, ...]:
    """Every licence from above, also of bases whose flow has not come down yet."""
    return inherit([of_bases(facts), facts.inherited], name=facts.name)


def of_bases(facts: Facts) -> list[Inherited]:
    """Every licence of each base that is followed."""
    followed = [base for base in facts.bases if base.followed]
    return [
        Inherited(key, base.name, 1, base.repository) for base in followed for key in base.keys or {UNKNOWN}
    ]


def effective(facts: Facts, book: Book) -> Terms:
    """The terms under which the model is offered to whoever looks at it."""
    lines = [Inherited(key, "", 0) for key in sorted(own_keys(facts, book))]
    lines += ancestry(facts)
    rows = [_row(question, lines, book) for question in ORDER if question != "gating"]
    rows.append(_gating(facts, lines, book))
    return Terms(tuple(rows), _said(lines, book, attrgetter("duties")))


def _row(question: str, lines: list[Inherited], book: Book, more: Iterable[Source] = ()) -> Row:
    said = [Source(one.depth, one.name, one.key, answer(book.get(one.key), question)) for one in lines]
    said += more
    mildest = ORDER[question][0]
    binding = [source for source in said if source.answer != mildest]
    conditions = _said(lines, book, lambda licence: _conditions(licence, question))
    return Row(
        question,
        worst(question, (source.answer for source in said)),
        tuple(sorted({*(binding or said)})),
        conditions,
    )


def _gating(facts: Facts, lines: list[Inherited], book: Book) -> Row:
    """A repository may have a gate without a licence that asks for one."""
    gates = [Source(0, "", "", "gate")] if facts.gated else []
    gates += [Source(1, base.name, "", "gate") for base in facts.bases if base.gated]
    return _row("gating", lines, book, gates)


def _conditions(licence: Licence, question: str) -> list[Condition]:
    return [one for one in licence.conditions if CONDITIONS[one.kind] == question]


def _said(
    lines: list[Inherited], book: Book, read: Callable[[Licence], Iterable[Condition | Duty]]
) -> tuple[Said, ...]:
    """What the licences of these lines ask, each by its nearest origin, in a fixed order."""
    found = []
    for line in lines:
        licence = book.get(line.key)
        for one in read(licence) if licence else ():
            text, limit, clause = (
                (one.text, 0, one.clause) if isinstance(one, Duty) else (one.what, one.limit, "")
            )
            found.append(Said(one.kind, text, limit, clause, line.key, line.name, line.depth))
    return tuple(sorted(found, key=lambda one: (one.depth, one.name, one.key, one.kind, one.text)))
