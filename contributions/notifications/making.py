"""Telling people of what happened, once."""

from django.db import transaction

from accounts.models import AuditEvent, User
from contributions.discussions.models import Discussion
from contributions.notifications import rules, selectors
from contributions.notifications.models import Notification, Told
from contributions.notifications.selectors import News, Wish
from contributions.notifications.vocabulary import Happened, Pace

CHANGED = (
    *("reason", "happened", "actor", "comment", "news", "in_web", "happened_at", "read_at"),
    *("mail", "mail_from", "waits_since"),
)


@transaction.atomic
def tell(*, event_id: int) -> list[int]:
    """Tell everybody whom an audit event concerns; returns the notifications with a mail to send now.

    Of two workers the first to note the event tells of it. The thread's row is locked, so that what happens
    in it is told one by one, and those of its notifications in the order of their ids.
    """
    event = AuditEvent.objects.filter(pk=event_id).first()
    if event is None or not Told.objects.get_or_create(event=event_id)[1]:
        return []
    news = selectors.news_of(event)
    if news is None:
        return []
    if news.discussion is not None:
        Discussion.objects.select_for_update(no_key=True).filter(pk=news.discussion.pk).first()
    wishes = selectors.to_tell(news)
    rows = Notification.objects.filter(
        user__in=wishes, repository=news.repository, discussion=news.discussion, tag=news.tag
    )
    known = {row.user_id: row for row in rows.select_for_update().order_by("pk")}
    for user, wish in wishes.items():
        if user.pk in known:
            _move_up(known[user.pk], user, news, wish)
    Notification.objects.bulk_update(known.values(), CHANGED)
    new = [_made(news, user, wish) for user, wish in wishes.items() if user.pk not in known]
    Notification.objects.bulk_create(new)
    return [row.pk for row in [*known.values(), *new] if row.mail == Pace.IMMEDIATELY]


def _made(news: News, user: User, wish: Wish) -> Notification:
    comment = news.comment.pk if news.comment else None
    mail = "" if wish.mail == Pace.NEVER else wish.mail
    return Notification(
        user=user,
        repository=news.repository,
        discussion=news.discussion,
        tag=news.tag,
        reason=wish.kind,
        happened=news.happened,
        actor=news.actor,
        comment=comment,
        news=news.event.pk,
        in_web=wish.web,
        happened_at=news.event.created_at,
        mail=mail,
        mail_from=comment if mail else None,
        waits_since=news.event.created_at if mail else None,
    )


def _move_up(row: Notification, user: User, news: News, wish: Wish) -> None:
    """Take news into a row that is there; news that arrive late change no more than they must."""
    new = _made(news, user, wish)
    unread = row.read_at is None
    if row.news < new.news:
        # That commits came says less than what is unread before it, such as that the pull request was opened.
        if not (unread and new.happened == Happened.COMMITS):
            row.happened, row.actor = new.happened, new.actor
            row.comment = row.comment if unread and row.comment and new.comment is None else new.comment
        row.news, row.happened_at = new.news, new.happened_at
    row.reason = rules.stronger(row.reason, new.reason) if unread else new.reason
    row.in_web = row.in_web or new.in_web
    row.read_at = None
    if new.mail:
        # What a worker is just mailing is quoted there, and not once more.
        fresh = row.mail == "" or row.mailing_until is not None or row.mail_from is None
        row.mail_from = new.mail_from if fresh else min(row.mail_from, new.mail_from or row.mail_from)
        row.mail, row.waits_since = rules.sooner(row.mail, new.mail), row.waits_since or new.waits_since
