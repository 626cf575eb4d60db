"""Count pulls: one increment in Redis for each, written to the catalogue by a sweep."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from django.db import transaction
from django.db.models import F
from redis.exceptions import LockError
from redis.lock import Lock

from hub.redis import connection
from hub.repos.models import Repository

log = logging.getLogger(__name__)
PENDING, TAKEN = "downloads:pending", "downloads:taken"


def count(repository_id: int) -> None:
    """Count one pull; an absent Redis costs the count, never the pull."""
    try:
        connection().hincrby(PENDING, str(repository_id), 1)
    except redis.RedisError as problem:
        log.warning("a download of repository %s was not counted: %s", repository_id, problem)


def flush() -> int:
    """Add what was counted to the catalogue; returns how many repositories changed.

    The counts are set aside under another name first and dropped after the commit, so a worker that dies
    between the two counts them twice at worst and loses none. A lock keeps two flushes apart.
    """
    store = connection()
    lock = store.lock("downloads:flush", timeout=60)
    if not lock.acquire(blocking=False):
        return 0
    with lock_released(lock):
        if not store.exists(TAKEN) and (not store.exists(PENDING) or not store.renamenx(PENDING, TAKEN)):
            return 0
        counts = store.hgetall(TAKEN)
        _add(counts)
        store.delete(TAKEN)
    return len(counts)


@transaction.atomic
def _add(counts: dict[bytes, bytes]) -> None:
    for repository_id in sorted(counts, key=int):
        repository = Repository.objects.filter(pk=int(repository_id))
        repository.update(downloads=F("downloads") + int(counts[repository_id]))


@contextmanager
def lock_released(lock: Lock) -> Iterator[None]:
    """Give a lock back that was acquired; one that ran out meanwhile is nobody's to give back."""
    try:
        yield
    finally:
        with suppress(LockError):
            lock.release()
