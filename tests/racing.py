"""Let several threads do something to the real database at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
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
