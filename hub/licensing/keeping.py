"""Findings as they are kept: open, disputed by the publisher, waived by a moderator, or resolved."""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from hub.licensing.models import LicenceFinding
from hub.licensing.rules import Finding
from hub.repos.models import Repository

State, Severity = LicenceFinding.State, LicenceFinding.Severity
# What nobody has settled: a publisher who disputes a finding has said so, and no more.
UNSETTLED = (State.OPEN, State.DISPUTED)


def keep_findings(found: Mapping[Repository, Sequence[Finding]]) -> set[int]:
    """Keep what was found now of each repository; returns the ids of those without an open conflict.

    What is found no more is resolved. What was answered stays answered for as long as the matter is the
    same, also when it is gone in between. Three queries and one for each kind of change; the caller has
    locked the repositories' standings.
    """
    rows = LicenceFinding.objects.filter(repository__in=[repository.pk for repository in found])
    before = {(row.repository_id, row.key): row for row in rows}
    new, changed = [], []
    clear = {repository.pk for repository in found}
    for repository, findings in found.items():
        for finding in findings:
            row = before.pop((repository.pk, finding.key), None)
            if row is None:
                row = LicenceFinding(repository=repository, key=finding.key, first_commit=repository.head)
                _say(row, finding)
                new.append(row)
            elif _say(row, finding):
                changed.append(row)
            if row.severity == Severity.CONFLICT and row.state in UNSETTLED:
                clear.discard(repository.pk)
    now = timezone.now()
    for row in before.values():
        if row.state != State.RESOLVED:
            row.answered = "" if row.state == State.OPEN else row.state
            row.state, row.resolved_at = State.RESOLVED, now
            changed.append(row)
    LicenceFinding.objects.bulk_create(new, batch_size=500)
    LicenceFinding.objects.bulk_update(
        changed,
        ["rule", "severity", "said", "about", "state", "reason", "answered", "resolved_at"],
        batch_size=500,
    )
    return clear


def _say(row: LicenceFinding, finding: Finding) -> bool:
    """Note a finding on its row; whether that changed it."""
    said, about = finding.as_json(), finding.about
    if row.state == State.RESOLVED or (row.about and row.about != about):
        if row.answered and row.about == about:
            row.state = row.answered
        else:
            row.state, row.reason = State.OPEN, ""
        row.answered, row.resolved_at = "", None
    elif row.said == said and row.about == about:
        return False
    row.rule, row.severity, row.said, row.about = finding.rule, finding.severity, said, about
    return True
