"""Which files in chunks are worth a whole object in S3: those that are asked for again by plain HTTP.

What was asked for, and when, is counted in Redis; no pull waits for PostgreSQL because of it.
"""

import logging
import time
from datetime import timedelta

import redis
from celery import signature
from django.conf import settings
from django.utils import timezone

from hub.queue import enqueue
from hub.redis import connection
from storage import wholes
from storage.memory import Memory

log = logging.getLogger(__name__)
SENT, PULLED, TAKEN, WANTED = "wholes:sent", "wholes:pulled", "wholes:taken", "wholes:wanted"
# Twice the file's bytes within this time are reason enough for a whole object.
AGAIN_SECONDS = 24 * 3600
# A use of a whole object is noted once in this time by each process.
NOTED_SECONDS = 3600
KEEP = signature("hub.downloads.tasks.keep_whole")
_noted_until: Memory[str, float] = Memory(20_000)


def about_to_stream(*, sha256: str, size: int, length: int) -> None:
    """Ask for a whole object if these `length` bytes and those streamed today are twice the file."""
    try:
        sent = int(connection().get(f"{SENT}:{sha256}") or 0)
    except redis.RedisError as problem:
        log.warning("what was streamed of %s is not known: %s", sha256, problem)
        return
    if sent + length >= 2 * size:
        ask(sha256)


def streamed(*, sha256: str, length: int) -> None:
    """Note how many bytes of a file were sent from its chunks."""
    name = f"{SENT}:{sha256}"
    try:
        with connection().pipeline() as pipe:
            pipe.set(name, 0, ex=AGAIN_SECONDS, nx=True)
            pipe.incrby(name, length)
            pipe.execute()
    except redis.RedisError as problem:
        log.warning("%s bytes streamed of %s were not noted: %s", length, sha256, problem)


def ask(sha256: str) -> None:
    """Have the workers write a whole object, behind all their other work; asking twice is harmless."""
    try:
        new = connection().zadd(WANTED, {sha256: time.time()}, nx=True)
    except redis.RedisError as problem:
        log.warning("no whole object was asked for of %s: %s", sha256, problem)
        return
    if new:
        enqueue(KEEP, sha256)


def keep(*, sha256: str) -> None:
    """Write one whole object, then have the next one written; while another worker writes one, do nothing."""
    turn = True
    try:
        turn = wholes.keep_whole(sha256=sha256)
    finally:
        if turn:
            connection().zrem(WANTED, sha256)
    if turn:
        resume()


def resume() -> None:
    """Ask the workers again for the whole object that was wanted first; what is a day old is let go."""
    store = connection()
    store.zremrangebyscore(WANTED, "-inf", time.time() - AGAIN_SECONDS)
    for sha256 in store.zrange(WANTED, 0, 0):
        enqueue(KEEP, sha256.decode())


def linked(sha256: str) -> None:
    """Note that somebody got a link to a whole object that may be dropped."""
    now = time.monotonic()
    if (_noted_until.get(sha256) or 0) > now:
        return
    try:
        connection().sadd(PULLED, sha256)
        _noted_until.put(sha256, now + NOTED_SECONDS)
    except redis.RedisError as problem:
        log.warning("a pull of %s was not noted: %s", sha256, problem)


def flush() -> int:
    """Write to the catalogue which whole objects were used; how many. Safe to run twice."""
    store = connection()
    if not store.exists(TAKEN) and not (store.exists(PULLED) and store.renamenx(PULLED, TAKEN)):
        return 0
    taken = store.smembers(TAKEN)
    wholes.note_pulled((sha256.decode() for sha256 in taken), at=timezone.now())
    store.srem(TAKEN, *taken)
    return len(taken)


def drop_cold() -> int:
    """Drop the whole objects that nobody used for settings.WHOLE_DAYS, and delete those dropped before."""
    flush()
    dropped = wholes.drop_cold(before=timezone.now() - timedelta(days=settings.WHOLE_DAYS))
    wholes.delete_leftovers()
    return dropped
