"""Walk a large table a stretch at a time: pages from the newest row down, or round and round.

Where each walk round stopped is kept in Redis.
"""

from typing import Any

from django.db.models import QuerySet

from hub.redis import connection


def next_stretch(rows: QuerySet[Any], *, walk: str, size: int) -> list[Any]:
    """The primary keys of up to `size` rows after those of the walk's last stretch, by index alone.

    After the last row it begins anew, as it does when Redis has lost its place. Raises RedisError.
    """
    key = f"hub:walk:{walk}"
    last = connection().get(key)
    ahead = rows if last is None else rows.filter(pk__gt=last.decode())
    stretch = list(ahead.order_by("pk").values_list("pk", flat=True)[:size])
    if len(stretch) == size:
        connection().set(key, str(stretch[-1]))
    else:
        connection().delete(key)
    return stretch


def page_down(rows: QuerySet[Any], after: list[int] | None, limit: int) -> tuple[list[Any], list[int] | None]:
    """The `limit` newest rows below the position `after`, and where to go on unless they are the last."""
    below = rows if after is None else rows.filter(pk__lt=after[0])
    found = list(below.order_by("-pk")[: limit + 1])
    return found[:limit], [found[limit - 1].pk] if len(found) > limit else None
