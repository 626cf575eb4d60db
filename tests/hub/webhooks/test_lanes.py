"""Whose webhooks are sent to when: users take turns, and whose address is slow holds up nobody else's."""

from collections import Counter
from datetime import timedelta
from threading import Event, Lock

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from hub.redis import connection as redis
from hub.webhooks import delivery as wire
from hub.webhooks import lanes, log, selectors, sending, tasks, turns
from hub.webhooks.delivery import Outcome
from hub.webhooks.models import Delivery
from hub.webhooks.turns import Waiting
from hub.webhooks.vocabulary import Reason, State
from tests.factories.accounts import make_user
from tests.factories.webhooks import deliver, make_webhook
from tests.racing import failures, race

pytestmark = pytest.mark.django_db
# A test that would wait longer has failed.
SECONDS = 20
SENT, SLOW = Outcome(200, Reason.NONE, 0.1), Outcome(None, Reason.TOO_SLOW, 10.0)


class Addresses:
    """Where webhooks lead in these tests: `act` answers for each address, in the thread of its lane."""

    def __init__(self, act):
        self.act, self.lock = act, Lock()
        self.asked, self.now, self.most = [], Counter(), Counter()

    def send(self, url, body, headers) -> Outcome:
        host = url.split("/")[2]
        with self.lock:
            self.asked.append(host)
            self.now.update([host, "all"])
            self.most |= self.now
        try:
            return self.act(host)
        finally:
            with self.lock:
                self.now.subtract([host, "all"])


@pytest.fixture
def addresses(monkeypatch):
    def answered_by(act) -> Addresses:
        one = Addresses(act)
        monkeypatch.setattr(wire, "send", one.send)
        return one

    return answered_by


def hooks(name: str, number: int = 1) -> list:
    """Webhooks of a new user, at a host of the same name."""
    user = make_user(name)
    return [make_webhook(user, url=f"https://{name}/{one}") for one in range(number)]


def ping(*webhooks) -> list[int]:
    return [log.ping(webhook=webhook).pk for webhook in webhooks]


def states() -> Counter:
    return Counter(Delivery.objects.values_list("state", flat=True))


def test_users_take_turns_and_who_was_late_yields():
    now = timezone.now()
    rows = [Waiting(user, now + timedelta(seconds=user), user * 10) for user in (4, 1, 2, 3)]

    def order(held, late=()):
        return [one.user for one in turns.in_turn(rows, turns=held, late=late)]

    assert order({}) == [1, 2, 3, 4]
    assert order({1: 50.0, 2: 40.0}) == [3, 4, 2, 1]
    assert order({1: 50.0, 2: 40.0}, late={3, 1}) == [4, 2, 3, 1]


def test_of_each_user_the_delivery_that_waits_longest_is_next(django_assert_num_queries):
    [anna], [otto], [idle] = hooks("anna"), hooks("otto"), hooks("idle")
    first, _, _ = ping(anna, anna, anna)
    [other] = ping(otto)
    [later] = ping(idle)
    Delivery.objects.filter(pk=later).update(next_at=timezone.now() + timedelta(minutes=1))
    with django_assert_num_queries(1):
        found = selectors.waiting(timezone.now())
    assert {(one.user, one.delivery) for one in found} == {(anna.user_id, first), (otto.user_id, other)}


def test_one_delivery_of_a_user_is_on_its_way_at_a_time():
    anna, another = hooks("anna", 2)
    [otto] = hooks("otto")
    first, second, other = ping(anna, another, otto)
    claimed = sending.claim(delivery_id=first)
    assert sending.claim(delivery_id=second) is None
    assert [one.delivery for one in selectors.waiting(timezone.now())] == [other]
    assert sending.note_outcome(claimed=claimed, outcome=SLOW) == State.QUEUED
    # One that failed and is tried again in a while is on its way no more, until it is.
    again = sending.claim(delivery_id=second)
    assert again.pk == second
    sending.note_outcome(claimed=again, outcome=SENT)
    Delivery.objects.filter(pk=first).update(next_at=timezone.now())
    assert sending.claim(delivery_id=first).tries == 2
    [third] = ping(another)
    assert sending.claim(delivery_id=third) is None
    # Who claimed it died.
    Delivery.objects.filter(pk=first).update(next_at=timezone.now())
    assert sending.claim(delivery_id=third).pk == third


def test_ten_slow_addresses_of_one_user_delay_nobody_else(addresses):
    slow, [prompt] = hooks("slow", 10), hooks("prompt")
    told = Event()

    def act(host):
        if host == "prompt":
            told.set()
            return SENT
        assert told.wait(SECONDS)
        return SLOW

    ping(*slow, prompt)
    asked = addresses(act)
    assert lanes.work()
    assert set(asked.asked[:2]) == {"slow", "prompt"}
    assert Counter(asked.asked) == {"slow": 10, "prompt": 1}
    assert (asked.most["slow"], asked.most["all"]) == (1, 2)
    assert states() == {State.QUEUED: 10, State.DELIVERED: 1}
    left = Delivery.objects.filter(state=State.QUEUED).values_list("tries", "reason")
    assert set(left) == {(1, Reason.TOO_SLOW)}


def test_with_one_lane_who_was_slow_comes_after_all_others(addresses, settings):
    settings.WEBHOOK_LANES = 1
    slow, [anna], [otto] = hooks("slow", 3), hooks("anna"), hooks("otto")
    ping(*slow, anna, anna, otto, otto)
    asked = addresses(lambda host: SLOW if host == "slow" else SENT)
    lanes.work()
    assert asked.asked == ["slow", "anna", "otto", "anna", "otto", "slow", "slow"]
    assert asked.most["all"] == 1


def test_who_was_late_leaves_one_lane_to_the_others(addresses, settings):
    settings.WEBHOOK_LANES = 2
    one, other = hooks("one", 2), hooks("other", 2)
    for webhook in (one[0], other[0]):
        turns.end(webhook.user_id, late=True)
    ping(*one, *other)
    asked = addresses(lambda host: SLOW)
    lanes.work()
    assert asked.asked == ["one", "other", "one", "other"]
    assert asked.most["all"] == 1


def test_who_answers_at_once_is_late_no_more(addresses):
    [anna] = hooks("anna")
    for outcome, late in ((SLOW, True), (SENT, False), (Outcome(200, Reason.NONE, 5.0), True)):
        ping(anna)
        addresses(lambda host, outcome=outcome: outcome)
        lanes.work()
        assert turns.late_users() == ({anna.user_id} if late else set())


def test_after_a_while_nobody_waits_for_who_is_late_and_then_another_worker_goes_on(
    addresses, monkeypatch, redis_connection
):
    [slow], [anna] = hooks("slow"), hooks("anna")
    turns.end(slow.user_id, late=True)
    ping(slow, anna)
    asked = addresses(lambda host: SENT)
    monkeypatch.setattr(lanes, "PATIENT_SECONDS", 0)
    tasks.deliver()
    assert asked.asked == ["anna"]
    assert redis_connection.llen("webhooks") == 1
    monkeypatch.setattr(lanes, "LAST_SECONDS", 0)
    ping(anna)
    tasks.deliver()
    assert asked.asked == ["anna"]
    monkeypatch.undo()
    asked = addresses(lambda host: SENT)
    redis_connection.delete("webhooks")
    tasks.deliver()
    assert asked.asked == ["anna", "slow"]
    # Nothing is left, so nobody is asked to go on.
    assert redis_connection.llen("webhooks") == 0


def test_a_lane_that_breaks_takes_no_other_with_it(addresses):
    [odd], [anna] = hooks("odd"), hooks("anna")
    broken, _ = ping(odd, anna)

    def act(host):
        if host == "odd":
            raise RuntimeError("nobody thought of this")
        return SENT

    addresses(act)
    lanes.work()
    assert states() == {State.QUEUED: 1, State.DELIVERED: 1}
    # It is tried again like one whose worker died.
    Delivery.objects.filter(pk=broken).update(next_at=timezone.now())
    addresses(lambda host: SENT)
    assert deliver(broken) == State.DELIVERED


def test_what_was_sent_while_redis_went_away_is_noted(addresses, monkeypatch):
    def away():
        raise RedisError

    [anna] = hooks("anna")
    ping(anna)
    addresses(lambda host: SENT)
    monkeypatch.setattr(lanes, "_listen", away)
    with pytest.raises(RedisError):
        lanes.work()
    assert states() == {State.DELIVERED: 1}


def test_what_is_dropped_takes_no_lane(addresses):
    [anna] = hooks("anna")
    ping(anna, anna)
    type(anna).objects.update(disabled_at=timezone.now())
    asked = addresses(lambda host: SENT)
    lanes.work()
    assert asked.asked == []
    assert states() == {State.DROPPED: 2}


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_a_worker_waits_for_an_address_is_sent_by_it_at_once(addresses, monkeypatch):
    [slow], [prompt] = hooks("slow"), hooks("prompt")
    told, listen = Event(), redis().blpop

    def until_there_is_a_knock(*names, **time):
        while (knock := listen(*names, **time)) is None:
            pass
        return knock

    monkeypatch.setattr(redis(), "blpop", until_there_is_a_knock)

    def act(host):
        if host == "prompt":
            told.set()
            return SENT
        try:
            ping(prompt)
            assert not lanes.work()
        finally:
            connection.close()
        assert told.wait(SECONDS)
        return SLOW

    ping(slow)
    asked = addresses(act)
    assert lanes.work()
    assert asked.asked == ["slow", "prompt"]
    # Else the slow one would have waited in vain for the other.
    rows = Delivery.objects.values_list("state", "reason").order_by("pk")
    assert list(rows) == [(State.QUEUED, Reason.TOO_SLOW), (State.DELIVERED, Reason.NONE)]


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_begin_together_one_sends_and_nothing_is_left_or_sent_twice(addresses):
    anna, otto = hooks("anna", 3), hooks("otto", 3)
    ping(*anna, *otto)
    asked = addresses(lambda host: SENT)
    for one in race([lambda: tasks.deliver()] * 3):
        one.result()
    assert Counter(asked.asked) == {"anna": 3, "otto": 3}
    assert (asked.most["anna"], asked.most["otto"]) == (1, 1)
    assert states() == {State.DELIVERED: 6}


@pytest.mark.django_db(transaction=True)
def test_of_two_deliveries_of_a_user_one_is_claimed():
    ids = ping(*hooks("anna", 3))
    claimed = [one.result() for one in race([lambda pk=pk: sending.claim(delivery_id=pk) for pk in ids])]
    assert len([one for one in claimed if one is not None]) == 1


@pytest.mark.django_db(transaction=True)
def test_who_claims_waits_for_another_claim_of_the_same_user_to_be_seen():
    first, second = ping(*hooks("anna", 2))
    [other] = ping(*hooks("otto"))

    def claim_impatiently(pk):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            return sending.claim(delivery_id=pk)

    with transaction.atomic():
        assert sending.claim(delivery_id=first)
        [same, another] = race([lambda pk=pk: claim_impatiently(pk) for pk in (second, other)])
    assert failures([same]) == [OperationalError]
    assert another.result().pk == other
