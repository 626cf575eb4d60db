"""All that is known of the licence of one commit, for whoever asks by a program."""

from dataclasses import dataclass

from hub.licensing.facts import Facts
from hub.licensing.findings import Finding
from hub.licensing.models import LicenceFinding
from hub.licensing.selectors import findings_of, judged_at, standing_of
from hub.licensing.terms import Terms
from hub.revisions.selectors import Revision


@dataclass(frozen=True)
class Answered:
    """A finding; of a head with what is kept of it: since when it is there, and what was answered."""

    finding: Finding
    kept: LicenceFinding | None = None


@dataclass(frozen=True)
class Report:
    """What a commit says, the terms that come of it, and what is to be said of it."""

    verdict: str
    facts: Facts
    terms: Terms
    findings: tuple[Answered, ...]


def report_on(revision: Revision) -> Report | None:
    """The report on any commit; None while one of its files is being verified.

    Terms and findings of a head are those that are kept, once somebody has looked; the number of queries
    depends neither on bases nor on findings.
    """
    judged = judged_at(revision)
    if judged is None:
        return None
    repository = revision.repository
    standing = standing_of(repository) if revision.commit == repository.head else None
    if standing is None or standing.commit != revision.commit:
        answered = tuple(Answered(finding) for finding in judged.findings)
        return Report(judged.verdict, judged.facts, judged.terms, answered)
    rows = findings_of([repository])[repository.pk]
    kept = tuple(Answered(Finding.from_json(row.said), row) for row in rows)
    return Report(judged.verdict, judged.facts, Terms.from_json(standing.terms), kept)
