"""Every change by which people say what is wrong and moderators decide about it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import effects, rules, selectors
from contributions.moderation.errors import CaseClosed, ConflictOfInterest
from contributions.moderation.models import Case, Decision, Report
from contributions.moderation.vocabulary import SEVERITY_OF, Action, Severity
from hub.errors import Forbidden
from hub.events import Event
from hub.repos.models import Repository
from hub.scanning.selectors import scans_of


@transaction.atomic
def file_report(
    *,
    repository: Repository,
    reporter: User | None,
    reason: str,
    text: str,
    path: str = "",
    contact: str = "",
) -> Report:
    """Tell the moderators about a repository; the report joins its open case or opens one. InvalidInput.

    The caller has opened the repository for reading on the reporter's behalf.
    """
    rules.check_report(reason=reason, text=text, path=path, contact=contact)
    case = _open_case(
        subject={"subject_kind": Case.SubjectKind.REPOSITORY, "repository": repository},
        origin=Case.Origin.REPORT,
        title=f"{repository.full_name} was reported",
        severity=SEVERITY_OF[reason],
    )
    report = Report.objects.create(
        repository=repository,
        case=case,
        path=path.strip(),
        reason=reason,
        text=text.strip(),
        reporter=reporter,
        contact=contact.strip(),
    )
    audit.record(
        Event.REPORT_FILED, actor=reporter, subject=repository.subject, case=case.pk, reason=str(reason)
    )
    return report


@transaction.atomic
def open_case_for_blob(*, sha256: str, title: str, findings: Iterable[dict]) -> Case:
    """Ask the moderators about a blob that a check withheld; findings join the case that is open, if one is.

    When moderators have already decided to keep it withheld, their case stands and none is opened.
    """
    latest = selectors.latest_case_of_blob(sha256)
    if latest and latest.outcome == Action.KEEP:
        return latest
    case = _open_case(
        subject={"subject_kind": Case.SubjectKind.BLOB, "sha256": sha256},
        origin=Case.Origin.SCAN,
        title=title[: rules.TITLE_MAX],
        severity=Severity.HIGH,
    )
    case.findings = rules.merged(case.findings, findings)
    case.save(update_fields=["findings"])
    return case


def open_missing_cases() -> int:
    """Open the cases of withheld blobs whose news was lost, from the scans themselves; returns how many."""
    withheld = selectors.withheld_without_case()
    scans = scans_of(withheld)
    for sha256 in withheld:
        findings = rules.grave(finding for scan in scans.get(sha256, []) for finding in scan.findings)
        open_case_for_blob(sha256=sha256, title=rules.title_of(findings), findings=findings)
    return len(withheld)


@transaction.atomic
def decide(
    *, case: Case, moderator: User, action: str, reason: str, seen_state: str | None = None
) -> Decision:
    """Keep what a case is about withheld, or release it, and tell its publishers why.

    `seen_state` is the state the moderator saw when making up their mind; by default that of `case` as it
    was read. A decided case takes only the opposite decision. Raises InvalidInput, Forbidden,
    ConflictOfInterest, and CaseClosed when somebody else decided meanwhile or the same decision stands.
    """
    rules.check_decision(action=action, reason=reason)
    if not moderator.is_moderator or moderator.suspended_at:
        raise Forbidden(gettext("Only moderators decide cases."))
    locked = Case.objects.select_for_update(of=("self",)).select_related("repository").get(pk=case.pk)
    _check_undecided(locked, action, seen_state or case.state)
    if selectors.has_stake(locked, moderator):
        raise ConflictOfInterest(
            gettext(
                "This case is about something of yours, or of an organisation you are a member of: another "
                "moderator has to decide it."
            )
        )
    decision = Decision.objects.create(case=locked, moderator=moderator, action=action, reason=reason.strip())
    locked.state, locked.outcome, locked.updated_at = Case.State.CLOSED, action, timezone.now()
    locked.save(update_fields=["state", "outcome", "updated_at"])
    effects.apply(locked, action, moderator)
    audit.record(
        Event.CASE_DECIDED,
        actor=moderator,
        subject=locked.subject,
        decision=decision.pk,
        action=str(action),
        reason=decision.reason,
        about=_about(locked),
    )
    return decision


def _open_case(*, subject: dict, origin: str, title: str, severity: int) -> Case:
    """The open case on a subject, locked, or a new one; of two who open it at once, one joins the other's."""
    case, opened = Case.objects.select_for_update().get_or_create(
        **subject,
        state=Case.State.OPEN,
        defaults={"origin": origin, "title": title, "severity": severity},
    )
    if opened:
        audit.record(
            Event.CASE_OPENED, actor=None, subject=case.subject, origin=str(origin), about=_about(case)
        )
    elif severity > case.severity:
        case.severity = severity
        case.save(update_fields=["severity"])
    return case


def _about(case: Case) -> str:
    """What the case is about, as the audit log names it."""
    if case.subject_kind == Case.SubjectKind.BLOB:
        return f"blob:{case.sha256}"
    return case.repository.subject if case.repository else "repository:deleted"


def _check_undecided(case: Case, action: str, seen_state: str) -> None:
    if case.state != seen_state:
        raise CaseClosed(gettext("Another moderator decided this case while you were reading it."))
    if case.outcome == action:
        raise CaseClosed(gettext("This decision stands already."))
    if not case.is_open and _newer_case_exists(case):
        raise CaseClosed(gettext("There is a newer case about the same thing; decide that one."))


def _newer_case_exists(case: Case) -> bool:
    if case.subject_kind == Case.SubjectKind.BLOB:
        same = Case.objects.filter(sha256=case.sha256)
    else:
        same = Case.objects.exclude(repository=None).filter(repository=case.repository_id)
    return same.filter(pk__gt=case.pk).exists()
