"""What can be said of the licence a card declares, and how its author mends what is missing."""

from dataclasses import dataclass

from hub.licensing.catalogue import OTHER, UNKNOWN, Licence, known, nearest
from hub.licensing.models import LicenceCheck
from hub.repos.cards import Card

Verdict = LicenceCheck.Verdict
# To find the nearest known id takes a millisecond, and a card has room for thousands.
MOST_TOLD = 20
NOBODY_MAY = "Without a licence nobody may use it in most countries."
WRITE_IT = 'Write a line such as "license: apache-2.0" between the two lines --- at the head of README.md.'


@dataclass(frozen=True)
class Outcome:
    """A verdict, the licence as declared, and findings as {rule, message, mend}."""

    verdict: str
    declared: str
    findings: tuple[dict[str, str], ...]


def judge(card: Card | None) -> Outcome:
    """The outcome for a card; None means that there is no README.md."""
    if card is None:
        return _outcome(
            Verdict.MISSING, "", "no-card", f"There is no README.md. {NOBODY_MAY}", f"Add one. {WRITE_IT}"
        )
    if not card.license:
        return _without_licence(card)
    if card.license.strip().lower() == OTHER:
        return _other(card)
    licence = known(card.license)
    return _declared(card, licence) if licence else _unknown(card.license)


def unknown_licences(card: Card) -> list[str]:
    """A sentence about each of the first 20 licences in a card that nobody knows, with the nearest known id.

    `other` and `unknown` are words that people choose when they have no id.
    """
    found = []
    for written in card.licences:
        if len(found) == MOST_TOLD:
            break
        if written.lower() in {OTHER, UNKNOWN} or known(written):
            continue
        close = nearest(written)
        end = f": did you mean {close[0]!r}?" if close else f". Otherwise write {OTHER!r}."
        found.append(f"license: unknown licence {written[:100]!r}{end}")
    return found


def _without_licence(card: Card) -> Outcome:
    problem = next((words for words in card.problems if "license" in words or "front matter" in words), None)
    if problem:
        return _outcome(
            Verdict.INVALID, "", "card-unreadable", problem, "Correct the front matter of README.md."
        )
    return _outcome(
        Verdict.MISSING, "", "no-licence", f"The card declares no licence. {NOBODY_MAY}", WRITE_IT
    )


def _declared(card: Card, licence: Licence) -> Outcome:
    declared = card.license or ""
    if licence.family:
        message = f"{licence.name} is a family: it does not say which licence of it applies."
        return _outcome(
            Verdict.KNOWN, declared, "family", message, "Declare the exact licence, with its version."
        )
    if licence.declared_as_other:
        message = f'{licence.name} is known, but tools only find it under its name beside "license: other".'
        mend = f'Write "license: other", "license_name: {licence.id}" and a "license_link".'
        return _outcome(Verdict.KNOWN, declared, "not-an-id", message, mend)
    return Outcome(Verdict.KNOWN, declared, ())


def _other(card: Card) -> Outcome:
    """`other` says nothing by itself: the name and a link to the text must stand beside it."""
    lacking = [key for key in ("license_name", "license_link") if not getattr(card, key)]
    if lacking:
        message = f'The card says "license: other" without {" and ".join(lacking)}.'
        mend = "Name the licence with license_name, and give its text's address or file with license_link."
        return _outcome(Verdict.INVALID, OTHER, "other-unnamed", message, mend)
    name = card.license_name or ""
    licence = known(name)
    if licence is None:
        message = f'"{name[:100]}" is not a licence this hub knows; read its text before you use the model.'
        return Outcome(Verdict.UNKNOWN, name, ({"rule": "other-unknown", "message": message, "mend": ""},))
    return Outcome(Verdict.KNOWN, name, ())


def _unknown(declared: str) -> Outcome:
    close = nearest(declared)
    mend = f"Did you mean {' or '.join(close)}? " if close else ""
    mend += 'Otherwise write "license: other" with license_name and license_link.'
    message = f'"{declared[:100]}" is not a licence this hub knows.'
    return _outcome(Verdict.UNKNOWN, declared, "unknown-licence", message, mend)


def _outcome(verdict: str, declared: str, rule: str, message: str, mend: str) -> Outcome:
    return Outcome(verdict, declared, ({"rule": rule, "message": message, "mend": mend},))
