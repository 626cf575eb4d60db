"""Notifications on the pages: read, watched, set, and ended by one click."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions.discussions.services import comment
from contributions.notifications import making, services, unsubscribing
from contributions.notifications.models import Notification, Preference, Watch
from contributions.notifications.selectors import events_to_tell, wishes_of
from contributions.notifications.vocabulary import Reason
from hub.repos.services import change_settings
from tests.browsing import RawPathClient
from tests.factories.discussions import make_discussion, make_pull, session
from tests.factories.repositories import make_repository


def tell_all() -> None:
    for event_id in sorted(events_to_tell(-timezone.timedelta(hours=1))):
        making.tell(event_id=event_id)


@pytest.fixture
def thread(world):
    """A question of the outsider that the admin answered."""
    made = make_discussion(world.public, world.users["outsider"])
    comment(discussion=made, actor=session(world.users["admin"]), text="Because.")
    tell_all()
    return made


def text_of(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_whoever_has_no_account_is_asked_to_log_in(world, thread):
    nobody = world.client("nobody")
    for address in ("/notifications", "/notifications/1", "/settings/notifications"):
        assert nobody.get(address)["Location"].startswith("/accounts/login/")
    assert nobody.post("/profile/acme/watch", {"level": "all"})["Location"].startswith("/accounts/login/")
    assert nobody.post("/acme/bert/watch", {"level": "all"})["Location"].startswith("/accounts/login/")
    assert "/notifications" not in text_of(nobody, "/acme/bert")
    assert not Watch.objects.exists()


def test_the_masthead_counts_what_is_unread_and_a_link_leads_to_the_comment_and_marks_it_read(world, thread):
    outsider = world.client("outsider")
    assert '<span class="tag">1</span></a>' in text_of(outsider, "/models")
    page = text_of(outsider, "/notifications")
    assert "A question" in page
    assert "anna commented" in page
    link = re.search(r'href="(/notifications/\d+)"', page)[1]
    assert outsider.get(link)["Location"] == f"/acme/bert/discussions/1#event-{thread.events.last().pk}"
    assert "You have read everything." in text_of(outsider, "/notifications")
    assert "A question" in text_of(outsider, "/notifications?show=all")
    assert '<span class="tag">1</span></a>' not in text_of(outsider, "/models")


def test_somebody_elses_notification_is_not_there(world, thread):
    row = Notification.objects.get(user=world.users["outsider"])
    admin = world.client("admin")
    assert admin.get(f"/notifications/{row.pk}").status_code == 404
    admin.post("/notifications", {"do": "one", "notification": str(row.pk)})
    row.refresh_from_db()
    assert row.read_at is None
    assert admin.post("/notifications", {"do": "one", "notification": "x"}).status_code == 404


def test_one_or_all_are_marked_as_read(world, thread):
    make_pull(world.public, world.users["outsider"])
    make_pull(world.public, world.users["outsider"])
    tell_all()
    writer = world.client("writer")
    rows = list(Notification.objects.filter(user=world.users["writer"]))
    assert len(rows) == 3
    answer = writer.post("/notifications", {"do": "one", "notification": str(rows[0].pk), "show": "all"})
    assert answer["Location"] == "/notifications?show=all"
    assert Notification.objects.filter(user=world.users["writer"], read_at=None).count() == 2
    writer.post("/notifications", {"do": "all"})
    assert not Notification.objects.filter(user=world.users["writer"], read_at=None).exists()


def test_of_a_repository_that_turned_private_nothing_is_shown(world, thread):
    change_settings(repository=world.public, actor_user=world.users["admin"], visibility="private")
    outsider = world.client("outsider")
    row = Notification.objects.get(user=world.users["outsider"])
    assert "A question" not in text_of(outsider, "/notifications?show=all")
    assert outsider.get(f"/notifications/{row.pk}").status_code == 404


def test_queries_do_not_grow_with_the_rows_and_older_ones_are_a_page_away(world, thread):
    writer = world.client("writer")

    def queries() -> int:
        writer.get("/notifications")
        with CaptureQueriesContext(connection) as captured:
            assert writer.get("/notifications").status_code == 200
        return len(captured)

    few = queries()
    for number in range(31):
        repository = world.public if number else make_repository(world.users["writer"])
        make_discussion(repository, world.users["admin"])
    tell_all()
    assert queries() == few
    page = text_of(writer, "/notifications")
    older = re.search(r'rel="next" href="(\?before=\d+)"', page)[1]
    assert text_of(writer, f"/notifications{older}").count("/notifications/") == 2
    assert writer.get("/notifications?before=x").status_code == 404


def test_a_visitor_watches_a_repository_a_thread_and_an_organisation(world, thread):
    outsider, user = world.client("outsider"), world.users["outsider"]
    assert outsider.post("/acme/bert/watch", {"level": "all"})["Location"] == "/acme/bert"
    answer = outsider.post("/acme/bert/watch", {"level": "ignored", "thread": "1"})
    assert answer["Location"] == "/acme/bert/discussions/1"
    assert outsider.post("/profile/acme/watch", {"level": "participating"})["Location"] == "/acme"
    assert sorted(Watch.objects.filter(user=user).values_list("level", flat=True)) == [
        "all",
        "ignored",
        "participating",
    ]
    assert "Watching" in text_of(outsider, "/acme/bert")
    assert "Ignored" in text_of(outsider, "/acme/bert/discussions/1")
    assert 'value="participating" aria-pressed="true"' in text_of(outsider, "/acme")
    outsider.post("/acme/bert/watch", {"level": ""})
    assert Watch.objects.filter(user=user).count() == 2
    assert outsider.post("/acme/bert/watch", {"level": "loud"}).status_code == 400
    assert outsider.post("/acme/bert/watch", {"level": "all", "thread": "99"}).status_code == 404
    assert outsider.post("/acme/bert/watch", {"level": "all", "thread": "x"}).status_code == 404
    assert outsider.post("/acme/secret/watch", {"level": "all"}).status_code == 404
    assert outsider.get("/acme/bert/watch")["Location"] == "/acme/bert"


def test_a_visitor_sets_how_they_are_told(world):
    outsider, user = world.client("outsider"), world.users["outsider"]
    page = text_of(outsider, "/settings/notifications")
    assert page.count("<fieldset") == len(Reason)
    form = {f"mail-{kind}": "never" for kind in Reason} | {"web-mention": "on", "mail-mention": "daily"}
    assert outsider.post("/settings/notifications", form)["Location"] == "/settings/notifications"
    wishes = wishes_of([user.pk])[user.pk]
    assert (wishes["mention"].web, wishes["mention"].mail) == (True, "daily")
    assert (wishes["release"].web, wishes["release"].mail) == (False, "never")
    assert outsider.post("/settings/notifications", {"web-mention": "on"}).status_code == 400
    assert Preference.objects.filter(user=user).count() == len(Reason)


def test_whoever_confirmed_no_address_is_told_that_no_mail_comes(world):
    outsider, page = world.client("outsider"), "/settings/notifications"
    assert "Mails go to otto@example.org" in text_of(outsider, page)
    EmailAddress.objects.filter(user=world.users["outsider"]).update(verified=False)
    shown = text_of(outsider, page)
    assert "You get no mails yet" in shown
    assert 'href="/settings/emails">E-mail addresses</a></p>' in shown


def test_a_mails_link_shows_a_button_and_ends_mails_without_logging_in(world, thread):
    user = world.users["outsider"]
    link = urlsplit(unsubscribing.address(user, discussion=thread.pk)).path
    # As a mail program does it: no session, no cookie, no token of a form.
    program = RawPathClient(enforce_csrf_checks=True)
    page = text_of(program, link)
    assert "<button>No more of these mails</button>" in page
    assert "A question" not in page
    assert not Watch.objects.exists()
    answer = program.post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Watch.objects.get().level == "ignored"
    for wrong in (f"{link}x", "/unsubscribe/nothing", f"/unsubscribe/{user.pk}"):
        assert program.get(wrong).status_code == 404
        assert program.post(wrong).status_code == 404


def test_a_mails_link_ends_kinds(world):
    user = world.users["outsider"]
    link = urlsplit(unsubscribing.address(user, kinds=(Reason.RELEASE, Reason.WATCHING))).path
    program = RawPathClient(enforce_csrf_checks=True)
    assert "Something that I watch is released" in text_of(program, link)
    program.post(link)
    assert sorted(Preference.objects.values_list("kind", "mail", "web")) == [
        ("release", "never", True),
        ("watching", "never", True),
    ]


def test_services_forget_nothing_of_others(world, thread):
    services.mark_read(user=world.users["outsider"])
    assert Notification.objects.filter(user=world.users["admin"], read_at=None).exists()
