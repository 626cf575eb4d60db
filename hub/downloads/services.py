"""Count pulls: one call to Redis for each, written to the catalogue by a sweep.

A pull is one caller taking files of one commit of one repository within a few minutes, be it one file, all of
them, or one in many ranges. Who has been seen is known to Redis alone, as a hash with a salt that it forgets.
"""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from functools import lru_cache

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from redis.commands.core import Script
from redis.exceptions import LockError
from redis.lock import Lock

from hub.downloads.models import DownloadDay
from hub.downloads.selectors import window
from hub.redis import connection
from hub.repos.models import Repository
from storage.memory import Memory

log = logging.getLogger(__name__)
PENDING, TAKEN, SALT = "downloads:pending", "downloads:taken", "downloads:salt"
BATCH = 500
TRENDING_DAYS = 7
# The salt of a day is made by whoever counts first and never leaves Redis, so that nobody can find out from
# a hash who pulled, not even by trying all addresses; two days later it is gone.
SEEN = """
redis.call('SET', KEYS[2], ARGV[4], 'NX', 'EX', 172800)
local seen = 'downloads:seen:' .. redis.sha1hex(redis.call('GET', KEYS[2]) .. ARGV[2])
if redis.call('SET', seen, '', 'NX', 'EX', ARGV[3]) then
    redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
end
return redis.call('TTL', seen)
"""
# Until when (time.monotonic) Redis is known to have seen a pull, so that one of many files asks it once.
_seen_until: Memory[str, float] = Memory(20_000)


def count(*, repository_id: int, commit: str, caller: str) -> None:
    """Count a pull unless it was just counted; an absent Redis costs the count, never the pull."""
    pull = f"{repository_id} {commit} {caller}"
    now = time.monotonic()
    if (_seen_until.get(pull) or 0) > now:
        return
    day = timezone.now().date().isoformat()
    values = [f"{repository_id} {day}", pull, settings.DOWNLOAD_SECONDS, secrets.token_hex(16)]
    try:
        left = _script()(keys=[PENDING, f"{SALT}:{day}"], args=values, client=connection())
        _seen_until.put(pull, now + left)
    except redis.RedisError as problem:
        log.warning("a download of repository %s was not counted: %s", repository_id, problem)


@lru_cache(maxsize=1)
def _script() -> Script:
    return connection().register_script(SEEN)


def flush() -> int:
    """Add what was counted to the catalogue; returns how many days of repositories changed.

    The counts are set aside under another name first and dropped after the commit, so a worker that dies
    between the two counts them twice at worst and loses none. A lock keeps two flushes apart.
    """
    store = connection()
    with alone("downloads:flush") as held:
        if not held or not (
            store.exists(TAKEN) or (store.exists(PENDING) and store.renamenx(PENDING, TAKEN))
        ):
            return 0
        counts = store.hgetall(TAKEN)
        add_days({_counted(name): int(number) for name, number in counts.items()})
        store.delete(TAKEN)
    return len(counts)


def _counted(name: bytes) -> tuple[int, date]:
    repository_id, day = name.decode().split(" ")
    return int(repository_id), date.fromisoformat(day)


@transaction.atomic
def add_days(counts: dict[tuple[int, date], int]) -> None:
    """Add pulls of repositories (by id) on days to both, and to the sums; rows are locked in their order."""
    first = window()[0]
    known = set(Repository.objects.filter(pk__in={pk for pk, _ in counts}).values_list("pk", flat=True))
    rows = [
        DownloadDay(repository_id=pk, day=day, in_window=day >= first)
        for pk, day in sorted(counts)
        if pk in known
    ]
    DownloadDay.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    for row in rows:
        number = counts[row.repository_id, row.day]
        days = DownloadDay.objects.filter(repository_id=row.repository_id, day=row.day)
        days.update(count=F("count") + number)
        recent = number if row.in_window else 0
        Repository.objects.filter(pk=row.repository_id).update(
            downloads=F("downloads") + recent, downloads_all_time=F("downloads_all_time") + number
        )


def roll() -> int:
    """Take days over 30 days ago out of `Repository.downloads`; returns how many days of repositories.

    It reads an index that holds only the days still added up, and each batch is one transaction.
    """
    done = 0
    with alone("downloads:flush") as held:
        while held and (batch := _roll_batch()):
            done += batch
    return done


@transaction.atomic
def _roll_batch() -> int:
    old = DownloadDay.objects.filter(in_window=True, day__lt=window()[0])
    rows = list(old.order_by("day", "repository_id")[:BATCH])
    for row in sorted(rows, key=lambda row: row.repository_id):
        Repository.objects.filter(pk=row.repository_id).update(downloads=F("downloads") - row.count)
    DownloadDay.objects.filter(pk__in=[row.pk for row in rows]).update(in_window=False)
    return len(rows)


def refresh_trending() -> int:
    """Set `Repository.trending` to the pulls of the last seven days (UTC), today included; how many changed.

    Each batch is one statement, and no other sweep of the counts runs beside it.
    """
    first = timezone.now().date() - timedelta(days=TRENDING_DAYS - 1)
    with alone("downloads:flush") as held:
        if not held:
            return 0
        recent = DownloadDay.objects.filter(day__gte=first, in_window=True).order_by()
        sums = dict(recent.values_list("repository_id").annotate(Sum("count")))
        before = dict(Repository.objects.filter(trending__gt=0).values_list("pk", "trending"))
        changed = sorted(pk for pk in sums.keys() | before.keys() if sums.get(pk, 0) != before.get(pk, 0))
        for start in range(0, len(changed), BATCH):
            rows = [Repository(pk=pk, trending=sums.get(pk, 0)) for pk in changed[start : start + BATCH]]
            Repository.objects.bulk_update(rows, ["trending"])
    return len(changed)


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether this process alone has the lock; one that ran out meanwhile is nobody's to give back."""
    lock: Lock = connection().lock(name, timeout=60)
    held = lock.acquire(blocking=False)
    try:
        yield held
    finally:
        if held:
            with suppress(LockError):
                lock.release()
