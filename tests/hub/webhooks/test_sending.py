"""From an event to a webhook's address: who is told, what, how often, and when no more."""

import hashlib
import hmac
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from huggingface_hub import WebhookPayload

from accounts.addresses import choose_language
from accounts.models import AuditEvent
from contributions.discussions import services as talk
from contributions.discussions.withholding import serve_comment, withhold_comment
from contributions.pulls.merging import merge
from contributions.pulls.selectors import sides_of
from contributions.pulls.services import review
from hub.errors import InvalidInput
from hub.personal.services import delete_account
from hub.repos.services import change_settings, delete_repository, take_down
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline
from hub.revisions.refs import create_tag, delete_ref
from hub.webhooks import log, selectors, sending, services, tasks
from hub.webhooks.delivery import Outcome
from hub.webhooks.errors import WebhookNotFound
from hub.webhooks.models import Delivery, Watch, Webhook
from hub.webhooks.vocabulary import TOLD, Reason, State
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.factories.discussions import make_discussion, make_pull, session
from tests.factories.repositories import commit, make_repository
from tests.factories.webhooks import LOOPBACK, deliver, make_webhook
from tests.racing import race
from tests.receiving import receiving

pytestmark = pytest.mark.django_db
SECRET = "a secret of theirs"


@pytest.fixture
def owner():
    return make_user("ada")


@pytest.fixture
def outsider():
    return make_user("otto")


@pytest.fixture
def thing(owner):
    return make_repository(owner, name="thing")


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with receiving() as one:
        yield one


def news() -> list[AuditEvent]:
    """Every event that webhooks hear of."""
    return list(AuditEvent.objects.filter(event__in=TOLD).order_by("pk"))


def tell() -> list[State | None]:
    """Note all news and make one try of each delivery that is due."""
    log.note(events=news())
    due = Delivery.objects.filter(state=State.QUEUED, next_at__lte=timezone.now())
    return [deliver(pk) for pk in due.order_by("next_at").values_list("pk", flat=True)]


def later(**time) -> None:
    """As if so much time had passed."""
    for row in Delivery.objects.all():
        Delivery.objects.filter(pk=row.pk).update(
            next_at=row.next_at - timedelta(**time), created_at=row.created_at - timedelta(**time)
        )


def test_a_commit_is_told_and_signed(receiver, owner, thing):
    webhook = make_webhook(owner, ("model", "ada/thing"), url=receiver.url, secret=SECRET)
    former = thing.head
    head = commit(thing, owner, [AddInline("README.md", b"# Thing\n")])
    assert tell() == [State.DELIVERED]
    [told], [headers], [body] = receiver.payloads, receiver.heads, receiver.bodies
    assert told == {
        "event": {"action": "update", "scope": "repo.content"},
        "repo": {
            "type": "model",
            "name": "ada/thing",
            "id": f"{thing.pk:024x}",
            "private": False,
            "url": {
                "web": "http://127.0.0.1:8000/ada/thing",
                "api": "http://127.0.0.1:8000/api/models/ada/thing",
            },
            "owner": {"id": f"{owner.namespace.pk:024x}"},
            "headSha": head,
        },
        "updatedRefs": [{"ref": "refs/heads/main", "oldSha": former, "newSha": head}],
        "webhook": {"id": webhook.key, "version": 3},
    }
    assert (headers["X-Webhook-Secret"], headers["Content-Type"]) == (SECRET, "application/json")
    assert headers["User-Agent"].startswith("Allmende")
    at, signed = (part.partition("=")[2] for part in headers["X-Webhook-Signature"].split(","))
    assert signed == hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    row = Delivery.objects.get()
    assert headers["X-Webhook-Delivery"] == str(row.key)
    assert (row.status, row.reason, row.tries) == (200, "", 1)
    assert row.seconds > 0


def test_without_a_secret_nothing_is_signed(receiver, owner, thing):
    make_webhook(owner, url=receiver.url)
    create_tag(repo=thing, name="v1", revision=None, actor_user=owner)
    tell()
    assert not {"X-Webhook-Secret", "X-Webhook-Signature"} & set(receiver.heads[0])


def test_every_event_of_a_repository_is_told(receiver, owner, thing):
    make_webhook(owner, url=receiver.url)
    head = thing.head
    create_tag(repo=thing, name="v1", revision=None, actor_user=owner)
    delete_ref(repo=thing, ref="refs/tags/v1", actor_user=owner)
    change_settings(repository=thing, actor_user=owner, visibility="private", gated="auto")
    moved = move_repository(repository=thing, namespace=owner.namespace, name="other", actor_user=owner)
    tell()
    delete_repository(repository=moved, actor_user=owner)
    tell()
    made, gone, changed, moving, deleted = receiver.payloads
    assert made["updatedRefs"] == [{"ref": "refs/tags/v1", "oldSha": None, "newSha": head}]
    assert gone["updatedRefs"] == [{"ref": "refs/tags/v1", "oldSha": head, "newSha": None}]
    assert changed["event"] == {"action": "update", "scope": "repo.config"}
    assert changed["updatedConfig"] == {"private": True, "gated": "auto"}
    assert moving["event"] == {"action": "move", "scope": "repo"}
    assert (moving["repo"]["name"], moving["movedTo"]["name"]) == ("ada/thing", "ada/other")
    assert deleted["event"] == {"action": "delete", "scope": "repo"}
    assert (deleted["repo"]["name"], deleted["repo"]["private"]) == ("ada/other", True)


def test_a_discussion_from_its_opening_to_its_end_is_told(receiver, owner, outsider, thing):
    make_webhook(owner, url=receiver.url)
    thread = make_discussion(thing, outsider, text="Why?")
    comment = talk.comment(discussion=thread, actor=session(owner), text="Because.")
    talk.rename(discussion=thread, actor=session(owner), title="An answer")
    talk.change_status(discussion=thread, actor=session(owner), status="closed")
    tell()
    opened, said, renamed, closed = receiver.payloads
    assert opened["event"] == {"action": "create", "scope": "discussion"}
    # As it is when it is sent.
    assert opened["discussion"] == {
        "id": f"{thread.pk:024x}",
        "title": "An answer",
        "url": {
            "web": "http://127.0.0.1:8000/ada/thing/discussions/1",
            "api": "http://127.0.0.1:8000/api/models/ada/thing/discussions/1",
        },
        "status": "closed",
        "pinned": False,
        "num": 1,
        "isPullRequest": False,
        "author": {"id": f"{outsider.namespace.pk:024x}"},
    }
    assert (opened["comment"]["content"], said["comment"]["content"]) == ("Why?", "Because.")
    assert said["event"] == {"action": "create", "scope": "discussion.comment"}
    assert said["comment"] == {
        "id": comment.event_id,
        "author": {"id": f"{owner.namespace.pk:024x}"},
        "hidden": False,
        "content": "Because.",
        "url": {"web": f"http://127.0.0.1:8000/ada/thing/discussions/1#event-{comment.pk}"},
    }
    assert renamed["event"] == closed["event"] == {"action": "update", "scope": "discussion"}


def test_what_was_hidden_before_it_is_sent_is_not_told(receiver, owner, outsider, thing):
    make_webhook(owner, url=receiver.url)
    thread = make_discussion(thing, outsider)
    comment = talk.comment(discussion=thread, actor=session(outsider), text="A slander")
    talk.hide_comment(discussion=thread, event_id=comment.pk, actor=session(owner))
    another = talk.comment(discussion=thread, actor=session(outsider), text="Another slander")
    withhold_comment(event=another, actor_user=None)
    tell()
    assert len(receiver.bodies) == 5
    assert not any(b"slander" in body for body in receiver.bodies)
    hidden = [told["comment"]["hidden"] for told in receiver.payloads if "comment" in told]
    assert hidden == [False, True, True, True, True]


def test_a_pull_request_and_its_merge_are_told(receiver, owner, outsider, thing):
    make_webhook(owner, url=receiver.url)
    pull = make_pull(thing, outsider)
    tell()
    said = [(one["event"]["action"], one["event"]["scope"]) for one in receiver.payloads]
    assert said == [("create", "discussion"), ("update", "repo.content")]
    assert receiver.payloads[0]["discussion"]["changes"] == {"base": "refs/heads/main"}
    assert receiver.payloads[1]["updatedRefs"][0]["ref"] == "refs/pr/1"
    receiver.bodies.clear()
    merged = merge(pull=pull, actor=session(owner), override=True)
    tell()
    landed, status = receiver.payloads
    assert landed["updatedRefs"][0]["newSha"] == merged
    assert status["discussion"]["status"] == "merged"
    assert status["discussion"]["changes"] == {"base": "refs/heads/main", "mergeCommitId": merged}


def test_only_what_is_watched_and_only_of_the_domain_is_told(owner, outsider, thing):
    other = make_repository(owner, name="other", kind="dataset")
    all_of_ada = make_webhook(outsider, ("user", "ada"))
    one = make_webhook(outsider, ("dataset", "ada/other"), domains=["discussion"])
    make_webhook(outsider, ("user", "otto"))
    commit(thing, owner, [AddInline("a", b"a")])
    commit(other, owner, [AddInline("a", b"a")])
    make_discussion(other, owner)
    log.note(events=news())
    told = Delivery.objects.order_by("event", "webhook").values_list("event__event", "webhook")
    assert list(told) == [
        ("commit.landed", all_of_ada.pk),
        ("commit.landed", all_of_ada.pk),
        ("discussion.opened", all_of_ada.pk),
        ("discussion.opened", one.pk),
    ]


def test_nobody_is_told_of_what_they_may_not_read_when_it_is_sent(receiver, owner, outsider):
    lab = make_organisation("lab", owner=owner)
    member = make_member(lab, "read", make_user("mia"))
    things = [make_repository(owner, namespace=lab, name=name) for name in ("open", "shut", "down")]
    for user in (outsider, member):
        make_webhook(
            user, ("org", "lab"), *[("model", f"lab/{one.name}") for one in things], url=receiver.url
        )
    for one in things:
        commit(one, owner, [AddInline("secret.txt", b"a")])
    secret = make_repository(owner, namespace=lab, name="secret", visibility="private")
    secret_subject = secret.subject
    log.note(events=news())
    change_settings(repository=things[1], actor_user=owner, visibility="private")
    take_down(repository=things[2], actor_user=None)
    tell()
    keys = {user: Webhook.objects.get(user=user).key for user in (outsider, member)}
    told = {
        user: {one["repo"]["name"] for one in receiver.payloads if one["webhook"]["id"] == key}
        for user, key in keys.items()
    }
    assert told[outsider] == {"lab/open"}
    assert told[member] == {"lab/open", "lab/shut", "lab/down", "lab/secret"}
    receiver.bodies.clear()
    delete_repository(repository=secret, actor_user=owner)
    # The log of an outsider's webhook has nothing of what was private all along.
    assert tell() == [State.DELIVERED]
    assert [one["webhook"]["id"] for one in receiver.payloads] == [keys[member]]
    # What was dropped is not sent again by asking for it.
    dropped = Delivery.objects.filter(webhook__user=outsider, state=State.DROPPED, reason=Reason.UNSEEN)
    assert dropped.count() >= 2
    assert not Delivery.objects.filter(webhook__user=outsider, event__subject=secret_subject).exists()
    receiver.bodies.clear()
    for row in dropped:
        again = log.redeliver(webhook=row.webhook, key=str(row.key))
        assert deliver(again.pk) == State.DROPPED
    assert receiver.bodies == []


def test_the_hook_of_somebody_suspended_is_told_nothing(receiver, owner, outsider, thing):
    make_webhook(outsider, ("user", "ada"), url=receiver.url)
    suspend(outsider)
    commit(thing, owner, [AddInline("a", b"a")])
    assert tell() == [State.DROPPED]
    assert receiver.bodies == []


def test_whoever_watches_one_repository_hears_of_its_end(receiver, owner, outsider, thing):
    webhook = make_webhook(outsider, ("model", "ada/thing"), url=receiver.url)
    delete_repository(repository=thing, actor_user=owner)
    assert tell() == [State.DELIVERED]
    assert receiver.payloads[0]["event"] == {"action": "delete", "scope": "repo"}
    assert not Watch.objects.exists()
    assert list(selectors.find_webhook(outsider, webhook.key).watches.all()) == []


def test_a_watched_repository_that_moves_is_watched_on(receiver, owner, outsider, thing):
    webhook = make_webhook(outsider, ("model", "ada/thing"), url=receiver.url)
    move_repository(repository=thing, namespace=owner.namespace, name="new", actor_user=owner)
    [watch] = selectors.find_webhook(outsider, webhook.key).watches.all()
    assert watch.repository.full_name == "ada/new"
    change_settings(repository=watch.repository, actor_user=owner, visibility="private")
    # Its name may be a new one, which is nobody's business now.
    assert list(selectors.find_webhook(outsider, webhook.key).watches.all()) == []


def test_events_are_told_once_and_found_when_their_news_was_lost(receiver, owner, thing):
    make_webhook(owner, url=receiver.url)
    commit(thing, owner, [AddInline("a", b"a")])
    quiet = timedelta(0)
    for _ in range(2):
        log.note(events=selectors.lately(quiet))
    assert tell() == [State.DELIVERED]
    log.note(events=selectors.lately(quiet))
    assert tell() == []
    assert len(receiver.bodies) == 1
    assert selectors.lately(timedelta(hours=1)) == []


def test_nobody_is_told_of_what_was_before(owner, outsider, thing):
    commit(thing, owner, [AddInline("a", b"a")])
    webhook = make_webhook(owner)
    assert log.note(events=news()) == []
    services.set_disabled(webhook=webhook, value=True)
    commit(thing, owner, [AddInline("b", b"b")])
    services.set_disabled(webhook=webhook, value=False)
    assert log.note(events=news()) == []


def test_the_log_of_acts_wakes_the_webhooks(owner, thing, django_capture_on_commit_callbacks, monkeypatch):
    make_webhook(owner)
    queued = []
    monkeypatch.setattr(tasks.note, "delay", tasks.note)
    monkeypatch.setattr(tasks.deliver, "delay", lambda: queued.append(Delivery.objects.get()))
    with django_capture_on_commit_callbacks(execute=True):
        commit(thing, owner, [AddInline("a", b"a")])
    assert queued == [Delivery.objects.get()]


def test_a_try_that_fails_is_made_again_over_hours_and_then_no_more(receiver, owner, thing):
    make_webhook(owner, url=receiver.url)
    commit(thing, owner, [AddInline("a", b"a")])
    receiver.status = 500
    assert tell() == [State.QUEUED]
    for minutes in (1, 5, 30, 120):
        assert tell() == []
        later(minutes=minutes)
        assert tell() == [State.QUEUED]
    later(hours=6)
    assert tell() == [State.FAILED]
    later(days=1)
    assert tell() == []
    row = Delivery.objects.get()
    assert (row.tries, row.status, row.reason, len(receiver.bodies)) == (6, 500, Reason.STATUS, 6)
    assert {head["X-Webhook-Delivery"] for head in receiver.heads} == {str(row.key)}


def failing(monkeypatch, reason=Reason.UNREACHABLE) -> None:
    monkeypatch.setattr(sending.wire, "send", lambda *what: Outcome(None, reason, 0.1))
    monkeypatch.setattr(sending, "WAITS", ())


def test_after_ten_failures_in_a_row_a_webhook_rests_and_its_user_is_told(owner, thing, monkeypatch):
    webhook = make_webhook(owner, url="https://example.org/mine")
    failing(monkeypatch)
    for number in range(12):
        commit(thing, owner, [AddInline("a", str(number).encode())])
    assert tell() == [State.FAILED] * 10 + [None] * 2
    webhook.refresh_from_db()
    assert webhook.disabled
    assert (webhook.failures, webhook.paused_at) == (10, webhook.disabled_at)
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True))[-2:] == [State.DROPPED] * 2
    assert AuditEvent.objects.get(event="webhook.paused").subject == webhook.subject
    tasks.tell_paused(webhook.pk)
    tasks.tell_paused(webhook.pk)
    [message] = mail.outbox
    assert message.to == ["ada@example.org"]
    assert "https://example.org/mine" in message.body
    enabled = services.set_disabled(webhook=webhook, value=False)
    assert (enabled.disabled, enabled.paused_at, enabled.failures) == (False, None, 0)
    assert enabled.paused_told_at is None


@pytest.fixture
def paused(owner):
    webhook = make_webhook(owner, url="https://example.org/mine")
    hour_ago = timezone.now() - timedelta(hours=1)
    Webhook.objects.filter(pk=webhook.pk).update(disabled_at=hour_ago, paused_at=hour_ago)
    return webhook


def test_a_mail_about_a_pause_that_could_not_go_out_goes_later(paused, monkeypatch, redis_connection):
    def away(backend, messages):
        raise ConnectionResetError

    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", away)
        tasks.tell_paused(paused.pk)
    assert mail.outbox == []
    late = timedelta(seconds=30)
    assert selectors.pauses_to_tell(late) == [paused.pk]
    tasks.sweep()
    assert any(b"tell_paused" in message for message in redis_connection.lrange("celery", 0, -1))
    tasks.tell_paused(paused.pk)
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert selectors.pauses_to_tell(late) == []


def test_an_address_that_is_refused_for_good_is_tried_once(paused, monkeypatch):
    def refuse(backend, messages):
        raise SMTPRecipientsRefused({"ada@example.org": (550, b"no such user")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    tasks.tell_paused(paused.pk)
    assert selectors.pauses_to_tell(timedelta(0)) == []


def test_whoever_confirmed_no_address_gets_no_mail_and_others_in_their_language(owner, paused):
    choose_language(user=owner, language="de")
    EmailAddress.objects.filter(user=owner).update(verified=False)
    tasks.tell_paused(paused.pk)
    assert mail.outbox == []
    EmailAddress.objects.filter(user=owner).update(verified=True)
    Webhook.objects.update(paused_told_at=None)
    tasks.tell_paused(paused.pk)
    assert "Webhook" in mail.outbox[0].subject
    assert mail.outbox[0].subject != "A webhook of yours is paused"


def test_the_clients_own_class_reads_every_kind_of_event(receiver, owner, outsider, thing):
    make_webhook(owner, url=receiver.url)
    create_tag(repo=thing, name="v1", revision=None, actor_user=owner)
    delete_ref(repo=thing, ref="refs/tags/v1", actor_user=owner)
    commit(thing, owner, [AddInline("a", b"a")])
    other = make_repository(owner, name="other")
    moved = move_repository(repository=other, namespace=owner.namespace, name="moved", actor_user=owner)
    change_settings(repository=moved, actor_user=owner, visibility="private")
    left = make_user("left")
    thread = make_discussion(thing, left)
    said = talk.comment(discussion=thread, actor=session(owner), text="Because.")
    talk.edit_comment(discussion=thread, event_id=said.pk, actor=session(owner), text="So.")
    talk.hide_comment(discussion=thread, event_id=said.pk, actor=session(owner))
    talk.hide_comment(discussion=thread, event_id=said.pk, actor=session(owner), hidden=False)
    withhold_comment(event=said, actor_user=None)
    serve_comment(event=said, actor_user=None)
    talk.rename(discussion=thread, actor=session(owner), title="An answer")
    talk.set_locked(discussion=thread, actor=session(owner), value=True)
    talk.set_pinned(discussion=thread, actor=session(owner), value=True)
    pull = make_pull(thing, outsider)
    review(pull=pull, actor=session(owner), verdict="approve", commit=sides_of(pull).head.commit, text="Good")
    merge(pull=pull, actor=session(owner), override=True)
    delete_account(user=left)
    tell()
    delete_repository(repository=moved, actor_user=owner)
    tell()
    assert set(TOLD) == {delivery.event.event for delivery in Delivery.objects.select_related("event")}
    assert len(receiver.bodies) == Delivery.objects.count()
    for body in receiver.bodies:
        payload = WebhookPayload.model_validate_json(body)
        assert payload.webhook.version == 3
        assert payload.repo.type == "model"
        if payload.discussion is not None:
            assert payload.discussion.url.web.startswith("http://127.0.0.1:8000/ada/thing/discussions/")


def test_a_success_begins_the_count_anew(owner, thing, monkeypatch):
    webhook = make_webhook(owner)
    failing(monkeypatch)
    for number in range(9):
        commit(thing, owner, [AddInline("a", str(number).encode())])
    tell()
    failing(monkeypatch, Reason.NONE)
    commit(thing, owner, [AddInline("a", b"last")])
    assert tell() == [State.DELIVERED]
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.disabled) == (0, False)


def test_a_test_and_a_redelivery_are_sent_at_once(receiver, owner, thing):
    webhook = make_webhook(owner, url=receiver.url)
    commit(thing, owner, [AddInline("a", b"a")])
    tell()
    log.ping(webhook=webhook)
    first = Delivery.objects.order_by("pk").first()
    log.redeliver(webhook=webhook, key=str(first.key))
    assert tell() == [State.DELIVERED] * 2
    sent, ping, again = receiver.payloads
    assert ping["event"] == {"action": "update", "scope": "webhook.ping"}
    assert set(ping) == {"event", "repo", "webhook"}
    assert ping["repo"] == sent["repo"]
    assert again == sent
    assert len({head["X-Webhook-Delivery"] for head in receiver.heads}) == 3
    with pytest.raises(WebhookNotFound):
        log.redeliver(webhook=make_webhook(owner), key=str(first.key))
    resting = services.set_disabled(webhook=webhook, value=True)
    with pytest.raises(InvalidInput):
        log.ping(webhook=resting)


def test_a_test_names_what_is_watched_and_seen_for_the_clients_own_class(receiver, owner, outsider, thing):
    for watched, change, named in (
        (("user", "ada"), {}, "ada/thing"),
        (("model", "ada/thing"), {}, "ada/thing"),
        (("user", "otto"), {}, None),
        (("user", "ada"), {"visibility": "private"}, None),
    ):
        user = outsider if change else owner
        webhook = make_webhook(user, watched, url=receiver.url)
        if change:
            change_settings(repository=thing, actor_user=owner, **change)
        assert deliver(log.ping(webhook=webhook).pk) == State.DELIVERED
        if named is None:
            assert set(receiver.payloads[-1]) == {"event", "webhook"}
        else:
            payload = WebhookPayload.model_validate_json(receiver.bodies[-1])
            assert (payload.event.scope, payload.repo.name) == ("webhook.ping", named)
            assert (payload.updatedRefs, payload.discussion, payload.comment) == (None, None, None)


def test_the_log_keeps_the_last_hundred_and_a_month(owner):
    webhook, other = make_webhook(owner), make_webhook(owner)
    rows = [Delivery(webhook=webhook, again=True, state=State.DELIVERED) for _ in range(120)]
    Delivery.objects.bulk_create(rows)
    kept = Delivery.objects.create(webhook=other, state=State.FAILED, again=True)
    assert log.forget_old() == 0
    later(hours=1)
    assert log.forget_old() == 20
    later(days=30)
    waits = Delivery.objects.create(webhook=other, again=True)
    assert log.forget_old() == 101
    assert not Delivery.objects.filter(pk=kept.pk).exists()
    assert Delivery.objects.get() == waits


def test_who_is_told_is_asked_in_the_same_queries_however_many_there_are(
    owner, thing, django_assert_num_queries
):
    for _ in range(2):
        make_webhook(owner)
    commit(thing, owner, [AddInline("a", b"a")])
    one = news()
    # Repositories, which of them are public, watches, who belongs, the deliveries and which of them wait; a
    # savepoint.
    with django_assert_num_queries(9):
        log.note(events=one)
    for number in range(5):
        make_webhook(owner)
        commit(thing, owner, [AddInline("a", str(number).encode())])
        make_repository(owner)
    many = news()
    with django_assert_num_queries(9):
        log.note(events=many)
    with django_assert_num_queries(2):
        [list(webhook.watches.all()) for webhook in selectors.webhooks_of(owner)]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends(receiver, owner, thing):
    make_webhook(owner, url=receiver.url)
    commit(thing, owner, [AddInline("a", b"a")])
    log.note(events=news())
    delivery = Delivery.objects.get()
    states = [one.result() for one in race([lambda: deliver(delivery.pk)] * 3)]
    assert sorted(states, key=str) == sorted([State.DELIVERED, None, None], key=str)
    assert len(receiver.bodies) == 1
