"""How a subject is flagged: by machines and by people, into the case of its cause."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.roles import DeskRole
from contributions.moderation import repeating, rules, subjects
from contributions.moderation.actions import settle
from contributions.moderation.circles import in_one_piece
from contributions.moderation.deciding import cited, stand
from contributions.moderation.models import AutoRule, Case, Decision, Flag
from contributions.moderation.selectors import policy_for
from contributions.moderation.settled import is_known, settled
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import (
    PEOPLE,
    REPORTING,
    SEVERITY_OF,
    WITHHOLDING,
    DecisionState,
    Effect,
    Severity,
    Source,
    State,
)
from hub.events import Event

DAY = timedelta(days=1)


def report(
    *,
    subject: Subject,
    reporter: User | None,
    cause: str,
    text: str,
    path: str = "",
    evidence: str = "",
    contact: str = "",
    language: str = "",
) -> Flag:
    """Tell the moderators about something; InvalidInput. Without an account it is a notice.

    The caller has opened the subject for reading on the reporter's behalf. `language` is that of the page
    on which it was written, in which its answer is too.
    """
    if reporter is None:
        source = Source.NOTICE
    elif reporter.is_moderator:
        source = Source.MODERATOR
    else:
        source = Source.TRUSTED if reporter.is_trusted_reporter else Source.REPORT
    return flag(
        subject=subject,
        source=source,
        cause=cause,
        reporter=reporter,
        text=text,
        path=path,
        evidence=evidence,
        contact=contact,
        language=language,
    )


@in_one_piece
def flag(
    *,
    subject: Subject,
    source: str,
    cause: str,
    reporter: User | None = None,
    text: str = "",
    path: str = "",
    evidence: str = "",
    contact: str = "",
    language: str = "",
    findings: Iterable[dict] = (),
    severity: int | None = None,
) -> Flag:
    """Flag a subject: the flag joins the case of its cause that is not closed, or makes one. InvalidInput.

    The subject is locked. Who flagged the same already adds to that flag. What automatic rules say of the
    case is done at once. A machine's flag joins a closed case, which stays closed, where moderators decided
    about all that it found, or to withhold; another case has what is new.
    """
    rules.check_flag(
        source=source,
        cause=cause,
        text=text,
        path=path,
        contact=contact,
        evidence=evidence,
        anonymous=reporter is None,
    )
    subjects.lock(subject.key)
    if reporter is not None and (known := repeating.open_flag(subject.key, cause, reporter)):
        before = known.source
        added = repeating.add(known, source=source, text=text, path=path, evidence=evidence, contact=contact)
        if added.source != before:
            # It is a report now, of which rules speak.
            _withhold_by_rule(added.case)
        return added
    case, endangers = _case_of(
        subject, source=source, cause=cause, findings=rules.grave(findings), severity=severity
    )
    made = Flag.objects.create(
        case=case,
        source=source,
        text=text.strip(),
        path=path.strip(),
        evidence=evidence.strip(),
        contact=contact.strip(),
        language=language,
        reporter=reporter,
    )
    audit.record(
        Event.SUBJECT_FLAGGED,
        actor=reporter,
        subject=subject.key,
        case=case.pk,
        cause=str(cause),
        flag=made.pk,
    )
    _withhold_by_rule(case, machine=source not in PEOPLE, endangers=endangers)
    return made


def _case_of(
    subject: Subject, *, source: str, cause: str, findings: list[dict], severity: int | None
) -> tuple[Case, bool]:
    """The case that a flag joins, and whether something dangerous was found that it did not know."""
    known = Case.objects.select_for_update().filter(subject_key=subject.key, cause=cause)
    if source not in PEOPLE:
        answer = settled(known, findings)
        if answer.case:
            return answer.case, False
        if answer.is_milder(findings):
            severity = Severity.MEDIUM
        findings = answer.new
    case = known.exclude(state=State.CLOSED).first()
    if case is None and source not in PEOPLE:
        case = known.filter(
            decisions__state=DecisionState.STANDING, decisions__effect=WITHHOLDING.get(subject.kind)
        ).last()
    weight = severity or SEVERITY_OF[cause]
    now = timezone.now()
    due_at = now + timedelta(hours=policy_for(cause).due_hours)
    if case is None:
        case = Case.objects.create(
            subject_kind=subject.kind,
            subject_key=subject.key,
            subject_name=subject.name,
            namespace=subject.namespace,
            **subject.fields,
            cause=cause,
            source=source,
            title=rules.title_of(findings) if source not in PEOPLE else subject.name[: rules.TITLE_MAX],
            findings=rules.merged([], findings),
            severity=weight,
            reach=subjects.reach_of(subject),
            due_at=due_at,
        )
        about = {"about": subject.key, "cause": str(cause), "source": str(source)}
        audit.record(Event.CASE_OPENED, actor=None, subject=case.subject, **about)
        return case, _dangerous(findings)
    known_findings = case.findings
    case.findings = rules.merged(case.findings, findings)
    case.severity = max(case.severity, weight)
    if case.state != State.ASKED:
        # Until when changes are asked for was promised.
        case.due_at = min(case.due_at, due_at)
    case.reach, case.updated_at = subjects.reach_of(subject), now
    # Another report is no reason to look again before deciding; another finding is.
    case.turn += case.findings != known_findings
    case.save(update_fields=["findings", "severity", "due_at", "reach", "updated_at", "turn"])
    return case, _dangerous([found for found in case.findings if found not in known_findings])


def _withhold_by_rule(case: Case, *, machine: bool = False, endangers: bool = False) -> None:
    """Withhold what a rule says is to be withheld before a moderator has looked, once in a case.

    What a moderator asked for or only proposed keeps no rule from acting; what they decided does, unless a
    machine found something dangerous of which they did not know when they decided to serve it.
    """
    effect = WITHHOLDING.get(case.subject_kind)
    if effect is None:
        return
    standing = set(case.decisions.filter(state=DecisionState.STANDING).values_list("effect", flat=True))
    decided = standing & {effect} if endangers else standing - {Effect.ASK}
    rule = None if decided else next((rule for rule in _rules_for(case) if _applies(rule, case)), None)
    if rule is None:
        if machine and effect not in standing and _dangerous(case.findings) and is_known(case):
            # A scanner withholds at once what it finds; where no rule says so, or somebody decided about it,
            # that is taken back.
            settle(case, before=frozenset(), actor_user=None)
        return
    decision = Decision.objects.create(
        case=case,
        rule=rule.slug,
        effect=effect,
        policy=cited(policy_for(case.cause)),
        reason="",
        state=DecisionState.PROPOSED,
    )
    stand(decision, actor_user=None, closes=False)


def _rules_for(case: Case) -> Iterable[AutoRule]:
    return AutoRule.objects.filter(enabled=True, withholds=True, cause=case.cause).order_by("slug")


def _applies(rule: AutoRule, case: Case) -> bool:
    if rule.verdict and not any(found["severity"] == rule.verdict for found in case.findings):
        return False
    if rule.verdict == "" and _reaches_many(case):
        return False
    # As what they are now, and only with an address that is theirs: accounts are made in a minute.
    trusted = Q(reporter__desk_role__in=[DeskRole.TRUSTED_REPORTER, DeskRole.MODERATOR, DeskRole.LEAD])
    people = Q(reporter__suspended_at=None, reporter__emailaddress__verified=True)
    said = case.flags.filter(people, source__in=REPORTING).aggregate(
        reports=Count("reporter", distinct=True), trusted=Count("reporter", distinct=True, filter=trusted)
    )
    if said["reports"] < rule.reports or said["trusted"] < rule.trusted:
        return False
    return not rule.younger_than_days or _younger(case, rule.younger_than_days * DAY)


def _younger(case: Case, than: timedelta) -> bool:
    """Whether the owner is; of a file, all who have it: whoever had it first may not be who is reported."""
    if case.sha256:
        holders = subjects.present(case.sha256).order_by()
        since = holders.aggregate(first=Min("repository__namespace__created_at"))["first"]
    else:
        since = case.namespace and case.namespace.created_at
    return since is not None and since > timezone.now() - than


def _dangerous(findings: Iterable[dict]) -> bool:
    return any(found["severity"] == AutoRule.Verdict.DANGEROUS for found in findings)


def _reaches_many(case: Case) -> bool:
    """Whether so many are reached that people's reports alone do not withhold before somebody has looked."""
    return case.reach >= policy_for(case.cause).confirm_above
