"""What stands between a commit and its merge or release, and how it is mended (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext, ngettext

# Of one kind no more files are named.
NAMED = 3


class Gate(StrEnum):
    """What is looked at, in the order in which it is told."""

    STATUS = "status"
    TARGET = "target"
    CHANGES = "changes"
    CONFLICTS = "conflicts"
    HASH = "hash"
    SCAN = "scan"
    CARD = "card"
    LICENCE = "licence"
    REVIEWS = "reviews"


# Nobody can merge against these: there is nothing that could be merged.
HARD = frozenset({Gate.STATUS, Gate.TARGET, Gate.CHANGES, Gate.CONFLICTS})
# These pass by themselves.
PASSING = frozenset({"hash-waiting", "scan-waiting"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a rule's id, a sentence, and what to do about it."""

    gate: Gate
    rule: str
    message: str
    mend: str

    @property
    def hard(self) -> bool:
        """Whether nobody can override it."""
        return self.gate in HARD

    @property
    def passing(self) -> bool:
        """Whether it is enough to wait."""
        return self.rule in PASSING

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a head brings, by what is known of them."""

    refused: Sequence[str] = ()
    checking: Sequence[str] = ()
    dangerous: Sequence[str] = ()
    suspicious: Sequence[str] = ()
    unscanned: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the gates of a merge look at."""

    status: str
    target: str | None
    changed: bool
    conflicts: Sequence[str] = ()
    files: Files = field(default_factory=Files)
    card_errors: Sequence[str] = ()
    licence_errors: Sequence[str] = ()
    approvals: int = 0
    needed: int = 0
    refusing: Sequence[str] = ()


def reasons(facts: Facts) -> list[Reason]:
    """What stands against a merge; nothing when it may go on."""
    return [
        *_of_the_thread(facts),
        *of_files(facts.files),
        *of_the_card(facts.card_errors, facts.licence_errors),
        *_of_reviews(facts),
    ]


def of_files(files: Files) -> list[Reason]:
    """What stands against files: each must have its hash verified and be scanned, and be found harmless."""
    found = [
        (
            Gate.HASH,
            "hash-refused",
            files.refused,
            gettext("The uploaded bytes of %s are not what was declared."),
            gettext("Upload them again."),
        ),
        (
            Gate.HASH,
            "hash-waiting",
            files.checking,
            gettext("The hash of %s is still being verified."),
            gettext("Wait a moment."),
        ),
        (
            Gate.SCAN,
            "scan-dangerous",
            files.dangerous,
            gettext("A scanner found %s dangerous."),
            gettext("Replace or remove what the finding names; a safetensors file holds no code."),
        ),
        (
            Gate.SCAN,
            "scan-suspicious",
            files.suspicious,
            gettext("A scanner found %s suspicious."),
            gettext("Look at the finding, and replace the file if you can."),
        ),
        (
            Gate.SCAN,
            "scan-waiting",
            files.unscanned,
            gettext("The scan of %s has not ended yet."),
            gettext("Wait a moment."),
        ),
    ]
    return [
        Reason(gate, rule, message % _named(paths), mend)
        for gate, rule, paths, message, mend in found
        if paths
    ]


def of_the_card(errors: Sequence[str], licence_errors: Sequence[str]) -> list[Reason]:
    """What stands against a card and the licence it declares."""
    mend = gettext("Edit README.md.")
    return [Reason(Gate.CARD, "card-error", error, mend) for error in errors] + [
        Reason(Gate.LICENCE, "licence-error", error, mend) for error in licence_errors
    ]


def _of_the_thread(facts: Facts) -> list[Reason]:
    found = []
    if facts.status == "draft":
        mend = gettext("Mark it as ready first.")
        found.append(Reason(Gate.STATUS, "draft", gettext("This is a draft."), mend))
    elif facts.status != "open":
        found.append(Reason(Gate.STATUS, "ended", gettext("This pull request is %s.") % facts.status, ""))
    if facts.target is None:
        found.append(
            Reason(
                Gate.TARGET, "no-target", gettext("The branch it is meant for is gone."), gettext("Close it.")
            )
        )
    if not facts.changed:
        found.append(
            Reason(
                Gate.CHANGES,
                "empty",
                gettext("There is nothing to merge."),
                gettext("Push a commit, or close it."),
            )
        )
    if facts.conflicts:
        found.append(
            Reason(
                Gate.CONFLICTS,
                "conflict",
                gettext("Both sides changed %s.") % _named(facts.conflicts),
                gettext("Take over the branch, and say for each file whose version counts."),
            )
        )
    return found


def _of_reviews(facts: Facts) -> list[Reason]:
    found = []
    if facts.refusing:
        words = gettext("%s asked for changes.") % _named(facts.refusing)
        found.append(Reason(Gate.REVIEWS, "changes-requested", words, gettext("Ask for another review.")))
    if facts.approvals < facts.needed:
        lacking = facts.needed - facts.approvals
        words = ngettext("%d more approval is needed.", "%d more approvals are needed.", lacking) % lacking
        found.append(
            Reason(Gate.REVIEWS, "approvals", words, gettext("Ask somebody who may write here for a review."))
        )
    return found


def _named(names: Sequence[str]) -> str:
    """Some names in words, and how many more there are."""
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return (
        shown
        if more <= 0
        else ngettext("%(names)s and %(n)d more", "%(names)s and %(n)d more", more)
        % {
            "names": shown,
            "n": more,
        }
    )
