"""Flags and cases, made by the same services as in the hub."""

from datetime import datetime

from accounts.models import User
from contributions.moderation import flagging, subjects
from contributions.moderation.deciding import decide
from contributions.moderation.models import Case, Decision, Flag, Policy
from contributions.moderation.selectors import policy_for
from contributions.moderation.vocabulary import Cause, Source
from hub.repos.models import Repository
from tests.factories.accounts import make_moderator, make_user

FINDING = {
    "rule": "pickle.import",
    "message": "Loading this file runs os.system.",
    "where": "data.pkl, byte 12",
    "severity": "dangerous",
}
REASON = "Loading the file runs a command on the machine of whoever loads it."


def make_report(
    repository: Repository, *, reporter: User | None = None, cause: str = "spam", path: str = ""
) -> Flag:
    """A report on a repository, and with it an open case."""
    return flagging.report(
        subject=subjects.repository(repository),
        reporter=reporter or make_user(),
        cause=cause,
        text="Please look at this.",
        path=path,
    )


def make_blob_case(sha256: str, findings: list[dict] | None = None) -> Case:
    """An open case about a blob, as the scanner's news makes it; by a rule the blob is withheld."""
    return flagging.flag(
        subject=subjects.blob(sha256),
        source=Source.SCAN,
        cause=Cause.MALWARE,
        findings=[FINDING] if findings is None else findings,
    ).case


def decide_case(
    case: Case,
    effect: str,
    moderator: User | None = None,
    *,
    policy: Policy | None = None,
    reason: str = REASON,
    until: datetime | None = None,
    seen: int | None = None,
) -> Decision:
    """A decision in a case as it is now, by a new moderator if none is given."""
    return decide(
        case=case if seen is not None else Case.objects.get(pk=case.pk),
        moderator=moderator or make_moderator(),
        effect=effect,
        policy=policy or policy_for(case.cause),
        reason=reason,
        until=until,
        seen=seen,
    )
