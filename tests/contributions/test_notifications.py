"""Who is told what, why and how often; and who is not."""

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.addresses import choose_language, confirm
from accounts.models import AuditEvent, User
from contributions.discussions import services as discussions
from contributions.discussions.models import Discussion
from contributions.discussions.withholding import withhold_comment
from contributions.notifications import mailing, making, services, tasks, unsubscribing
from contributions.notifications.errors import NoSuchLink
from contributions.notifications.models import Notification, Preference, Told, Watch
from contributions.notifications.selectors import (
    Wish,
    count_unread,
    digests_to_send,
    events_to_tell,
    level_of,
    mails_to_send,
    notifications_of,
)
from contributions.notifications.vocabulary import Level, Pace, Reason
from contributions.pulls import merging
from contributions.pulls import services as pulls
from hub.errors import InvalidInput
from hub.repos.services import change_settings, delete_repository
from hub.revisions.releases import make_release
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.factories.discussions import make_discussion, make_pull, push, session
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db

HOUR = timezone.timedelta(hours=1)


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def repository(ada):
    return make_repository(ada, name="m")


def tell_all() -> list[int]:
    """Do what the workers would with everything that nobody was told of."""
    found: list[int] = []
    for event_id in sorted(events_to_tell(-HOUR)):
        found += making.tell(event_id=event_id)
    return found


def told(user: User, *, unread: bool = True) -> list[tuple[str, str]]:
    return [(row.reason, row.happened) for row in notifications_of(user, unread=unread)]


def say(thread: Discussion, user: User, text: str = "Well") -> None:
    discussions.comment(discussion=thread, actor=session(user), text=text)


def send_all() -> list[str]:
    """Send every mail that goes at once; returns to whom."""
    for row in Notification.objects.filter(mail=Pace.IMMEDIATELY).order_by("pk"):
        mailing.send_one(notification_id=row.pk)
    return recipients()


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def events_of(thread: Discussion) -> list[int]:
    """The audit events that a thread's people are told of, in the order of time."""
    told_of = AuditEvent.objects.filter(subject=thread.repository.subject, pk__in=events_to_tell(-HOUR))
    return list(told_of.order_by("pk").values_list("pk", flat=True))


def bodies_to(address: str) -> list[str]:
    return [message.body for message in mail.outbox if message.to == [address]]


def test_whoever_may_write_is_told_of_new_threads_and_nobody_else(ada):
    organisation = make_organisation(owner=ada)
    repository = make_repository(ada, namespace=organisation)
    writer, reader = make_member(organisation, "write"), make_member(organisation, "read")
    asker = make_user()
    make_discussion(repository, asker)
    tell_all()
    assert told(ada) == told(writer) == [("own", "opened")]
    assert told(reader) == told(asker) == []


def test_whoever_takes_part_and_whoever_is_mentioned_is_told_but_never_who_did_it(repository, ada):
    asker, other = make_user(), make_user("otto")
    thread = make_discussion(repository, asker)
    say(thread, ada, "Ask @Otto, or `@nobody`, or @ada")
    tell_all()
    assert told(asker) == [("participating", "commented")]
    assert told(other) == [("mention", "commented")]
    assert told(ada) == [("own", "opened")]


def test_a_thread_has_one_row_a_person_which_moves_up_and_keeps_the_strongest_reason(repository, ada):
    asker = make_user()
    thread, later = make_discussion(repository, asker), make_discussion(repository, asker)
    say(thread, ada, f"@{asker.username} why?")
    say(thread, ada)
    say(later, ada)
    tell_all()
    assert told(asker) == [("participating", "commented"), ("mention", "commented")]
    services.mark_read(user=asker)
    assert told(asker) == []
    say(thread, ada)
    tell_all()
    assert told(asker) == [("participating", "commented")]
    assert told(asker, unread=False)[0] == ("participating", "commented")
    assert Notification.objects.filter(user=asker).count() == 2


def test_a_row_leads_to_the_comment(repository, ada):
    asker = make_user()
    thread = make_discussion(repository, asker)
    event = discussions.comment(discussion=thread, actor=session(ada), text="Here")
    tell_all()
    [row] = notifications_of(asker, unread=True)
    assert row.place == f"/ada/m/discussions/1#event-{event.pk}"


def test_an_event_is_told_once_however_often_the_task_runs(repository, ada):
    asker = make_user()
    make_discussion(repository, asker)
    event = AuditEvent.objects.get(event="discussion.opened")
    assert len(making.tell(event_id=event.pk)) == 1
    services.mark_read(user=ada)
    assert making.tell(event_id=event.pk) == []
    assert told(ada) == []


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_once_one_tells_and_one_mails():
    ada = make_user("ada")
    repository = make_repository(ada)
    for _ in range(3):
        make_discussion(repository, make_user())
    events = list(AuditEvent.objects.filter(event="discussion.opened").values_list("pk", flat=True))
    results = race([lambda pk=pk: making.tell(event_id=pk) for pk in events for _ in range(2)])
    assert not failures(results)
    rows = list(Notification.objects.filter(user=ada).values_list("pk", flat=True))
    assert len(rows) == 3
    results = race([lambda pk=pk: mailing.send_one(notification_id=pk) for pk in rows for _ in range(3)])
    assert not failures(results)
    assert sorted(result.result() for result in results) == [False] * 6 + [True] * 3
    assert recipients() == ["ada@example.org"] * 3


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_sends_the_daily_mail():
    ada, repository = make_user("ada"), make_repository(name="n")
    services.watch(user=ada, level=Level.ALL, repository=repository)
    for _ in range(2):
        make_discussion(repository, make_user())
    tell_all()
    results = race([lambda: mailing.send_digest(user_id=ada.pk)] * 4)
    assert not failures(results)
    assert recipients().count("ada@example.org") == 1


def test_a_watcher_is_told_of_everything_and_the_smaller_thing_counts_first(repository, ada):
    watcher, asker = make_user(), make_user()
    services.watch(user=watcher, level=Level.ALL, namespace=ada.namespace)
    thread = make_discussion(repository, asker)
    make_discussion(make_repository(), asker)
    tell_all()
    assert told(watcher) == [("watching", "opened")]
    services.mark_read(user=watcher)
    services.watch(user=watcher, level=Level.IGNORED, repository=repository)
    say(thread, ada)
    tell_all()
    assert told(watcher) == []
    services.watch(user=watcher, level=Level.ALL, discussion=thread)
    say(thread, ada)
    tell_all()
    assert told(watcher) == [("watching", "commented")]
    services.watch(user=watcher, level="", discussion=thread)
    assert level_of(watcher, discussion=thread) == ""
    assert level_of(watcher, repository=repository) == "ignored"


def test_whoever_ignores_a_thread_is_told_nothing_of_it_even_when_mentioned(repository, ada):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    services.watch(user=asker, level=Level.IGNORED, discussion=thread)
    say(thread, ada, "@asker?")
    tell_all()
    assert told(asker) == []


def test_a_writer_who_wants_only_what_concerns_them_is_not_told_of_new_threads(repository, ada):
    services.watch(user=ada, level=Level.PARTICIPATING, repository=repository)
    make_discussion(repository, make_user())
    make_discussion(repository, make_user(), text="@ada")
    tell_all()
    assert told(ada) == [("mention", "opened")]


def test_a_level_that_is_none_is_refused(repository, ada):
    with pytest.raises(InvalidInput):
        services.watch(user=ada, level="loud", repository=repository)
    assert not Watch.objects.exists()


def test_the_author_of_a_pull_request_is_told_of_its_review_commits_and_merge(repository, ada):
    author, reviewer = make_user("otto"), make_user()
    pull = make_pull(repository, author)
    tell_all()
    assert told(ada) == [("own", "opened")]
    pulls.review(pull=pull, actor=session(reviewer), verdict="request-changes", commit=_head(pull), text="No")
    tell_all()
    assert told(author) == [("review", "changes")]
    services.mark_read(user=author)
    services.mark_read(user=reviewer)
    push(pull, author, {"more.txt": b"more"})
    tell_all()
    assert told(reviewer) == [("participating", "commits")]
    assert told(author) == []
    merging.merge(pull=pull, actor=session(ada), override=True)
    tell_all()
    assert told(author) == [("merged", "merged")]


def _head(pull) -> str:
    return AuditEvent.objects.filter(event="commit.landed", data__ref=pull.head_ref).last().data["commit"]


def test_a_release_is_told_to_those_who_watch(repository, ada):
    watcher = make_user()
    services.watch(user=watcher, level=Level.ALL, repository=repository)
    make_release(repo=repository, tag="v1", start="main", title="One", notes="", actor_user=ada)
    tell_all()
    assert told(watcher) == [("release", "released")]
    assert told(ada) == []
    assert notifications_of(watcher, unread=True)[0].place == "/ada/m/release/v1"


def test_nobody_is_told_of_what_they_may_not_read(ada):
    organisation = make_organisation(owner=ada)
    repository = make_repository(ada, namespace=organisation, visibility="private")
    member, outsider = make_member(organisation, "read"), make_user("otto")
    services.watch(user=outsider, level=Level.ALL, repository=repository)
    services.watch(user=outsider, level=Level.ALL, namespace=organisation)
    services.watch(user=member, level=Level.ALL, repository=repository)
    make_discussion(repository, ada, text="@otto")
    tell_all()
    assert told(member) == [("watching", "opened")]
    assert not Notification.objects.filter(user=outsider).exists()


def test_of_a_repository_that_turned_private_nothing_is_shown_and_nothing_mailed(repository, ada):
    asker = make_user()
    thread = make_discussion(repository, asker)
    say(thread, ada)
    tell_all()
    assert count_unread(asker) == 1
    change_settings(repository=repository, actor_user=ada, visibility="private")
    assert told(asker) == []
    assert count_unread(asker) == 0
    assert send_all() == ["ada@example.org"]
    change_settings(repository=repository, actor_user=ada, visibility="public")
    assert told(asker) == [("participating", "commented")]
    assert send_all() == ["ada@example.org"]


def test_somebody_suspended_is_told_nothing(repository, ada):
    asker = make_user()
    thread = make_discussion(repository, asker)
    say(thread, ada)
    tell_all()
    User.objects.filter(pk=asker.pk).update(suspended_at=timezone.now())
    assert send_all() == ["ada@example.org"]
    Notification.objects.all().delete()
    say(thread, ada)
    tell_all()
    assert not Notification.objects.exists()


def test_news_of_what_is_gone_and_of_who_is_gone(repository, ada):
    asker = make_user()
    thread = make_discussion(make_repository(name="other"), asker)
    make_discussion(repository, ada)
    say(thread, make_user("gone"))
    User.objects.get(username="gone").delete()
    delete_repository(repository=repository, actor_user=ada)
    tell_all()
    assert told(asker) == [("participating", "commented")]
    assert notifications_of(asker, unread=True)[0].actor is None
    assert not events_to_tell(-HOUR)


def test_queries_do_not_grow_with_the_people():
    def counted(people: int) -> int:
        ada = make_user()
        organisation = make_organisation(owner=ada)
        repository = make_repository(ada, namespace=organisation)
        thread = make_discussion(repository, ada)
        for _ in range(people):
            make_member(organisation, "write")
            say(thread, make_user())
            services.watch(user=make_user(), level=Level.ALL, repository=repository)
        say(thread, ada, "@somebody")
        *earlier, last = events_of(thread)
        for event_id in earlier:
            making.tell(event_id=event_id)
        with CaptureQueriesContext(connection) as captured:
            making.tell(event_id=last)
        assert Notification.objects.filter(repository=repository).count() == 3 * people + 1
        return len(captured)

    assert counted(2) == counted(6)


def test_a_mail_says_what_happened_why_it_comes_and_how_to_get_no_more(repository, ada, settings):
    settings.LOCAL_URL = "https://hub.example"
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    say(thread, ada, "Because.")
    say(thread, ada, "And @asker, look.")
    hidden = discussions.comment(discussion=thread, actor=session(ada), text="Oops")
    discussions.hide_comment(discussion=thread, event_id=hidden.pk, actor=session(ada))
    withheld = discussions.comment(discussion=thread, actor=session(ada), text="Buy this, @grace")
    make_user("grace")
    withhold_comment(event=withheld, actor_user=None)
    tell_all()
    send_all()
    assert not [message for message in mail.outbox if message.to == ["grace@example.org"]]
    message = next(message for message in mail.outbox if message.to == ["asker@example.org"])
    assert message.subject == "[ada/m] A question (#1)"
    assert "ada commented:\n\nBecause.\n\nada commented:\n\nAnd @asker, look." in message.body
    assert "Why?" not in message.body
    assert "Oops" not in message.body
    assert "Buy this" not in message.body
    assert f"https://hub.example/ada/m/discussions/1#event-{withheld.pk}" in message.body
    assert "because somebody mentioned you" in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in message.body
    assert link.startswith("https://hub.example/unsubscribe/")


def test_the_next_mail_tells_only_what_came_since(repository, ada):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    for text in ("First.", "Second."):
        say(thread, ada, text)
        tell_all()
        send_all()
    bodies = [message.body for message in mail.outbox if message.to == ["asker@example.org"]]
    assert ["First." in body for body in bodies] == [True, False]
    assert ["Second." in body for body in bodies] == [False, True]


def test_what_comes_while_a_mail_goes_out_is_mailed_next(repository, ada, monkeypatch):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    say(thread, ada, "First.")
    tell_all()
    row = Notification.objects.get(user=asker)
    send = EmailBackend.send_messages

    def meanwhile(backend, messages):
        monkeypatch.setattr(EmailBackend, "send_messages", send)
        say(thread, ada, "Second.")
        tell_all()
        assert not mailing.send_one(notification_id=row.pk)
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", meanwhile)
    assert mailing.send_one(notification_id=row.pk)
    assert mailing.send_one(notification_id=row.pk)
    assert ["Second." in message.body for message in mail.outbox] == [False, True]
    assert "First." not in mail.outbox[1].body


def test_a_mail_quotes_nothing_that_is_told_after_it(repository, ada):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    tell_all()
    send_all()
    discussions.change_status(discussion=thread, actor=session(ada), status="closed", text="Enough.")
    commented, closed = events_of(thread)
    making.tell(event_id=commented)
    send_all()
    making.tell(event_id=closed)
    send_all()
    bodies = bodies_to("asker@example.org")
    assert ["Enough." in body for body in bodies] == [True, False]
    assert ["ada closed it." in body for body in bodies] == [False, True]


def test_a_merge_with_a_comment_is_quoted_once(repository, ada):
    author = make_user("author")
    pull = make_pull(repository, author)
    tell_all()
    merging.merge(pull=pull, actor=session(ada), text="Thank you.", override=True)
    for event_id in events_of(pull.discussion):
        making.tell(event_id=event_id)
        send_all()
    bodies = bodies_to("author@example.org")
    assert ["Thank you." in body for body in bodies] == [True, False]
    assert ["ada merged it." in body for body in bodies] == [False, True]


def test_what_is_told_in_the_wrong_order_is_quoted_once_and_none_is_lost(repository, ada):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    tell_all()
    for text in ("First.", "Second.", "Third."):
        say(thread, ada, text)
    first, second, third = events_of(thread)
    for event_id in (second, third, first):
        making.tell(event_id=event_id)
        send_all()
    bodies = bodies_to("asker@example.org")
    assert ["First." in body for body in bodies] == [True, False]
    assert ["Second." in body for body in bodies] == [True, False]
    assert ["Third." in body for body in bodies] == [False, True]


def test_what_comes_while_a_mail_fails_is_quoted_with_it_by_the_next(repository, ada, monkeypatch):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    say(thread, ada, "First.")
    tell_all()
    row = Notification.objects.get(user=asker)

    def fail(backend, messages):
        say(thread, ada, "Second.")
        tell_all()
        raise OSError("no route")

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", fail)
        assert not mailing.send_one(notification_id=row.pk)
    assert mailing.send_one(notification_id=row.pk)
    assert not mailing.send_one(notification_id=row.pk)
    [body] = bodies_to("asker@example.org")
    assert body.index("First.") < body.index("Second.")


def test_what_a_dead_worker_held_is_quoted_with_what_came_since(repository, ada):
    asker = make_user("asker")
    thread = make_discussion(repository, asker)
    say(thread, ada, "First.")
    tell_all()
    rows = Notification.objects.filter(user=asker)
    rows.update(mailing_until=timezone.now() + HOUR, mailing_news=rows.get().news)
    say(thread, ada, "Second.")
    tell_all()
    rows.update(mailing_until=timezone.now() - HOUR)
    assert mailing.send_one(notification_id=rows.get().pk)
    [body] = bodies_to("asker@example.org")
    assert "First." in body
    assert "Second." in body


def test_commits_on_what_is_unread_are_told_by_one_mail_and_in_true_words(repository, ada):
    author = make_user("carl")
    services.watch(user=ada, level=Level.ALL, repository=repository)
    services.prefer(user=ada, wishes=[Wish(Reason.WATCHING, True, Pace.IMMEDIATELY)])
    pull = make_pull(repository, author)
    tell_all()
    assert told(ada) == [("own", "opened")]
    assert send_all() == ["ada@example.org"]
    Discussion.objects.filter(pk=pull.discussion.pk).update(created_at=timezone.now() - HOUR)
    for number in range(3):
        push(pull, author, {"more.txt": b"%d" % number})
        tell_all()
        send_all()
    assert len(mail.outbox) == 1
    assert told(ada) == [("own", "commits")]
    services.mark_read(user=ada)
    for number in range(3):
        push(pull, author, {"more.txt": b"again %d" % number})
        tell_all()
        send_all()
    assert len(mail.outbox) == 2
    assert "carl added commits." in mail.outbox[1].body
    assert "opened" not in mail.outbox[1].body


def test_commits_that_come_while_a_mail_goes_out_cause_no_other(repository, ada, monkeypatch):
    author = make_user("carl")
    services.watch(user=ada, level=Level.ALL, repository=repository)
    services.prefer(user=ada, wishes=[Wish(Reason.WATCHING, True, Pace.IMMEDIATELY)])
    pull = make_pull(repository, author)
    tell_all()
    row, send = Notification.objects.get(user=ada), EmailBackend.send_messages

    def meanwhile(backend, messages):
        push(pull, author, {"more.txt": b"more"})
        tell_all()
        return send(backend, messages)

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", meanwhile)
        assert mailing.send_one(notification_id=row.pk)
    assert mails_to_send(-HOUR) == []
    assert not mailing.send_one(notification_id=row.pk)


def test_a_mail_says_that_commits_came_after_what_it_quotes(repository, ada):
    author, other = make_user("carl"), make_user()
    pull = make_pull(repository, author)
    Discussion.objects.filter(pk=pull.discussion.pk).update(created_at=timezone.now() - HOUR)
    tell_all()
    Notification.objects.all().delete()
    say(pull.discussion, ada)
    say(pull.discussion, other, "Please more.")
    push(pull, author, {"more.txt": b"more"})
    tell_all()
    send_all()
    [body] = bodies_to("ada@example.org")
    assert body.index("Please more.") < body.index("carl added commits.")


def test_whoever_wants_mails_alone_gets_one_for_pushes_in_a_row(repository, ada):
    author = make_user("carl")
    pull = make_pull(repository, author)
    wishes = [Wish(kind, False, Pace.IMMEDIATELY) for kind in (Reason.OWN, Reason.PARTICIPATING)]
    services.prefer(user=ada, wishes=wishes)
    say(pull.discussion, ada)
    tell_all()
    assert "ada@example.org" in send_all()
    mail.outbox.clear()
    Discussion.objects.filter(pk=pull.discussion.pk).update(created_at=timezone.now() - HOUR)
    for number in range(3):
        push(pull, author, {"more.txt": b"%d" % number})
        tell_all()
        send_all()
    [body] = bodies_to("ada@example.org")
    assert "carl added commits." in body


def test_the_daily_mail_counts_commits_on_what_is_unread(repository, ada):
    watcher, author = make_user("watcher"), make_user("carl")
    services.watch(user=watcher, level=Level.ALL, repository=repository)
    pull = make_pull(repository, author)
    tell_all()
    assert mailing.send_digest(user_id=watcher.pk)
    Discussion.objects.filter(pk=pull.discussion.pk).update(created_at=timezone.now() - HOUR)
    push(pull, author, {"more.txt": b"more"})
    tell_all()
    assert mailing.send_digest(user_id=watcher.pk)
    assert "carl added commits." in mail.outbox[1].body


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (SMTPServerDisconnected("gone"), True),
        (OSError("no route"), True),
        (SMTPRecipientsRefused({"x": (450, b"later")}), True),
        (SMTPRecipientsRefused({"x": (550, b"never")}), False),
    ],
)
def test_a_mail_that_cannot_go_now_is_tried_again_by_the_sweep(repository, ada, monkeypatch, problem, again):
    make_discussion(repository, make_user())
    [row] = tell_all()

    def fail(backend, messages):
        raise problem

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", fail)
        assert not mailing.send_one(notification_id=row)
    assert mails_to_send(-HOUR) == ([row] if again else [])
    assert mailing.send_one(notification_id=row) is again


def test_a_mail_that_goes_once_more_since_a_worker_died_has_the_id_of_the_first(repository, ada):
    thread = make_discussion(repository, make_user("otto"))
    [pk] = tell_all()
    row = Notification.objects.filter(pk=pk)

    def ids() -> list[str]:
        return [message.message()["Message-ID"] for message in mail.outbox]

    for pace, send in (
        (Pace.IMMEDIATELY, lambda: mailing.send_one(notification_id=pk)),
        (Pace.DAILY, lambda: mailing.send_digest(user_id=ada.pk)),
    ):
        row.update(mail=pace)
        for _ in range(2):
            before = row.values().get()
            assert send()
            # As if the worker had died when the mail server had just taken it, and the hold had run out.
            row.update(**before)
    assert [ids()[0], ids()[2]] == [ids()[1], ids()[3]]
    say(thread, make_user("eve"), "And, @ada?")
    tell_all()
    row.update(mail=Pace.IMMEDIATELY)
    assert mailing.send_one(notification_id=pk)
    assert len(set(ids())) == 3


def test_a_row_that_a_dead_worker_held_is_free_after_a_while(repository):
    make_discussion(repository, make_user())
    [pk] = tell_all()
    Notification.objects.filter(pk=pk).update(mailing_until=timezone.now() + HOUR)
    assert not mailing.send_one(notification_id=pk)
    Notification.objects.filter(pk=pk).update(mailing_until=timezone.now() - HOUR)
    assert mailing.send_one(notification_id=pk)


def test_the_daily_mail_has_everything_that_waits_once_a_day_and_nothing_that_was_read(ada):
    watcher, asker = make_user("watcher"), make_user()
    for name in ("first", "second", "third"):
        repository = make_repository(ada, name=name)
        services.watch(user=watcher, level=Level.ALL, repository=repository)
        make_discussion(repository, asker)
    tell_all()
    read = notifications_of(watcher, unread=True).get(repository__name="third")
    services.mark_read(user=watcher, notification_id=read.pk)
    assert digests_to_send(HOUR) == []
    assert digests_to_send(-HOUR) == [watcher.pk]
    tasks.digest(watcher.pk)
    tasks.digest(watcher.pk)
    [message] = mail.outbox
    assert message.subject == "2 things happened on the hub"
    assert "[ada/first] A question (#1)" in message.body
    assert "ada/second/discussions/1" in message.body
    assert "third" not in message.body
    assert "/settings/notifications" in message.body
    assert digests_to_send(-HOUR) == []


def test_the_daily_mail_leaves_out_what_may_not_be_seen(ada):
    watcher = make_user("watcher")
    repositories = [make_repository(ada, name=name) for name in ("open", "shut")]
    for repository in repositories:
        services.watch(user=watcher, level=Level.ALL, repository=repository)
        make_discussion(repository, ada)
    tell_all()
    change_settings(repository=repositories[1], actor_user=ada, visibility="private")
    tasks.digest(watcher.pk)
    assert "shut" not in mail.outbox[0].body
    assert digests_to_send(-HOUR) == []


def test_whoever_wants_no_mails_gets_none_and_whoever_wants_nothing_has_no_row(repository, ada):
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, Pace.NEVER)])
    make_discussion(repository, make_user())
    assert tell_all() == []
    assert told(ada) == [("own", "opened")]
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, False, Pace.NEVER)])
    make_discussion(repository, make_user())
    tell_all()
    assert Notification.objects.count() == 1


def test_whoever_wants_mails_alone_sees_nothing_on_the_web(repository, ada):
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, False, Pace.IMMEDIATELY)])
    make_discussion(repository, make_user())
    tell_all()
    assert told(ada) == []
    assert send_all() == ["ada@example.org"]


def test_what_waits_follows_what_is_wanted_now(repository, ada):
    make_discussion(repository, make_user())
    tell_all()
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, Pace.NEVER)])
    assert send_all() == []
    with pytest.raises(InvalidInput):
        services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, "hourly")])
    assert Preference.objects.get().mail == "never"


@pytest.mark.parametrize("pace", [Pace.IMMEDIATELY, Pace.DAILY])
@pytest.mark.parametrize("thing", ["discussion", "repository", "namespace"])
def test_whoever_wants_nothing_of_it_gets_no_mail_that_waits(repository, ada, thing, pace):
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, pace)])
    thread = make_discussion(repository, make_user())
    tell_all()
    things = {"discussion": thread, "repository": repository, "namespace": repository.namespace}
    services.watch(user=ada, level=Level.IGNORED, **{thing: things[thing]})
    assert mails_to_send(-HOUR) == digests_to_send(-HOUR) == []
    assert send_all() == []
    assert not mailing.send_digest(user_id=ada.pk)
    assert told(ada) == [("own", "opened")]


def test_the_mails_of_others_of_other_things_and_of_a_smaller_thing_still_go(ada):
    watcher, other, asker = make_user("watcher"), make_user("other"), make_user()
    kept, dropped, elsewhere = make_repository(ada), make_repository(ada), make_repository()
    for user in (watcher, other):
        for repository in (kept, dropped, elsewhere):
            services.watch(user=user, level=Level.ALL, repository=repository)
    for repository in (kept, dropped, elsewhere):
        make_discussion(repository, asker)
    tell_all()
    services.watch(user=watcher, level=Level.IGNORED, namespace=ada.namespace)
    assert Notification.objects.filter(user=watcher, mail="daily").count() == 3
    services.watch(user=watcher, level="", repository=dropped)
    waiting = Notification.objects.filter(user=watcher, mail="daily").values_list("repository", flat=True)
    assert sorted(waiting) == sorted([kept.pk, elsewhere.pk])
    assert Notification.objects.filter(user=other, mail="daily").count() == 3


def test_sending_asks_again_whether_it_is_wanted(repository, ada):
    thread = make_discussion(repository, make_user())
    tell_all()
    # As when it was told at the same moment.
    Watch.objects.create(user=ada, discussion=thread, level=Level.IGNORED)
    assert send_all() == []
    assert mails_to_send(-HOUR) == []


def test_one_click_ends_the_mail_about_a_thread_that_waits(repository, ada):
    thread = make_discussion(repository, make_user())
    tell_all()
    signed = unsubscribing.address(ada, discussion=thread.pk).rpartition("/")[2]
    unsubscribing.end(unsubscribing.read(signed))
    assert mails_to_send(-HOUR) == []
    assert send_all() == []


def test_one_click_ends_the_mails_about_a_thread(repository, ada):
    asker = make_user()
    thread = make_discussion(repository, asker)
    signed = urlsplit(unsubscribing.address(asker, discussion=thread.pk)).path.removeprefix("/unsubscribe/")
    for _ in range(2):
        unsubscribing.end(unsubscribing.read(signed))
    say(thread, ada)
    tell_all()
    assert told(asker) == []
    for wrong in (signed[:-1], f"{signed}x", "", "a:b:c", "ü"):
        with pytest.raises(NoSuchLink):
            unsubscribing.read(wrong)
    thread.delete()
    with pytest.raises(NoSuchLink):
        unsubscribing.read(signed)


def test_one_click_ends_the_mails_of_kinds_and_the_web_goes_on(repository, ada):
    signed = unsubscribing.address(ada, kinds=(Reason.OWN,)).rpartition("/")[2]
    unsubscribing.end(unsubscribing.read(signed))
    make_discussion(repository, make_user())
    assert tell_all() == []
    assert told(ada) == [("own", "opened")]


def test_the_sweep_finds_what_was_lost_and_forgets_what_is_old(repository, ada, monkeypatch):
    queued = []
    monkeypatch.setattr(
        tasks, "enqueue", lambda task, *args: queued.append((task.name.split(".")[-1], *args))
    )
    make_discussion(repository, make_user())
    event = AuditEvent.objects.get(event="discussion.opened")
    old = Told.objects.create(event=0, created_at=timezone.now() - 72 * HOUR)
    monkeypatch.setattr("django.conf.settings.RECHECK_AFTER", -60)
    tasks.sweep()
    assert queued == [("tell", event.pk)]
    assert not Told.objects.filter(pk=old.pk).exists()
    queued.clear()
    tasks.tell(event.pk)
    row = Notification.objects.get()
    assert queued == [("mail", row.pk)]
    queued.clear()
    tasks.sweep()
    assert queued == [("mail", row.pk)]


def test_no_mail_goes_to_an_address_that_nobody_confirmed(repository, ada):
    bob = make_user("bob", confirmed=False)
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, Pace.DAILY)])
    thread = make_discussion(repository, make_user(), text="What do you think, @bob?")
    tell_all()
    assert told(bob) == [("mention", "opened")]
    assert send_all() == []
    assert mails_to_send(-HOUR) == []
    confirm(bob)
    say(thread, make_user(), "And @bob?")
    tell_all()
    EmailAddress.objects.filter(user=ada).update(verified=False)
    assert not mailing.send_digest(user_id=ada.pk)
    assert "bob@example.org" in send_all()
    assert "ada@example.org" not in recipients()


def test_mails_go_to_the_address_that_was_confirmed_and_not_to_one_that_waits(repository, ada):
    User.objects.filter(pk=ada.pk).update(email="typed@example.org")
    make_discussion(repository, make_user())
    tell_all()
    assert send_all() == ["ada@example.org"]


def test_a_mail_is_in_the_language_that_its_reader_chose(repository, ada):
    choose_language(user=ada, language="de")
    make_discussion(repository, make_user())
    tell_all()
    with translation.override("zh-hans"):
        send_all()
        assert "Du bekommst" in mail.outbox[0].body or "Sie erhalten" in mail.outbox[0].body
        mail.outbox.clear()
        services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, Pace.DAILY)])
        make_discussion(repository, make_user())
        tell_all()
        mailing.send_digest(user_id=ada.pk)
    assert "thing happened" not in mail.outbox[0].subject
    assert mail.outbox[0].subject.isascii() or "ä" in mail.outbox[0].subject


@pytest.mark.django_db(transaction=True)
def test_mailing_reading_telling_and_unsubscribing_do_not_wait_in_a_circle():
    ada = make_user("ada")
    repository = make_repository(ada, name="m")
    services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, Pace.DAILY)])
    asker = make_user()
    threads = [make_discussion(repository, asker) for _ in range(12)]
    tell_all()
    for thread in threads:
        say(thread, asker)
    late = sorted(events_to_tell(-HOUR))
    signed = unsubscribing.address(ada, kinds=(Reason.OWN, Reason.PARTICIPATING)).rpartition("/")[2]

    def often(act):
        return lambda: [act() for _ in range(6)]

    acts = [
        often(lambda: mailing.send_digest(user_id=ada.pk)),
        often(lambda: services.mark_read(user=ada)),
        often(lambda: unsubscribing.end(unsubscribing.read(signed))),
        often(lambda: services.prefer(user=ada, wishes=[Wish(Reason.OWN, True, Pace.DAILY)])),
        often(lambda: services.watch(user=ada, level=Level.IGNORED, repository=repository)),
        often(lambda: services.watch(user=ada, level="", repository=repository)),
        lambda: [making.tell(event_id=event_id) for event_id in late],
        lambda: [making.tell(event_id=event_id) for event_id in reversed(late)],
    ]
    assert failures(race(acts)) == []


@pytest.mark.django_db(transaction=True)
def test_whatever_workers_tell_and_mail_at_once_each_comment_is_quoted_once():
    ada = make_user("ada")
    repository, asker = make_repository(ada, name="m"), make_user("asker")
    thread = make_discussion(repository, asker)
    tell_all()
    said = [f"Word {number}." for number in range(6)]
    for text in said:
        say(thread, ada, text)

    def work(event_id: int) -> None:
        for pk in making.tell(event_id=event_id):
            mailing.send_one(notification_id=pk)

    acts = [lambda event_id=event_id: work(event_id) for event_id in events_of(thread)]
    assert failures(race(acts * 2)) == []
    send_all()
    bodies = bodies_to("asker@example.org")
    assert [sum(text in body for body in bodies) for text in said] == [1] * len(said)


@pytest.mark.django_db(transaction=True)
def test_the_news_wakes_the_task(monkeypatch):
    queued = []
    monkeypatch.setattr("contributions.notifications.subscribers.enqueue", lambda task, pk: queued.append(pk))
    repository = make_repository()
    pull = make_pull(repository, make_user())
    push(pull, pull.discussion.author, {"more.txt": b"more"})
    events = AuditEvent.objects.filter(pk__in=queued).order_by("pk").values_list("event", flat=True)
    assert list(events) == ["discussion.opened", "commit.landed", "commit.landed"]


def test_what_people_want_to_be_told_of_is_on_the_record():
    ada = make_user("ada")
    repository = make_repository(ada)
    thread = make_discussion(repository, ada)
    services.watch(user=ada, level="all", repository=repository)
    services.watch(user=ada, level="ignored", discussion=thread)
    services.watch(user=ada, level="", namespace=ada.namespace)
    services.prefer(user=ada, wishes=[Wish("mention", True, "never")])
    acts = AuditEvent.objects.filter(event__in=["watch.set", "notifications.set"], actor=ada).order_by("id")
    assert [(act.subject, act.data) for act in acts] == [
        (repository.subject, {"level": "all"}),
        (repository.subject, {"level": "ignored", "number": thread.number}),
        (ada.namespace.subject, {"level": ""}),
        (ada.namespace.subject, {"wishes": [["mention", True, "never"]]}),
    ]
