"""What scanners found, as flags: at their news, or later where it was lost or the file was private."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from contributions.moderation import subjects
from contributions.moderation.flagging import flag
from contributions.moderation.models import AutoRule, Flag
from contributions.moderation.vocabulary import Cause, Severity, Source
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.selectors import scans_of
from hub.scanning.services import note_flagged
from hub.scanning.verdicts import Verdict

# The scanner that looks for passwords and keys.
SECRETS = "secrets"
BATCH = 100


def flag_finding(*, sha256: str, scanner: str, verdict: str, found: Iterable[dict]) -> Flag:
    """Flag a blob for what a scanner found in it, and note that; what is not noted the sweep flags again."""
    secret = scanner == SECRETS
    made = flag(
        subject=subjects.blob(sha256),
        source=Source.SECRET if secret else Source.SCAN,
        cause=Cause.SECRET if secret else Cause.MALWARE,
        findings=found,
        severity=None if secret or verdict == Verdict.DANGEROUS else Severity.MEDIUM,
    )
    note_flagged(sha256=sha256, scanner=scanner)
    return made


def flag_withheld(*, sha256: str) -> Flag:
    """Flag a withheld blob whose news was lost, by what the scans themselves say."""
    findings = [finding for scan in scans_of([sha256]).get(sha256, []) for finding in scan.findings]
    return flag(subject=subjects.blob(sha256), source=Source.SCAN, cause=Cause.MALWARE, findings=findings)


def flag_suspicion(*, scan_id: int) -> Flag | None:
    """Flag what a scanner suspects of a file that others can have; None when that was done meanwhile."""
    scan = _unflagged().filter(pk=scan_id).first()
    if scan is None:
        return None
    return flag_finding(sha256=scan.blob_id, scanner=scan.scanner, verdict=scan.verdict, found=scan.findings)


def flag_published(*, repository_id: int) -> int:
    """Flag what was found in the files of a repository before everybody could have them; returns how many.

    At most BATCH at once, and the sweep the others.
    """
    held = RepositoryBlob.objects.filter(repository=repository_id, state=RepositoryBlob.State.PRESENT)
    found = _unflagged().filter(blob__in=held.values("sha256")).values_list("pk", flat=True)
    return sum(flag_suspicion(scan_id=pk) is not None for pk in list(found[:BATCH]))


def suspicions_to_flag(older_than: timedelta) -> list[int]:
    """Ids of scans whose suspicion was not flagged although their news should have come by now."""
    found = _unflagged().filter(finished_at__lt=timezone.now() - older_than)
    return list(found.values_list("pk", flat=True)[:BATCH])


def asked_about(scanner: str) -> bool:
    """Whether what a scanner suspects makes a case: a secret does, anything else where a rule says so."""
    suspects = AutoRule.objects.filter(enabled=True, verdict=AutoRule.Verdict.SUSPICIOUS)
    return scanner == SECRETS or suspects.exists()


def _unflagged() -> QuerySet[Scan]:
    """Scanners' last words that suspect a file which others can have, and that nobody was asked about."""
    scans = Scan.objects.filter(
        verdict=Verdict.SUSPICIOUS, finished_at__isnull=False, flagged_at=None, scanner__in=all_scanners()
    )
    if not asked_about(""):
        scans = scans.filter(scanner=SECRETS)
    others = RepositoryBlob.objects.filter(
        sha256=OuterRef("blob"),
        state=RepositoryBlob.State.PRESENT,
        repository__visibility=Repository.Visibility.PUBLIC,
    )
    return scans.filter(Exists(others)).order_by("finished_at")
