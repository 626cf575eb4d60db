"""Celery's worker and beat, taught to give signs of life for /healthz."""

import logging
import signal
from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler
from celery.signals import worker_process_init
from redis.exceptions import RedisError

from hub import liveness
from hub.embedded.process import die_with_parent

logger = logging.getLogger(__name__)


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """End in the middle of the task when the worker above was killed; somebody else then does the task."""
    die_with_parent(signal.SIGKILL)


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
