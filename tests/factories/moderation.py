"""Reports and cases, made by the same services as in the hub."""

from accounts.models import User
from contributions.moderation import services
from contributions.moderation.models import Case, Report
from hub.repos.models import Repository

FINDING = {
    "rule": "pickle.import",
    "message": "Loading this file runs os.system.",
    "where": "data.pkl, byte 12",
    "severity": "dangerous",
}
REASON = "Loading the file runs a command on the machine of whoever loads it."


def make_report(
    repository: Repository, *, reporter: User | None = None, reason: str = "spam", path: str = ""
) -> Report:
    """A report on a repository, and with it an open case."""
    return services.file_report(
        repository=repository, reporter=reporter, reason=reason, text="Please look at this.", path=path
    )


def make_blob_case(sha256: str, findings: list[dict] | None = None) -> Case:
    """An open case about a blob, as the scanner's news makes it."""
    return services.open_case_for_blob(
        sha256=sha256, title=FINDING["message"], findings=[FINDING] if findings is None else findings
    )
