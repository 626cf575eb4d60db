"""The pages of webhooks: one's own are made, changed, tried and deleted; nobody else's are there."""

import pytest

from accounts.models import AuditEvent
from accounts.services import remove_member
from hub.webhooks import log
from hub.webhooks.models import Delivery, Webhook
from hub.webhooks.vocabulary import Reason, State
from tests.factories.discussions import make_discussion
from tests.factories.repositories import make_repository
from tests.factories.webhooks import LOOPBACK, deliver, make_webhook
from tests.receiving import receiving

PAGE = "/settings/webhooks"
FIELDS = {
    "url": "https://example.org/hook",
    "watched": "acme\nanna\nacme/bert\ndatasets/acme/rows",
    "domains": ["repo"],
    "secret": "word",
}


@pytest.fixture
def mine(world):
    return make_webhook(world.users["outsider"], ("org", "acme"), ("model", "acme/bert"), secret="word")


def test_a_webhook_is_made_and_changed_by_the_form(world):
    make_repository(world.users["admin"], namespace=world.organisation, name="rows", kind="dataset")
    client = world.client("outsider")
    made = client.post(PAGE, FIELDS)
    webhook = Webhook.objects.get()
    assert made["Location"] == f"{PAGE}/{webhook.key}"
    assert (webhook.user, webhook.domains, webhook.secret) == (world.users["outsider"], ["repo"], "word")
    shown = client.get(made["Location"]).content.decode()
    for line in ("acme\n", "anna\n", "acme/bert\n", "datasets/acme/rows", 'value="word"'):
        assert line in shown
    assert "https://example.org/hook" in client.get(PAGE).content.decode()
    client.post(made["Location"], FIELDS | {"watched": "anna", "secret": "", "domains": ["discussion"]})
    webhook.refresh_from_db()
    assert (webhook.domains, webhook.secret, webhook.watches.count()) == (["discussion"], "", 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "http://127.0.0.1/"}, "sends nothing to this address"),
        ({"url": "ftp://example.org"}, "must begin with http"),
        ({"url": ""}, "required"),
        ({"watched": ""}, "required"),
        ({"watched": "nobody"}, "There is no user nobody."),
        ({"watched": "a/b/c"}, "There is no model a/b/c."),
        ({"watched": "datasets/acme/none"}, "There is no dataset acme/none."),
        ({"domains": []}, "required"),
        ({"domains": ["papers"]}, "Select a valid choice"),
        ({"secret": "ä"}, "ASCII"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(world, change, words):
    answer = world.client("outsider").post(PAGE, FIELDS | {"watched": "anna"} | change)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Webhook.objects.exists()


def test_hidden_and_missing_look_the_same(world):
    client = world.client("outsider")
    said = []
    for name in ("acme/secret", "acme/absent"):
        shown = client.post(PAGE, FIELDS | {"watched": name}).content.decode()
        said.append(f"There is no model {name}." in shown)
    assert said == [True, True]


def test_a_test_and_a_redelivery_are_asked_for_and_stand_in_the_log(world, settings):
    settings.WEBHOOK_ALLOW = LOOPBACK
    client = world.client("outsider")
    with receiving() as receiver:
        mine = make_webhook(world.users["outsider"], url=receiver.url)
        path = f"{PAGE}/{mine.key}"
        client.post(f"{path}/act", {"act": "ping"})
        ping = Delivery.objects.get()
        assert deliver(ping.pk) == State.DELIVERED
        client.post(f"{path}/act", {"act": "redeliver", "delivery": str(ping.key)})
        again = Delivery.objects.exclude(pk=ping.pk).get()
        receiver.status = 503
        assert deliver(again.pk) == State.QUEUED
        assert len(receiver.bodies) == 2
    shown = client.get(path).content.decode()
    for words in (
        str(ping.key),
        str(again.key),
        "webhook.ping update",
        "Delivered",
        "503",
        str(Reason.STATUS.label),
    ):
        assert words in shown
    for delivery in ("", "no-uuid", "00000000-0000-0000-0000-000000000000"):
        assert client.post(f"{path}/act", {"act": "redeliver", "delivery": delivery}).status_code == 404
    assert Delivery.objects.count() == 2


def test_it_rests_goes_on_and_is_deleted(world, mine):
    client, path = world.client("outsider"), f"{PAGE}/{mine.key}"
    client.post(f"{path}/act", {"act": "disable"})
    mine.refresh_from_db()
    assert mine.disabled
    assert "nothing is sent" in client.get(path).content.decode()
    assert client.post(f"{path}/act", {"act": "ping"}).status_code == 400
    client.post(f"{path}/act", {"act": "enable"})
    mine.refresh_from_db()
    assert not mine.disabled
    assert client.post(f"{path}/act", {"act": "explode"}).status_code == 400
    assert client.post(f"{path}/act", {"act": "delete"})["Location"] == PAGE
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()


def test_nobody_else_finds_it(world, mine):
    path = f"{PAGE}/{mine.key}"
    for who in world.users:
        if who == "outsider":
            continue
        expected = 302 if who == "nobody" else 404
        client = world.client(who)
        assert client.get(path).status_code == expected
        assert client.post(path, FIELDS).status_code == expected
        assert client.post(f"{path}/act", {"act": "delete"}).status_code == expected
        assert mine.url not in client.get(PAGE).content.decode()
    assert Webhook.objects.get().url == mine.url


def test_the_log_takes_as_many_queries_for_many_as_for_one(world, mine, django_assert_max_num_queries):
    client = world.client("outsider")
    for _ in range(30):
        log.ping(webhook=mine)
    with django_assert_max_num_queries(20):
        assert client.get(f"{PAGE}/{mine.key}").content.count(b"webhook.ping update") == 30


def test_the_log_names_the_repository_as_long_as_one_may_see_it(world):
    hook = make_webhook(world.users["reader"], ("org", "acme"))
    thread = make_discussion(world.private, world.users["admin"], text="Why is this so?")
    log.note(events=AuditEvent.objects.filter(event="discussion.opened"))
    [row] = Delivery.objects.all()
    path, reader = f"{PAGE}/{hook.key}", world.client("reader")
    shown = reader.get(f"{path}?delivery={row.key}").content.decode()
    assert '<a href="/acme/secret">acme/secret</a>' in shown
    assert "Why is this so?" in shown
    remove_member(organisation=world.organisation, user=world.users["reader"], actor=world.users["admin"])
    for address in (path, f"{path}?delivery={row.key}"):
        shown = reader.get(address).content.decode()
        assert "acme/secret" not in shown
        assert thread.title not in shown
        assert "gone, or hidden from you" in shown
    assert "You cannot see what it is about any more." in shown


def test_a_delivery_shows_what_is_sent_and_answered_without_the_secret(world, settings):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with receiving() as receiver:
        receiver.status, receiver.body = 503, b"your secret is hush-hush, " + b"x" * 5000
        hook = make_webhook(world.users["outsider"], url=receiver.url, secret="hush-hush")
        row = log.ping(webhook=hook)
        assert deliver(row.pk) == State.QUEUED
    shown = world.client("outsider").get(f"{PAGE}/{hook.key}?delivery={row.key}").content.decode()
    said = shown[shown.index('id="delivery"') :]
    assert "X-Webhook-Secret: ••••••••" in said
    assert "your secret is ••••••••, xxx" in said
    assert "hush-hush" not in said
    assert "&quot;scope&quot;: &quot;webhook.ping&quot;" in said
    assert len(said) < 5000
    assert "next " in shown
    assert " s</span>" in shown
    for other in ("nothing", "00000000-0000-0000-0000-000000000000"):
        assert (
            'id="delivery"'
            not in world.client("outsider").get(f"{PAGE}/{hook.key}?delivery={other}").content.decode()
        )
