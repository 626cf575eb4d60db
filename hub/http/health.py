"""GET /healthz: do all parts of the hub answer?"""

import redis
from botocore.exceptions import BotoCoreError, ClientError
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hub import liveness
from storage import s3


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part answers, else 503; `parts` says of each whether it is "ok" or "missing"."""
    answering = {"database": _database(), **_redis_and_background(), "storage": _storage()}
    parts = {name: "ok" if answers else "missing" for name, answers in answering.items()}
    missing = [name for name, answers in answering.items() if not answers]
    if missing:
        return JsonResponse({"status": "unavailable", "missing": missing, "parts": parts}, status=503)
    return JsonResponse({"status": "ok", "parts": parts})


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_and_background() -> dict[str, bool]:
    try:
        return {"redis": True, **liveness.living()}
    except redis.exceptions.RedisError:
        return {"redis": False, **dict.fromkeys(liveness.PARTS, False)}


def _storage() -> bool:
    try:
        return s3.answers()
    except (BotoCoreError, ClientError):
        return False
