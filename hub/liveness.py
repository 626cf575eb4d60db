"""Signs of life of the background processes: keys in Redis that fade unless they are renewed."""

import time

from hub.redis import connection

SIGN_SECONDS = 5
# Three signs may be missed before a part counts as gone.
FADE_SECONDS = 4 * SIGN_SECONDS
PARTS = ("worker", "beat")


def sign(part: str) -> None:
    """Say that the part is alive now; raises redis.exceptions.RedisError."""
    connection().set(_key(part), int(time.time()), ex=FADE_SECONDS)


def living() -> dict[str, bool]:
    """Tell of each background part whether it gave a sign lately; raises redis.exceptions.RedisError."""
    signs = connection().mget([_key(part) for part in PARTS])
    return {part: sign is not None for part, sign in zip(PARTS, signs, strict=True)}


def forget() -> None:
    """Drop the signs of an earlier run, which would make its successors look alive too soon."""
    connection().delete(*[_key(part) for part in PARTS])


def _key(part: str) -> str:
    return f"hub:alive:{part}"
