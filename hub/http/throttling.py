"""How often somebody may ask: counted in Redis by token, session or address, in fixed windows.

The headers are those of an IETF draft (draft-ietf-httpapi-ratelimit-headers-09) in the spelling that
huggingface_hub 2.4.0 reads (utils/_http.py, parse_ratelimit_headers): it waits for as long as they say.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from redis.commands.core import Script

from hub.http.authentication import token_in
from hub.http.xet.passes import PassInvalid, read_pass
from hub.redis import connection

log = logging.getLogger(__name__)
Respond = Callable[[HttpRequest], HttpResponse]
READS = ("GET", "HEAD", "OPTIONS")
PROGRAMS = ("/api/", "/oauth/", "/lfs/", "/cas/")
# Whoever asks for these is not looked up, so that nothing shown there proves anything.
FOR_ANYBODY = (
    *("/oauth/", "/lfs/", "/avatars/"),
    *("/api/agent-harnesses", "/api/telemetry/", "/api/schema", "/v1/telemetry"),
)
# Signs of life are asked for by machines, as often as they like.
FREE = "/healthz"
# After Redis did not answer, nobody is counted for so many seconds, and no request waits for it.
PAUSE = 5.0
# One round trip. Whose credentials were refused too often from an address counts as the address.
COUNT = """
local key, known = KEYS[2], tonumber(ARGV[3])
if known == 1 and tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then known = 0 end
if known == 0 then key = KEYS[3] end
local used = redis.call('INCR', key)
if used == 1 then redis.call('EXPIRE', key, ARGV[2]) end
return {used, known}
"""


@dataclass(frozen=True)
class Count:
    """What is used of a bucket in its window, which ends in `reset` seconds."""

    bucket: str
    limit: int
    used: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The two headers that say so."""
        left = max(0, self.limit - self.used)
        return {
            "RateLimit": f'"{self.bucket}";r={left};t={self.reset}',
            "RateLimit-Policy": f'"fixed window";"{self.bucket}";q={self.limit};w={settings.RATE_WINDOW}',
        }


class Throttle:
    """Count a request before anything is done for it, and answer 429 beyond the limit of its bucket.

    Without Redis, and with a window of 0 seconds, every request passes.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.paused_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count = self._counted(count_request, request)
        if count is None:
            return self.respond(request)
        if count.used > count.limit:
            return refused(request, count)
        response = self.respond(request)
        if credentials_failed(request, response):
            self._counted(count_failure, request)
        for name, value in count.headers.items():
            response[name] = value
        return response

    def _counted(self, count: Callable[[HttpRequest], Count | None], request: HttpRequest) -> Count | None:
        if not settings.RATE_WINDOW or request.path_info == FREE or time.monotonic() < self.paused_until:
            return None
        try:
            return count(request)
        except redis.RedisError as problem:
            self.paused_until = time.monotonic() + PAUSE
            log.warning("no request is counted for %s seconds: %s", PAUSE, problem)
            return None


def count_request(request: HttpRequest) -> Count:
    """Count a request towards its bucket, for whoever sent it."""
    bucket, here = bucket_of(request), address(request)
    # Guesses at a password come with any session, so that they count by address.
    said = "" if bucket == "login" else credentials(request)
    window, reset = _window()
    used, known = _script()(
        keys=[_key("failures", here, window), _key(bucket, said, window), _key(bucket, here, window)],
        args=[settings.RATE_LIMITS["failures"][0], settings.RATE_WINDOW, int(bool(said))],
        client=connection(),
    )
    return Count(bucket, settings.RATE_LIMITS[bucket][known], used, reset)


def count_failure(request: HttpRequest) -> None:
    """Count credentials that were none, for the address that sent them."""
    key = _key("failures", address(request), _window()[0])
    connection().pipeline().incr(key).expire(key, settings.RATE_WINDOW).execute()


def credentials_failed(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a token was refused, a session that is none was taken back, or neither was ever looked up.

    The last is so where nothing is served; else each made-up credential would have a count of its own there.
    """
    if not credentials(request):
        return False
    if shows_token(request):
        return response.status_code == 401 or not hasattr(request, "_actor")
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    taken_back = cookie is not None and cookie["max-age"] == 0
    return taken_back or not getattr(getattr(request, "session", None), "accessed", False)


def bucket_of(request: HttpRequest) -> str:
    """Which of settings.RATE_LIMITS a request counts towards."""
    path, reads = request.path_info, request.method in READS
    if path.startswith(("/accounts/", "/settings/password")) and not reads:
        return "login"
    if path.startswith("/cas/"):
        return "chunks"
    if "/resolve/" in path and not path.startswith(PROGRAMS):
        return "resolvers"
    if "search=" in unquote(request.META.get("QUERY_STRING", "")):
        return "search"
    if not for_programs(path):
        return "pages"
    # Signed addresses say by themselves who may write; paths and licences are only asked for.
    asks = path.startswith(("/lfs/", "/v1/", "/api/licences/")) or "/paths-info/" in path
    return "api" if reads or asks else "writes"


def for_programs(path: str) -> bool:
    """Whether a path is one at which tokens count; pages know sessions only."""
    if path == "/uploads" or path.startswith((*PROGRAMS, "/v1/", "/uploads/")):
        return True
    return ".git/" in path or "/resolve/" in path


def shows_token(request: HttpRequest) -> bool:
    """Whether a request speaks by its Authorization header."""
    return "Authorization" in request.headers and for_programs(request.path_info)


def credentials(request: HttpRequest) -> str:
    """What a request says of its sender, as a hash; "" when nothing, or nothing that will be looked up.

    Whether it is true is not looked up here, for that is the work to be saved. A token is the same however
    its header spells it.
    """
    if request.path_info.startswith(FOR_ANYBODY):
        return ""
    if request.path_info.startswith("/cas/"):
        said = _bearer(request)
    elif shows_token(request):
        said = token_in(request.headers["Authorization"])
    else:
        said = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32] if said else ""


def _bearer(request: HttpRequest) -> str:
    """Whom a pass to the chunk storage names: it changes every few minutes, and is known by its signature."""
    try:
        return read_pass(token_in(request.headers.get("Authorization", ""))).bearer
    except PassInvalid:
        return ""


def address(request: HttpRequest) -> str:
    """The sender's address: the connection's, or what the outermost of the trusted proxies saw."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(passed) >= proxies and passed[-proxies]:
        return passed[-proxies][:60]
    return request.META.get("REMOTE_ADDR") or ""


def refused(request: HttpRequest, count: Count) -> HttpResponse:
    """429, as JSON for programs and as a page for people, with the seconds to wait."""
    if count.bucket in ("pages", "login"):
        response = HttpResponse(render_to_string("429.html"), status=429)
        response["Content-Security-Policy"] = "default-src 'self'"
    else:
        words = f"Too many requests ({count.bucket}): wait {count.reset} seconds, then go on."
        response = JsonResponse({"error": words}, status=429)
        response["X-Error-Code"], response["X-Error-Message"] = "TooManyRequests", words
    response["Retry-After"] = str(count.reset)
    for name, value in count.headers.items():
        response[name] = value
    return response


def _window() -> tuple[int, int]:
    """The number of the current window, and the seconds until it ends."""
    window, elapsed = divmod(int(time.time()), settings.RATE_WINDOW)
    return window, settings.RATE_WINDOW - elapsed


def _key(bucket: str, who: str, window: int) -> str:
    return f"rate:{bucket}:{who}:{window}"


@lru_cache(maxsize=1)
def _script() -> Script:
    return connection().register_script(COUNT)
