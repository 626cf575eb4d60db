"""Celery's worker and beat, taught to give signs of life for /healthz."""

import logging
from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler
from redis.exceptions import RedisError

from hub import liveness

logger = logging.getLogger(__name__)


class WorkerSigns(bootsteps.StartStopStep):
    """Signs from the worker's own loop, so that busy processes do not look dead; begun at every reconnect."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def start(self, consumer: Any) -> None:
        """Sign now and then by the timer, which the consumer clears whenever it loses the broker."""
        liveness.sign("worker")
        consumer.timer.call_repeatedly(liveness.SIGN_SECONDS, liveness.sign, ("worker",))


class Scheduler(PersistentScheduler):
    """The beat scheduler; every turn of its loop is a sign of life."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_interval = liveness.SIGN_SECONDS

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Sign, then send what is due; returns the seconds until the next turn; outlives an absent Redis."""
        try:
            liveness.sign("beat")
        except RedisError as problem:
            logger.warning("no sign of life could be left in Redis: %s", problem)
        return super().tick(*args, **kwargs)
