"""Hand a task to the workers without letting an absent broker fail the request that asked for it."""

import logging
from typing import Any

from celery import Signature, Task
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

log = logging.getLogger(__name__)


def enqueue(task: Task | Signature, *args: Any) -> bool:
    """Queue `task(*args)`; False when the broker is unreachable, which a beat sweep makes good later."""
    try:
        task.delay(*args)
    except (OperationalError, RedisConnectionError) as problem:
        log.warning("not queued, left to the sweep: %s%s: %s", task, args, problem)
        return False
    return True
