"""Fixtures that every test may use; the services behind them are started by tests/services.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.template.base import Template
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from hub.embedded import ports
from storage import s3
from tests import databases, services
from tests.browsing import RawPathClient
from tests.running import PART_SIZE, RunningHub

HUB = pytest.StashKey[RunningHub]()
# Machines are shared and slow at times: no example fails for how long it takes.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")


def needs_hub(item: pytest.Item | None) -> bool:
    """Whether a test is about the running hub."""
    return "running_hub" in getattr(item, "fixturenames", ())


def pytest_xdist_auto_num_workers() -> int:
    """As many as processors, and one for what waits most of its time: the tests of the running hub."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the running hub run in one worker one after the other, so that one hub is started."""
    items.sort(key=needs_hub, reverse=True)
    for item in filter(needs_hub, items):
        item.add_marker(pytest.mark.xdist_group("hub"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A hub that rests is started again for a test that comes late."""
    hub = item.config.stash.get(HUB, None)
    if hub and needs_hub(item) and not hub.process.alive():
        hub.start()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last of its tests the hub rests: its workers would look for work all the time."""
    hub = item.config.stash.get(HUB, None)
    if hub and needs_hub(item) and not needs_hub(nextitem):
        hub.stop()


@pytest.fixture(scope="session", autouse=True)
def bucket() -> str:
    """The bucket of this worker, with CORS."""
    s3.ensure_bucket()
    return settings.S3_BUCKET


@pytest.fixture(scope="session")
def migrated(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> str:
    """A migrated database, made once for all workers and the running hub: each has a copy."""
    with django_db_blocker.unblock():
        return databases.migrated()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, migrated: str) -> None:
    """Let Django copy the migrated database and look for nothing to migrate in it."""
    connection.settings_dict["TEST"] |= {"TEMPLATE": migrated, "MIGRATE": False}


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly() -> Iterator[None]:
    """Tests that commit leave an empty database, as Django's own way of emptying it would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: databases.empty())
        yield


@pytest.fixture(scope="session", autouse=True)
def rendered_plainly(django_test_environment: None) -> Iterator[None]:
    """No template tells what it is rendered with: the contexts would be copied, and tests look at pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", lambda template, context: template.nodelist.render(context))
        yield


@pytest.fixture(scope="session")
def redis_connection() -> Iterator[redis.Redis]:
    """A connection to the Redis database of this worker."""
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        yield connection


@pytest.fixture(autouse=True)
def empty_redis(redis_connection: redis.Redis) -> None:
    """Every test begins with nothing cached, counted or queued."""
    redis_connection.flushdb()


@pytest.fixture
def client() -> RawPathClient:
    """A test client that tells the raw request path, as the application server does."""
    return RawPathClient()


@pytest.fixture(scope="session")
def running_hub(pytestconfig: pytest.Config, migrated: str) -> Iterator[RunningHub]:
    """A real hub on a port of its own, with its own database, bucket and Redis database; sweeps are quick."""
    number = services.FIRST_HUB_DATABASE + services.worker_number()
    database = f"hub_{number}"
    databases.create(database, migrated)
    [port] = ports.choose(1)
    hub = RunningHub(
        {
            **services.environment(number=number, database=database),
            "DJANGO_SETTINGS_MODULE": "tests.quick",
            "HUB_DATA": str(Path(os.environ[services.PLACE]) / database),
            "HUB_PORT": str(port),
            # Small parts, so that files of many are soon sent.
            "HUB_PART_SIZE": str(PART_SIZE),
            "HUB_MULTIPART_THRESHOLD": str(PART_SIZE),
            "HUB_SWEEP_SECONDS": "2",
            "HUB_RECHECK_AFTER": "2",
            # Where the tests listen.
            "HUB_WEBHOOK_ALLOW": "127.0.0.1",
        }
    )
    try:
        hub.start()
        pytestconfig.stash[HUB] = hub
        yield hub
    finally:
        hub.stop()


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name binary contents by their argument: some carry the time (gzip), and all workers must agree."""
    return (
        argname
        if isinstance(val, bytes) and not (len(val) <= 40 and val.decode("latin-1").isprintable())
        else None
    )
