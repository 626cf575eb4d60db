"""Hand a task to the workers without letting an absent broker fail the request that asked for it."""

import logging
from typing import Any

from celery import Signature, Task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from hub.redis import connection

log = logging.getLogger(__name__)


def waiting(queue: str) -> int:
    """How many tasks wait in a queue of the broker; 0 when it is unreachable."""
    try:
        return connection().llen(queue)
    except RedisError:
        return 0


def enqueue(task: Task | Signature, *args: Any) -> bool:
    """Queue `task(*args)`; False when the broker is unreachable, which a beat sweep makes good later.

    It is asked for a sign first, because Celery's own connection retries for seconds before it gives up.
    """
    try:
        connection().ping()
        task.delay(*args)
    except (OperationalError, RedisError) as problem:
        log.warning("not queued, left to the sweep: %s%s: %s", task, args, problem)
        return False
    return True
