"""Pulls are counted without a query, and the counts reach the catalogue."""

import pytest
import redis

from hub.downloads import services, tasks
from hub.repos.models import Repository
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def test_counts_wait_in_redis_until_they_are_flushed_once(django_assert_num_queries):
    first, second = make_repository(), make_repository()
    with django_assert_num_queries(0):
        for repository in (first, first, second):
            services.count(repository.pk)
    tasks.flush()
    tasks.flush()
    assert Repository.objects.get(pk=first.pk).downloads == 2
    assert Repository.objects.get(pk=second.pk).downloads == 1


def test_counts_that_a_dying_worker_set_aside_are_not_lost(redis_connection):
    repository = make_repository()
    services.count(repository.pk)
    redis_connection.rename(services.PENDING, services.TAKEN)
    services.count(repository.pk)
    services.flush()
    services.flush()
    assert Repository.objects.get(pk=repository.pk).downloads == 2


def test_a_repository_that_is_gone_costs_nothing():
    services.count(123456789)
    assert services.flush() == 1


def test_an_absent_redis_costs_the_count_and_not_the_pull(monkeypatch, caplog):
    absent = redis.Redis(port=1, socket_connect_timeout=1)
    monkeypatch.setattr(services, "connection", lambda: absent)
    services.count(1)
    assert "was not counted" in caplog.text
