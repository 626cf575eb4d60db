"""Whether somebody is given a file, for what its scans say: the one place that every door asks."""

from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.actors import Actor
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import (
    BlobBeingScanned,
    BlobQuarantined,
    BlobWithheld,
    EntryNotFound,
    Forbidden,
    RevisionWithheld,
)
from hub.repos.models import Repository
from hub.repos.selectors import answers_in
from hub.repos.serving import RELEASED, Answer, ScanState, answer_to, refused, standing, status_of
from hub.revisions.chunked import held_in_chunks, plan_download
from hub.revisions.selectors import Entry, Revision
from hub.scanning.selectors import findings_in_words, scans_of
from storage.models import Blob
from storage.xet.reading import Plan

# How much of a finding stands in a refusal, in characters.
FINDING_LENGTH = 300
WARNINGS = {
    ScanState.DANGEROUS: "A check found this file dangerous. Do not load it.",
    RELEASED: "A scanner found this file dangerous, and a moderator released it.",
    ScanState.SUSPICIOUS: "A scanner saw something unusual in this file. Look before you load it.",
    ScanState.ERROR: "The scanners could not read this file to its end.",
    ScanState.QUEUED: "The scan of this file has not ended yet.",
}
WITHHELD = "It is withheld from others."
DECIDED = "A moderator's decision is about the revision that this file is of."


@dataclass(frozen=True, slots=True)
class Ruling:
    """What somebody gets: `status` is the state in the words of huggingface's API.

    `reserved` says that others are refused what this caller is given, `decided` that they are because the
    whole revision is withheld.
    """

    as_what: str
    answer: Answer
    reserved: bool = False
    decided: bool = False

    @property
    def status(self) -> str:
        """safe, queued, suspicious, error, unscanned or unsafe."""
        return status_of(self.as_what)

    @property
    def given(self) -> bool:
        """Whether the caller gets the bytes."""
        return self.answer != Answer.REFUSE

    @property
    def warning(self) -> str:
        """What the caller should know, in a sentence or two; "" when there is nothing to warn of."""
        if self.answer != Answer.WARN:
            return ""
        if self.decided:
            return f"{DECIDED} {WITHHELD}"
        return f"{WARNINGS[self.as_what]} {WITHHELD}" if self.reserved else WARNINGS[self.as_what]


def ruling(actor: Actor, repository: Repository, entry: Entry) -> Ruling:
    """Whether the actor, who may pull, is given a file of the repository; no query for one just opened.

    Of what is still being verified nothing is told but that it waits: who gets that is said elsewhere.
    """
    if not entry.held or entry.blob is None:
        return Ruling(ScanState.QUEUED, Answer.WARN)
    as_what = standing(entry.blob.state, entry.blob.scan_state)
    decided = entry.availability == "withheld"
    answer = Answer.REFUSE if decided else answer_to(answers_in(repository), as_what)
    if answer == Answer.REFUSE and may(actor, repository, Action.PULL_WITHHELD):
        return Ruling(as_what, Answer.WARN, reserved=True, decided=decided)
    return Ruling(as_what, answer, decided=decided)


def admit(actor: Actor, repository: Repository, entry: Entry) -> Ruling:
    """The ruling, if the actor is given the file.

    BlobQuarantined, BlobWithheld and BlobBeingScanned say why not; that costs one query for the finding.
    """
    found = ruling(actor, repository, entry)
    if not found.given:
        raise refusal(repository, entry.path, entry.blob, found)
    return found


def check_given(actor: Actor, revision: Revision) -> None:
    """Raise Forbidden when the actor is not given what is in the revision's files.

    A commit on top of it would have them under an id of its own.
    """
    if revision.withheld and not may(actor, revision.repository, Action.PULL_WITHHELD):
        raise Forbidden(gettext("This revision is withheld by a moderator's decision: nobody builds on it."))


def states_refused(actor: Actor, repository: Repository) -> frozenset[str]:
    """The states of which the actor is given no file of the repository."""
    return frozenset() if may(actor, repository, Action.PULL_WITHHELD) else refused(answers_in(repository))


def plan_admitted(
    actor: Actor, repository: Repository, *, file_hash: str, first: int, last: int | None
) -> Plan:
    """`plan_download` of a file as far as the actor, who may pull, is given it; raises as it and `admit` do.

    Whoever may write has also what is still being checked.
    """
    given_all = may(actor, repository, Action.PULL_WITHHELD)
    try:
        return plan_download(
            repo=repository,
            file_hash=file_hash,
            first=first,
            last=last,
            unverified=may(actor, repository, Action.WRITE),
            refused=states_refused(actor, repository),
            withheld=given_all,
        )
    except EntryNotFound:
        held = None if given_all else held_in_chunks(repository, file_hash)
        if held is None:
            raise
        as_what = standing(held.blob.state, held.blob.scan_state)
        why = Ruling(as_what, Answer.REFUSE, decided=held.withheld)
        raise refusal(repository, held.path, held.blob, why) from None


def refusal(repository: Repository, path: str, blob: Blob, found: Ruling) -> BlobWithheld | BlobBeingScanned:
    """Why a file is not given, in words."""
    what = f"{path} of {repository.full_name}"
    if found.decided:
        return RevisionWithheld(
            f"{what} is not given out at this revision: a moderator's decision withholds it.",
            url_path=repository.url_path,
            scan_status=found.status,
        )
    if found.as_what == ScanState.QUEUED:
        words = f"{what} is still being scanned, and is given out after that. Try again in a moment."
        return BlobBeingScanned(words, scan_status=found.status)
    about = {"url_path": repository.url_path, "scan_status": found.status}
    finding = _finding(blob)
    if found.as_what == ScanState.DANGEROUS:
        found_by = "a check" if blob.scan_state == ScanState.DANGEROUS else "a check or a moderator"
        why = f"{found_by} found it dangerous"
        return BlobQuarantined(f"{what} is in quarantine: {why}. {finding}".rstrip(), **about)
    why = "a scanner found it suspicious" if found.as_what == ScanState.SUSPICIOUS else "it cannot be scanned"
    return BlobWithheld(f"{what} is not given out here: {why}. {finding}".rstrip(), **about)


def _finding(blob: Blob) -> str:
    """The worst finding as a sentence; "" when there is none."""
    words = findings_in_words(scans_of([blob.pk]).get(blob.pk, []))
    return f"{words[0][:FINDING_LENGTH].rstrip('.')}." if words else ""
