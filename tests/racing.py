"""Let several threads do something to the real database at the same moment."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from django.db import connection

SECONDS = 30


def race(racers: Sequence[Callable[[], Any]]) -> list[Future]:
    """Start all racers at once, each with its own connection; the futures hold results and exceptions."""
    start = Barrier(len(racers))

    def run(racer: Callable[[], Any]) -> Any:
        start.wait(SECONDS)
        try:
            return racer()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(racers)) as pool:
        return [pool.submit(run, racer) for racer in racers]


def failures(futures: Sequence[Future]) -> list[type[BaseException]]:
    """The classes of the exceptions that the racers raised."""
    return [type(error) for future in futures if (error := future.exception(SECONDS))]


def wait_until_somebody_waits() -> None:
    """Return once a connection waits for a row for so long that it has looked for a circle and found none.

    So it is not the one that is ended, when there is a circle.
    """
    deadline = time.monotonic() + SECONDS
    waiting = """
        SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE datname = current_database() AND NOT granted
            AND waitstart < clock_timestamp() - current_setting('deadlock_timeout')::interval * 1.2
    """
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone():
                return
        Event().wait(0.05)
    raise AssertionError("nobody waits")
