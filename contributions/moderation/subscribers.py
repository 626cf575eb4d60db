"""What moderation does at the news of the rooms below."""

from accounts import audit
from accounts.models import AuditEvent
from contributions.moderation import findings, following, subjects
from contributions.moderation.tasks import (
    flag_published,
    notify,
    notify_appeal,
    notify_claimants,
    notify_message,
    notify_moderators,
    notify_reporters,
    withhold_again,
)
from contributions.moderation.vocabulary import AppealKind, Effect
from hub.events import Event
from hub.queue import enqueue
from hub.repos.models import Repository
from hub.scanning.verdicts import Verdict


@audit.on(Event.SCAN_FINISHED)
def flag_blob(event: AuditEvent) -> None:
    """Flag a dangerous blob; of what others can have, also a secret, and the suspicious if a rule says so.

    The sweep finds those whose news was lost. What the scanner said before was flagged then, and may have
    been decided.
    """
    said = {"verdict": event.data["verdict"], "scanner": event.data["scanner"]}
    sha256 = event.subject.removeprefix("blob:")
    if event.data.get("again") or said["verdict"] not in (Verdict.DANGEROUS, Verdict.SUSPICIOUS):
        return
    if said["verdict"] == Verdict.SUSPICIOUS and not (
        findings.asked_about(said["scanner"]) and subjects.is_public(sha256)
    ):
        return
    findings.flag_finding(sha256=sha256, **said, found=event.data["findings"])


@audit.on(Event.REPOSITORY_CHANGED)
def flag_what_is_published(event: AuditEvent) -> None:
    """What was found while a repository was private is flagged when everybody can have it."""
    if event.data.get("visibility") == Repository.Visibility.PUBLIC:
        enqueue(flag_published, int(event.subject.removeprefix("repository:")))


@audit.on(Event.REVISION_WITHHELD)
def follow_what_is_withheld(event: AuditEvent) -> None:
    """The owner of a repository made anew reads on its page why files are withheld, as soon as they are."""
    following.follow(repository_id=int(event.subject.removeprefix("repository:")))


@audit.on(Event.REPOSITORY_DELETED)
def withhold_what_was_deleted(event: AuditEvent) -> None:
    """Who deletes a repository while it is taken down gets back nothing by making it anew."""
    for case_id in following.deleted_against_decisions(event.subject):
        enqueue(withhold_again, case_id)


@audit.on(Event.CASE_FOLLOWED)
def tell_of_what_holds_again(event: AuditEvent) -> None:
    """Those are told who were not told before."""
    for decision_id in event.data["decisions"]:
        enqueue(notify, decision_id)


@audit.on(Event.CASE_DECIDED)
def tell_of_decision(event: AuditEvent) -> None:
    """The mails are sent by a worker; the sweep finds decisions whose task was lost."""
    enqueue(notify, event.data["decision"])


@audit.on(Event.CASE_DECIDED)
def tell_reporters(event: AuditEvent) -> None:
    """Who reported is told when a moderator has closed the case, and not before."""
    if not event.data["rule"] and event.data["effect"] != Effect.ASK:
        enqueue(notify_reporters, int(event.subject.removeprefix("case:")))


@audit.on(Event.CASE_DECIDED)
def tell_claimants_of_the_end(event: AuditEvent) -> None:
    """A counter-notice is not answered any more when another decision took the place of what it contests."""
    for appeal_id in event.data["overtaken"]:
        enqueue(notify_claimants, appeal_id)


@audit.on(Event.SECOND_ASKED)
@audit.on(Event.DECISION_PROPOSED)
@audit.on(Event.CASE_RETURNED)
@audit.on(Event.CASE_CLAIMED)
@audit.on(Event.APPEAL_FILED)
def call_moderators(event: AuditEvent) -> None:
    """Those who are asked for something, or whose request came to nothing, have a mail beside the queue."""
    if event.event != Event.CASE_CLAIMED or event.data["moderator"] not in ("", event.actor_name):
        enqueue(notify_moderators, int(event.subject.removeprefix("case:")))


@audit.on(Event.APPEAL_FILED)
def tell_of_counter_notice(event: AuditEvent) -> None:
    """Whoever claimed a right reads how it is contested while there is time to go to a court."""
    if event.data["kind"] == AppealKind.COUNTER_NOTICE:
        enqueue(notify_claimants, event.data["appeal"])


@audit.on(Event.APPEAL_DECIDED)
def tell_of_answer(event: AuditEvent) -> None:
    """An appeal that was undone is told with the decision that takes its place."""
    if event.data["upheld"]:
        enqueue(notify_appeal, event.data["appeal"])
    if event.data["kind"] == AppealKind.COUNTER_NOTICE:
        enqueue(notify_claimants, event.data["appeal"])


@audit.on(Event.MESSAGE_WRITTEN)
def tell_of_message(event: AuditEvent) -> None:
    """What the desk writes to those concerned comes by mail too."""
    if event.data["from_desk"] and not event.data["internal"]:
        enqueue(notify_message, event.data["message"])
