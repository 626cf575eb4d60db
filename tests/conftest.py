"""Fixtures that every test may use; the services behind them are started by tests/services.py."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from storage import s3
from tests.browsing import RawPathClient


@pytest.fixture(scope="session", autouse=True)
def bucket() -> str:
    """The bucket of this worker, with CORS."""
    s3.ensure_bucket()
    return settings.S3_BUCKET


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
