"""What notifications say by mail, in the language that is active. Pure."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contributions.discussions.models import DiscussionEvent
from contributions.discussions.vocabulary import Kind, Status, Verdict
from contributions.notifications.models import Notification
from contributions.notifications.vocabulary import Happened, Reason

# Of one text so many characters are quoted.
QUOTED = 4000
LISTED = 50
WHY = {
    Reason.MENTION: _("You get this mail because somebody mentioned you."),
    Reason.REVIEW: _("You get this mail because it is your pull request."),
    Reason.MERGED: _("You get this mail because it is your pull request."),
    Reason.PARTICIPATING: _("You get this mail because you take part."),
    Reason.OWN: _("You get this mail because you may write to the repository."),
    Reason.WATCHING: _("You get this mail because you watch it."),
    Reason.RELEASE: _("You get this mail because you watch it."),
}
STATUS = {
    Status.OPEN: Happened.REOPENED,
    Status.CLOSED: Happened.CLOSED,
    Status.DRAFT: Happened.DRAFT,
    Status.MERGED: Happened.MERGED,
}


def subject(row: Notification) -> str:
    """One line: where, and what it is about."""
    if row.discussion is None:
        return f"[{row.repository.full_name}] {row.tag}"
    return f"[{row.repository.full_name}] {row.discussion.title} (#{row.discussion.number})"


def of_one(row: Notification, said: Sequence[DiscussionEvent], *, page: str, end: str) -> str:
    """What happened in a thread, or that there is a release; `page` leads there, `end` ends such mails."""
    parts = [_told(event) for event in said]
    # A thread has no event that shows commits.
    if not parts or row.happened == Happened.COMMITS:
        parts.append(_line(row))
    return "\n\n".join([*parts, page, f"-- \n{WHY[row.reason]}\n{gettext('To get no more of them:')} {end}"])


def digest_subject(count: int) -> str:
    """One line: how much there is."""
    words = ngettext("%d thing happened on the hub", "%d things happened on the hub", count)
    return words % count


def digest(rows: Sequence[Notification], *, hub: str, settings: str, end: str) -> str:
    """What happened in a day, a line and an address each; `hub` is the hub's address."""
    parts = [f"{subject(row)}\n{_line(row)}\n{hub}{row.place}" for row in rows[:LISTED]]
    if len(rows) > LISTED:
        parts.append(gettext("and %d more") % (len(rows) - LISTED))
    why = gettext("You get this mail once a day because of what you watch and take part in.")
    more = f"{gettext('What you are told of, and how:')} {settings}"
    return "\n\n".join([*parts, f"-- \n{why}\n{more}\n{gettext('To get no more of them:')} {end}"])


def _line(row: Notification) -> str:
    return f"{_name(row.actor)} {Happened(row.happened).label}."


def _told(event: DiscussionEvent) -> str:
    text = event.text[:QUOTED] + ("…" if len(event.text) > QUOTED else "")
    head = f"{_name(event.author)} {_did(event).label}"
    return f"{head}:\n\n{text}" if text else f"{head}."


def _did(event: DiscussionEvent) -> Happened:
    if event.kind == Kind.STATUS:
        return STATUS[event.data["status"]]
    if event.kind == Kind.REVIEW:
        return Happened.APPROVED if event.data["verdict"] == Verdict.APPROVE else Happened.CHANGES
    return Happened.COMMENTED


def _name(user: object) -> str:
    return getattr(user, "username", None) or gettext("Somebody who left")
