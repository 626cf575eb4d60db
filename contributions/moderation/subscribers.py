"""What moderation does at the news of the rooms below."""

from accounts import audit
from accounts.models import AuditEvent
from contributions.moderation import rules, services
from contributions.moderation.tasks import notify
from hub.events import Event
from hub.queue import enqueue
from hub.scanning.verdicts import Verdict


@audit.on(Event.SCAN_FINISHED)
def ask_moderators(event: AuditEvent) -> None:
    """A dangerous blob makes a case; the sweep finds those whose news was lost.

    What the same version of a scanner said before was asked then, and may have been decided.
    """
    if event.data["verdict"] != Verdict.DANGEROUS or event.data.get("again"):
        return
    findings = rules.grave(event.data["findings"])
    services.open_case_for_blob(
        sha256=event.subject.removeprefix("blob:"), title=rules.title_of(findings), findings=findings
    )


@audit.on(Event.CASE_DECIDED)
def tell_publishers(event: AuditEvent) -> None:
    """The mails are sent by a worker; the sweep finds decisions whose task was lost."""
    enqueue(notify, event.data["decision"])
