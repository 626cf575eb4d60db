"""Walk a large table a stretch at a time, round and round: where each walk stopped is kept in Redis."""

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
