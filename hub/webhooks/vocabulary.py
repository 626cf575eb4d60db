"""The words of webhooks, and what each event of the log is called in them."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hub.events import Event


class Domain(TextChoices):
    """What a webhook hears of."""

    REPO = "repo", _("Repositories: commits, refs, settings, moves")
    DISCUSSION = "discussion", _("Discussions and pull requests")


class State(TextChoices):
    """Where a delivery stands."""

    QUEUED = "queued", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    DROPPED = "dropped", _("Not sent")


class Reason(TextChoices):
    """Why a delivery was not accepted, or not sent."""

    NONE = "", ""
    STATUS = "status", _("The answer was no success.")
    UNKNOWN_HOST = "unknown-host", _("The host name leads nowhere.")
    FORBIDDEN = "forbidden", _("The host name leads to an address that this hub sends nothing to.")
    UNREACHABLE = "unreachable", _("No connection could be made.")
    TOO_SLOW = "too-slow", _("There was no answer in time.")
    UNSAFE = "unsafe", _("The certificate is not valid for the host name.")
    BROKEN = "broken", _("The answer was no HTTP, or broke off.")
    UNSEEN = "unseen", _("You cannot see the repository any more.")
    DISABLED = "disabled", _("The webhook is disabled.")


@dataclass(frozen=True, slots=True)
class Told:
    """How an event is told: to whom it matters, and its action and scope in the payload."""

    domain: Domain
    action: str
    scope: str


# Clients know four actions, and any scope.
PING = Told(Domain.REPO, "update", "webhook.ping")
TOLD: dict[str, Told] = {
    Event.REPOSITORY_CREATED: Told(Domain.REPO, "create", "repo"),
    Event.REPOSITORY_MOVED: Told(Domain.REPO, "move", "repo"),
    Event.REPOSITORY_DELETED: Told(Domain.REPO, "delete", "repo"),
    Event.REPOSITORY_CHANGED: Told(Domain.REPO, "update", "repo.config"),
    Event.COMMIT_LANDED: Told(Domain.REPO, "update", "repo.content"),
    Event.REF_CREATED: Told(Domain.REPO, "update", "repo.content"),
    Event.REF_DELETED: Told(Domain.REPO, "update", "repo.content"),
    Event.DISCUSSION_OPENED: Told(Domain.DISCUSSION, "create", "discussion"),
    Event.DISCUSSION_RENAMED: Told(Domain.DISCUSSION, "update", "discussion"),
    # Also of a merge.
    Event.DISCUSSION_STATUS: Told(Domain.DISCUSSION, "update", "discussion"),
    Event.DISCUSSION_LOCKED: Told(Domain.DISCUSSION, "update", "discussion"),
    Event.DISCUSSION_PINNED: Told(Domain.DISCUSSION, "update", "discussion"),
    Event.DISCUSSION_COMMENTED: Told(Domain.DISCUSSION, "create", "discussion.comment"),
    Event.PULL_REVIEWED: Told(Domain.DISCUSSION, "create", "discussion.comment"),
    Event.COMMENT_EDITED: Told(Domain.DISCUSSION, "update", "discussion.comment"),
    Event.COMMENT_HIDDEN: Told(Domain.DISCUSSION, "update", "discussion.comment"),
    Event.COMMENT_SHOWN: Told(Domain.DISCUSSION, "update", "discussion.comment"),
    Event.COMMENT_WITHHELD: Told(Domain.DISCUSSION, "update", "discussion.comment"),
    Event.COMMENT_SERVED: Told(Domain.DISCUSSION, "update", "discussion.comment"),
}
