"""What the outcome of a scan means for who asks for a file: what the rows of ScanPolicy say together.

For each state the hub's row of the repository's kind decides, else its row for every kind, else DEFAULTS. An
organisation's rows are read the same way, and count only where they are stricter.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact

from hub.repos.models import ScanPolicy
from storage.models import Blob

Answer = ScanPolicy.Answer
ScanState = Blob.ScanState
# The states that rows are about; a file in any other is served.
STATES = (ScanState.DANGEROUS, ScanState.SUSPICIOUS, ScanState.ERROR, ScanState.QUEUED)
DEFAULTS: Mapping[str, Answer] = dict.fromkeys(STATES, Answer.WARN) | {ScanState.DANGEROUS: Answer.REFUSE}
STRICTNESS = {answer: rank for rank, answer in enumerate(Answer)}
# What can be said of a file beside the states of a scan: it was found dangerous, and a moderator released it.
RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of ScanPolicy: whether it is an organisation's, of which kind ("" is all), and its words."""

    own: bool
    kind: str
    said: Mapping[str, str]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Rule":
        """The rule of a row's columns by name."""
        return cls(row["organisation"] is not None, row["kind"], {state: row[state] for state in STATES})


def answers(rules: Iterable[Rule], kind: str) -> dict[str, Answer]:
    """The answer for each of STATES in a repository of a kind."""
    known = list(rules)
    return {state: _answer(known, kind, state) for state in STATES}


def _answer(rules: list[Rule], kind: str, state: str) -> Answer:
    hub = _said([rule for rule in rules if not rule.own], kind, state) or DEFAULTS[state]
    own = _said([rule for rule in rules if rule.own], kind, state)
    return max(hub, own or hub, key=STRICTNESS.__getitem__)


def _said(rules: list[Rule], kind: str, state: str) -> Answer | None:
    by_kind = {rule.kind: rule.said[state] for rule in rules if rule.said[state]}
    said = by_kind.get(kind) or by_kind.get("")
    return Answer(said) if said else None


def standing(state: str, scan_state: str) -> str:
    """What a blob counts as: dangerous while it is withheld, for whatever reason; released; or as scanned."""
    if state == Blob.State.QUARANTINED:
        return ScanState.DANGEROUS
    return RELEASED if scan_state == ScanState.DANGEROUS else scan_state


def status_of(as_what: str) -> str:
    """What a blob counts as in the words of huggingface's API: dangerous and released are both unsafe."""
    return "unsafe" if as_what in (RELEASED, ScanState.DANGEROUS) else str(as_what)


def answer_to(said: Mapping[str, Answer], as_what: str) -> Answer:
    """The answer for what a blob counts as; a moderator's release is a warning, whatever the rows say."""
    return Answer.WARN if as_what == RELEASED else said.get(as_what, Answer.SERVE)


def stricter_than(answer: str) -> list[Answer]:
    """The answers that are stricter, the mildest first."""
    return [other for other in Answer if STRICTNESS[other] > STRICTNESS[answer]]


def refused(said: Mapping[str, Answer]) -> frozenset[str]:
    """The states of which nothing is given out."""
    return frozenset(state for state, answer in said.items() if answer == Answer.REFUSE)


def blobs_refused(states: Collection[str]) -> Q:
    """The blobs, in a query of them, that count as one of the states."""
    found = Q(state=Blob.State.VERIFIED, scan_state__in=set(states) - {ScanState.DANGEROUS})
    return found | Q(state=Blob.State.QUARANTINED) if ScanState.DANGEROUS in states else found


def refused_somewhere(*, namespace: Combinable, kind: Combinable, scan_state: Combinable) -> Exists:
    """Whether any row that is about a repository refuses its verified blobs of a state, in a query of many.

    Stricter than `answers`: a milder row for the kind does not count. Only what may be told beside a file
    is asked in this way, never the file itself.
    """
    said = Q()
    for state in (ScanState.SUSPICIOUS, ScanState.ERROR, ScanState.QUEUED):
        said |= Q(**{state: Answer.REFUSE}) & Q(Exact(scan_state, Value(state)))
    about = Q(organisation=None) | Q(organisation=namespace)
    return Exists(ScanPolicy.objects.filter(about, Q(kind="") | Q(kind=kind), said))
