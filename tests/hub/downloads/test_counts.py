"""Pulls are counted without a query, once for each caller, and the counts reach the catalogue by the day."""

from datetime import date, datetime, timedelta

import pytest
import redis
from django.utils import timezone

from hub.downloads import services, tasks
from hub.downloads.models import DownloadDay
from hub.downloads.selectors import downloads_by_day
from hub.repos.models import Repository
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def pull(repository, caller="address 192.0.2.1", commit="c1"):
    """Count one pull."""
    services.count(repository_id=repository.pk, commit=commit, caller=caller)


def sums(repository):
    """What the catalogue says: in the last 30 days, and ever."""
    row = Repository.objects.get(pk=repository.pk)
    return row.downloads, row.downloads_all_time


@pytest.fixture
def on(monkeypatch):
    """Let it be a day."""

    def set_clock(day: date) -> None:
        now = datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone())
        monkeypatch.setattr(timezone, "now", lambda: now)

    return set_clock


def test_counts_wait_in_redis_until_they_are_flushed_once(django_assert_num_queries):
    first, second = make_repository(), make_repository()
    with django_assert_num_queries(0):
        for repository, caller in ((first, "a"), (first, "b"), (second, "a")):
            pull(repository, caller)
    tasks.flush()
    tasks.flush()
    assert sums(first) == (2, 2)
    assert sums(second) == (1, 1)
    today = timezone.now().date()
    assert downloads_by_day(first, today - timedelta(days=1), today) == [
        (today - timedelta(days=1), 0),
        (today, 2),
    ]


def test_one_caller_counts_once_for_a_commit_until_the_window_has_passed(redis_connection):
    repository, other = make_repository(), make_repository()
    for _ in range(5):
        pull(repository)
    pull(repository, commit="c2")
    pull(other)
    services.flush()
    assert (sums(repository), sums(other)) == ((2, 2), (1, 1))
    for key in redis_connection.scan_iter("downloads:seen:*"):
        assert 0 < redis_connection.ttl(key) <= 600
        redis_connection.delete(key)
    services._seen_until.clear()
    pull(repository)
    services.flush()
    assert sums(repository) == (3, 3)


def test_a_process_asks_redis_once_for_a_pull_of_many_files(monkeypatch):
    repository = make_repository()
    pull(repository)
    monkeypatch.setattr(services, "connection", lambda: pytest.fail("Redis was asked again"))
    for _ in range(3):
        pull(repository)


def test_nothing_says_who_pulled(redis_connection):
    pull(make_repository(), caller="address 192.0.2.1")
    kept = b"".join(key + (redis_connection.dump(key) or b"") for key in redis_connection.scan_iter("*"))
    assert b"192.0.2.1" not in kept
    [salt] = redis_connection.keys(f"{services.SALT}:*")
    assert 0 < redis_connection.ttl(salt) <= 2 * 24 * 3600


def test_a_day_leaves_the_sum_of_the_window_and_stays_in_the_other(on, django_assert_max_num_queries):
    repository, start = make_repository(), date(2026, 3, 1)
    for number in range(35):
        on(start + timedelta(days=number))
        pull(repository, caller=f"caller {number}")
        tasks.flush()
        assert sums(repository) == (min(number + 1, 30), number + 1)
    assert DownloadDay.objects.filter(in_window=True).count() == 30
    on(start + timedelta(days=500))
    assert services.roll() == 30
    with django_assert_max_num_queries(5):
        assert services.roll() == 0
    assert sums(repository) == (0, 35)
    assert downloads_by_day(repository, start, start)[0] == (start, 1)


def test_what_is_flushed_late_counts_for_its_own_day(on):
    repository, then = make_repository(), date(2026, 3, 1)
    on(then)
    pull(repository)
    on(then + timedelta(days=40))
    tasks.flush()
    assert sums(repository) == (0, 1)
    assert downloads_by_day(repository, then, then) == [(then, 1)]


def test_counts_that_a_dying_worker_set_aside_are_not_lost(redis_connection):
    repository = make_repository()
    pull(repository, "a")
    redis_connection.rename(services.PENDING, services.TAKEN)
    pull(repository, "b")
    services.flush()
    services.flush()
    assert sums(repository) == (2, 2)


def test_a_repository_that_is_gone_costs_nothing():
    services.count(repository_id=123456789, commit="c", caller="a")
    assert services.flush() == 1
    assert not DownloadDay.objects.exists()


def test_an_absent_redis_costs_the_count_and_not_the_pull(monkeypatch, caplog):
    absent = redis.Redis(port=1, socket_connect_timeout=1)
    monkeypatch.setattr(services, "connection", lambda: absent)
    services.count(repository_id=1, commit="c", caller="a")
    assert "was not counted" in caplog.text


def test_what_trends_was_pulled_in_the_last_seven_days():
    today = timezone.now().date()
    rising, fading = make_repository(), make_repository()
    for repository, age, count in ((rising, 0, 3), (rising, 6, 4), (rising, 7, 100), (fading, 8, 50)):
        DownloadDay.objects.create(repository=repository, day=today - timedelta(days=age), count=count)
    Repository.objects.filter(pk=fading.pk).update(trending=50)
    assert services.refresh_trending() == 2
    found = dict(Repository.objects.values_list("pk", "trending"))
    assert found == {rising.pk: 7, fading.pk: 0}
    assert services.refresh_trending() == 0
