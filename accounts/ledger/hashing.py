"""What a link's digest is made of (pure)."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

# What the first link follows.
START = bytes(32)


def canonical(
    *,
    id: int,
    event: str,
    actor: int | None,
    actor_name: str,
    subject: str,
    data: Any,
    created_at: datetime,
) -> bytes:
    """An event as the chain holds it: a JSON list without spaces, keys in order, UTF-8, the time in UTC."""
    at = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [id, event, actor, actor_name, subject, data, at]
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(before: bytes, written: bytes) -> bytes:
    """The SHA-256 of the digest before and the event as it is written."""
    return hashlib.sha256(before + written).digest()
