"""Whether the three stores answer, in words for whoever wrote their addresses into the environment."""

import uuid

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from redis.exceptions import RedisError

from hub import redis
from storage import s3
from storage.keys import staging_key

HINTS = {
    "postgres": ("PostgreSQL", "DATABASE_URL"),
    "redis": ("Redis", "REDIS_URL"),
    "s3": ("The S3 store", "S3_ENDPOINT_URL, S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"),
}


def check_stores() -> None:
    """Ask each store once; CommandError says which does not answer, why, and which variables name it."""
    try:
        connection.ensure_connection()
    except OperationalError as problem:
        raise _not_usable("postgres", problem) from problem
    try:
        redis.connection().ping()
    except RedisError as problem:
        raise _not_usable("redis", problem) from problem
    try:
        s3.answers()
    except (BotoCoreError, ClientError, ValueError) as problem:
        raise _not_usable("s3", problem) from problem


def check_writes() -> None:
    """Try whether the store keeps what S3_CONDITIONAL_WRITES says it does; CommandError when it does not."""
    if settings.S3_CONDITIONAL_WRITES and not s3.writes_once(staging_key(uuid.uuid4())):
        raise CommandError(
            "The S3 store writes over objects though `If-None-Match: *` is sent, so that whoever has a link "
            "could change what was verified. Set S3_CONDITIONAL_WRITES=0."
        )


def _not_usable(store: str, problem: Exception) -> CommandError:
    name, variables = HINTS[store]
    given = "" if settings.EMBEDDED[store] else f"\nIts address comes from the environment: see {variables}."
    return CommandError(f"{name} cannot be used: {str(problem).strip()}{given}")
