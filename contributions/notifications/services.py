"""What people set and read of their own notifications."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import Namespace, User
from contributions.discussions.models import Discussion
from contributions.notifications.models import Notification, Preference, Told, Watch
from contributions.notifications.selectors import Wish, ignored
from contributions.notifications.vocabulary import Level, Pace, Reason
from hub.errors import InvalidInput
from hub.events import Event
from hub.repos.models import Repository


@transaction.atomic
def watch(
    *,
    user: User,
    level: str,
    namespace: Namespace | None = None,
    repository: Repository | None = None,
    discussion: Discussion | None = None,
) -> None:
    """Set how much a user wants to know of one thing that they may read; an empty level forgets it.

    Of two at once the unique constraint lets one in, and the later one counts. What waits to be mailed and
    is ignored now is not mailed. InvalidInput for no level.
    """
    thing = {"namespace": namespace, "repository": repository, "discussion": discussion}
    if level and level not in Level.values:
        raise InvalidInput(gettext("One can watch everything, what concerns oneself, or nothing."), "level")
    if level:
        named = {name: value for name, value in thing.items() if value is not None}
        Watch.objects.update_or_create(user=user, **named, defaults={"level": level})
    else:
        Watch.objects.filter(user=user, **thing).delete()
    audit.record(Event.WATCH_SET, actor=user, level=level, **_named(namespace, repository, discussion))
    waiting = Notification.objects.filter(user=user).exclude(mail="")
    rows = waiting.select_related("repository").only("discussion_id", "repository__namespace_id")
    _forget_mails(waiting.filter(pk__in=ignored(user, list(rows))))


def _named(
    namespace: Namespace | None, repository: Repository | None, discussion: Discussion | None
) -> dict[str, Any]:
    """How the audit log names what is watched."""
    if discussion is not None:
        return {"subject": f"repository:{discussion.repository_id}", "number": discussion.number}
    return {"subject": (repository or namespace).subject}


@transaction.atomic
def prefer(*, user: User, wishes: list[Wish]) -> None:
    """Set how a user is told of kinds; InvalidInput for a kind or a pace that is none."""
    for wish in wishes:
        if wish.kind not in Reason.values or wish.mail not in Pace.values:
            raise InvalidInput(gettext("A mail goes out at once, once a day, or never."), "mail")
    Preference.objects.bulk_create(
        [Preference(user=user, kind=wish.kind, web=wish.web, mail=wish.mail) for wish in wishes],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["web", "mail"],
    )
    audit.record(
        Event.NOTIFICATIONS_SET,
        actor=user,
        subject=user.namespace.subject,
        wishes=[[str(wish.kind), wish.web, str(wish.mail)] for wish in wishes],
    )
    # What waits follows what is wanted now.
    never = [wish.kind for wish in wishes if wish.mail == Pace.NEVER]
    _forget_mails(Notification.objects.filter(user=user, reason__in=never).exclude(mail=""))


def mark_read(*, user: User, notification_id: int | None = None) -> int:
    """Note that a user read one notification of theirs, or all; returns how many were unread.

    What was read is not told once more by the daily mail.
    """
    own = Notification.objects.filter(user=user)
    if notification_id is not None:
        own = own.filter(pk=notification_id)
    with transaction.atomic():
        _forget_mails(own.filter(mail=Pace.DAILY))
        return _lock_and_update(own.filter(read_at=None, in_web=True), read_at=timezone.now())


def _forget_mails(rows: QuerySet[Notification]) -> None:
    _lock_and_update(rows, mail="", mail_from=None, waits_since=None)


def _lock_and_update(rows: QuerySet[Notification], **values: Any) -> int:
    """Change rows that are locked in the order of their ids, as everybody locks them."""
    ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Notification.objects.filter(pk__in=ids).update(**values) if ids else 0


def forget_told(*, older_than: timedelta) -> None:
    """Forget which audit events were told that are too old to be looked for."""
    Told.objects.filter(created_at__lt=timezone.now() - older_than).delete()
