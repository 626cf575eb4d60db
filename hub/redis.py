"""This process's own connection to Redis, for what must answer at once: signs of life and counts."""

from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


@lru_cache(maxsize=1)
def connection() -> redis.Redis:
    """The connection; it answers or raises redis.exceptions.RedisError within two seconds."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=once)
