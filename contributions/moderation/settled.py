"""What moderators decided about what scanners found: the same found again asks nobody anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from contributions.moderation.models import Case
from contributions.moderation.vocabulary import State
from hub.scanning.findings import ACCUSING, TOLD_AT_MOST, Severity, news
from hub.scanning.selectors import scans_of


@dataclass(frozen=True)
class Settled:
    """The closed case that answers a finding, or None; and what is found that none has answered."""

    case: Case | None
    new: list[dict]

    def is_milder(self, found: list[dict]) -> bool:
        """Whether all that is dangerous of what was found is answered."""
        return bool(_dangerous(found)) and not _dangerous(self.new)


def settled(cases: QuerySet[Case], found: list[dict]) -> Settled:
    """What the closed ones of some cases, which the caller has locked, say to what a scanner found.

    Where nobody decided about a finding yet, all that was found is new, also what accuses of nothing.
    """
    closed = list(cases.filter(state=State.CLOSED).order_by("pk"))
    known = [finding for case in closed for finding in case.findings]
    if not known or not any(finding["severity"] in ACCUSING for finding in found):
        return Settled(None, found)
    new = [dict(finding) for finding in news(found, known)]
    return Settled(None if new else [case for case in closed if case.findings][-1], new)


def is_known(case: Case) -> bool:
    """Whether cases like this one have all that scanners find dangerous in its file now; two queries.

    Another scanner may have found more just now, whose news is not here yet.
    """
    same = Case.objects.filter(subject_key=case.subject_key, cause=case.cause)
    known = [finding for findings in same.values_list("findings", flat=True) for finding in findings]
    scans = scans_of([case.sha256]).get(case.sha256, [])
    return not any(_is_untold(_dangerous(scan.findings), known) for scan in scans)


def _is_untold(found: list[Mapping[str, str]], known: list[Mapping[str, str]]) -> bool:
    """Whether a scanner's news is still to come; of very many findings it has only some."""
    unknown = news(found, known)
    return bool(unknown) and len(found) - len(unknown) < TOLD_AT_MOST


def _dangerous(findings: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [finding for finding in findings if finding["severity"] == Severity.DANGEROUS]
