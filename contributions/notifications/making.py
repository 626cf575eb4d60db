"""Telling people of what happened, once."""

from datetime import timedelta

from django.db import transaction

from accounts.models import AuditEvent, User
from contributions.discussions.models import Discussion
from contributions.notifications import rules, selectors
from contributions.notifications.models import Notification, Told
from contributions.notifications.selectors import News, Wish
from contributions.notifications.vocabulary import Happened, Pace

CHANGED = (
    *("reason", "happened", "actor", "comment", "news", "in_web", "happened_at", "read_at"),
    *("mail", "mail_from", "waits_since", "mailing_news"),
)
# Commits that come so soon belong to the opening of their pull request.
WITH_OPENING = timedelta(minutes=1)


@transaction.atomic
def tell(*, event_id: int) -> list[int]:
    """Tell everybody whom an audit event concerns; returns the notifications with a mail to send now.

    The thread's row is locked, so that what happens in it is told one by one, and what happened there before
    and was not told yet is told first: a mail that quotes a thread up to some event has all before it. Of two
    workers the first to note an event tells of it.
    """
    event = AuditEvent.objects.filter(pk=event_id).first()
    if event is None:
        return []
    news, earlier = selectors.news_of(event), []
    if news is not None and news.discussion is not None:
        Discussion.objects.select_for_update(no_key=True).filter(pk=news.discussion.pk).first()
        earlier = selectors.untold_before(event, news.discussion)
    if earlier:
        # Several events touch rows of several people, which all are locked in the order of their ids first.
        rows = Notification.objects.filter(discussion=news.discussion).select_for_update().order_by("pk")
        list(rows.values_list("pk"))
    found = [pk for each in earlier for pk in _tell_once(each, selectors.news_of(each))]
    return list(dict.fromkeys([*found, *_tell_once(event, news)]))


def _tell_once(event: AuditEvent, news: News | None) -> list[int]:
    """Tell of an event that nobody told of; the rows are locked in the order of their ids."""
    if not Told.objects.get_or_create(event=event.pk)[1] or news is None:
        return []
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
    opening = unread and _opened_with(news)
    # One mail tells whoever has not read it that commits came, and those that only mails tell until there is
    # something else.
    known = unread and (row.in_web or opening or row.happened == Happened.COMMITS)
    quiet = known and new.happened == Happened.COMMITS and new.mail == Pace.IMMEDIATELY
    mail = "" if quiet else new.mail
    if not mail and row.mailing_news == row.news:
        # Whoever is just mailing is not to mail once more.
        row.mailing_news = max(row.news, new.news)
    if row.news < new.news:
        if not opening:
            row.happened, row.actor = new.happened, new.actor
        if new.comment is not None or not (unread or row.mail):
            row.comment = new.comment
        row.news, row.happened_at = new.news, new.happened_at
    row.reason = rules.stronger(row.reason, new.reason) if unread else new.reason
    row.in_web = row.in_web or new.in_web
    row.read_at = None
    if mail:
        row.mail_from, row.waits_since = row.mail_from or new.mail_from, row.waits_since or new.waits_since
        row.mail = rules.sooner(row.mail, mail)


def _opened_with(news: News) -> bool:
    """Whether these are the commits that a pull request was opened with."""
    if news.happened != Happened.COMMITS or news.discussion is None:
        return False
    return news.event.created_at - news.discussion.created_at < WITH_OPENING
