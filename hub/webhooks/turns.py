"""Whose delivery is next: users take turns, and whose addresses were slow or failed come after all others.

Redis remembers for ten minutes when each user had a turn, and whose last one was slow or in vain. Without
that, only the order is another one.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from hub.redis import connection

TURNS, LATE = "hub:webhooks:turns", "hub:webhooks:late"
REMEMBERED_SECONDS = 600


class Waiting(NamedTuple):
    """A user whose delivery is due, since when it is, and its id."""

    user: int
    since: datetime
    delivery: int


def in_turn(
    waiting: Iterable[Waiting], *, turns: Mapping[int, float], late: Collection[int]
) -> list[Waiting]:
    """In the order of service: who is not late, whose last turn is longest ago, who waits longest."""
    return sorted(waiting, key=lambda one: (one.user in late, turns.get(one.user, 0.0), one.since))


def last_turns() -> dict[int, float]:
    """When each user began their last turn, as seconds of the clock."""
    return _remembered(TURNS)


def late_users() -> set[int]:
    """Those whose last delivery was slow or failed."""
    return set(_remembered(LATE))


def begin(user: int) -> None:
    """Note that it is this user's turn now."""
    _remember(TURNS, user)


def end(user: int, *, late: bool) -> None:
    """Note how a user's turn went."""
    if late:
        _remember(LATE, user)
    else:
        connection().zrem(LATE, user)


def _remembered(name: str) -> dict[int, float]:
    rows = connection().zrangebyscore(name, time.time() - REMEMBERED_SECONDS, "+inf", withscores=True)
    return {int(user): at for user, at in rows}


def _remember(name: str, user: int) -> None:
    now = time.time()
    with connection().pipeline() as both:
        both.zadd(name, {user: now})
        both.zremrangebyscore(name, "-inf", now - REMEMBERED_SECONDS)
        both.expire(name, REMEMBERED_SECONDS)
        both.execute()
