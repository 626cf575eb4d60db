"""Rate limits: who is counted by what, what a 429 says, and that nothing waits for an absent Redis."""

import base64
import logging

import pytest
from huggingface_hub.utils._http import parse_ratelimit_headers

from hub import redis as hub_redis
from tests.factories.accounts import make_token, make_user
from tests.factories.repositories import make_repository

BUCKETS = ("api", "resolvers", "writes", "chunks", "search", "pages", "login", "failures")
LIMITS = dict.fromkeys(BUCKETS, (2, 4))


@pytest.fixture
def limits(settings, db):
    """Two requests for an address, four for a token, in a window that does not end meanwhile."""
    settings.RATE_LIMITS = dict(LIMITS)
    settings.RATE_WINDOW = 10**8
    return settings.RATE_LIMITS


def bearer(user=None):
    return {"Authorization": f"Bearer {make_token(user)[1]}"}


def statuses(client, path, number, headers=None, **extra):
    return [client.get(path, headers=headers or {}, **extra).status_code for _ in range(number)]


def test_every_answer_says_what_is_left_in_the_clients_own_form(limits, client):
    info = parse_ratelimit_headers(client.get("/api/models").headers)
    assert (info.resource_type, info.remaining, info.limit, info.window_seconds) == ("api", 1, 2, 10**8)
    assert 0 < info.reset_in_seconds <= 10**8


def test_beyond_the_limit_the_answer_is_429_with_the_time_to_wait(limits, client):
    assert statuses(client, "/api/models", 3) == [200, 200, 429]
    answer = client.get("/api/models")
    info = parse_ratelimit_headers(answer.headers)
    assert info.remaining == 0
    assert answer["Retry-After"] == str(info.reset_in_seconds)
    assert answer["X-Error-Code"] == "TooManyRequests"
    assert answer["X-Error-Message"] == answer.json()["error"]
    assert answer["X-Request-Id"]


def test_a_refused_request_costs_no_query(limits, client, django_assert_num_queries):
    statuses(client, "/api/models", 2)
    with django_assert_num_queries(0):
        assert statuses(client, "/api/models", 1) == [429]


def test_a_page_beyond_the_limit_is_a_page(limits, client):
    statuses(client, "/models", 2)
    answer = client.get("/models")
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert b"Wait a minute" in answer.content
    assert "Retry-After" in answer


def test_tokens_count_by_themselves_and_addresses_by_themselves(limits, client):
    first, second = bearer(), bearer()
    assert statuses(client, "/api/models", 5, first) == [200] * 4 + [429]
    assert statuses(client, "/api/models", 1, second) == [200]
    assert statuses(client, "/api/models", 3) == [200, 200, 429]
    assert statuses(client, "/api/models", 1, REMOTE_ADDR="10.1.1.1") == [200]


def test_each_kind_of_request_has_a_bucket_of_its_own(limits, client):
    repository = make_repository(files={"a.txt": b"a"})
    name = repository.full_name
    buckets = {
        "/api/models": "api",
        f"/{name}/resolve/main/a.txt": "resolvers",
        "/api/models?search=x": "search",
        "/models?search=x": "search",
        f"/{name}": "pages",
        "/uploads/a.png": "api",
        "/uploads-of-somebody": "pages",
    }
    for path, bucket in buckets.items():
        assert parse_ratelimit_headers(client.get(path).headers).resource_type == bucket, path
    answer = client.post("/api/repos/create", {}, content_type="application/json")
    assert parse_ratelimit_headers(answer.headers).resource_type == "writes"
    answer = client.post("/accounts/login/", {"login": "x", "password": "y"})
    assert parse_ratelimit_headers(answer.headers).resource_type == "login"


def test_made_up_tokens_soon_count_as_their_address(limits, client):
    def guess(number):
        return client.get("/api/models", headers={"Authorization": f"Bearer guess-{number}"}).status_code

    assert [guess(number) for number in range(6)] == [401, 401, 401, 401, 429, 429]
    # Another address is not concerned.
    assert statuses(client, "/api/models", 1, bearer(), REMOTE_ADDR="10.1.1.1") == [200]


def test_made_up_sessions_soon_count_as_their_address(limits, client):
    def guess(number):
        client.cookies["sessionid"] = f"{number:032d}"
        return client.get("/models").status_code

    assert [guess(number) for number in range(6)] == [200, 200, 200, 200, 429, 429]


def test_a_token_counts_once_however_its_header_spells_it(limits, client):
    token = make_token()[1]
    basic = [base64.b64encode(f"{name}:{token}".encode()).decode() for name in ("x", "y", "")]
    spelled = [f"Bearer {token}", f"bearer   {token}", *(f"Basic {value}" for value in basic)]
    found = [statuses(client, "/api/models", 1, {"Authorization": header})[0] for header in spelled]
    assert found == [200] * 4 + [429]


@pytest.mark.parametrize("path", ["/api/agent-harnesses", "/api/absent", "/models", "/avatars/ada"])
def test_a_token_that_is_not_looked_up_gets_no_count_of_its_own(limits, client, path):
    found = [statuses(client, path, 1, {"Authorization": f"Bearer {number}"})[0] for number in range(9)]
    assert found[-1] == 429


@pytest.mark.parametrize("path", ["/api/agent-harnesses", "/api/absent", "/absent/page/of/nothing"])
def test_a_session_that_is_not_looked_up_gets_no_count_of_its_own(limits, client, path):
    found = []
    for number in range(9):
        client.cookies["sessionid"] = f"{number:032d}"
        found += statuses(client, path, 1)
    assert found[-1] == 429


def test_a_search_is_a_search_however_its_address_spells_it(limits, client):
    answer = client.get("/api/models?%73earch=x")
    assert parse_ratelimit_headers(answer.headers).resource_type == "search"
    answer = client.get("/api/models/a/b/tree/main/resolve/x")
    assert parse_ratelimit_headers(answer.headers).resource_type == "api"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "ours"),
    [
        (0, "1.1.1.1", "127.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_the_proxies_are_trusted(
    limits, client, settings, redis_connection, proxies, forwarded, ours
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    statuses(client, "/api/models", 1, {"X-Forwarded-For": forwarded})
    assert [key for key in redis_connection.keys("rate:*") if f":{ours}:".encode() in key]


def test_counts_are_forgotten_with_their_window(limits, client, redis_connection):
    statuses(client, "/api/models", 1)
    [key] = redis_connection.keys("rate:api:*")
    assert 0 < redis_connection.ttl(key) <= 10**8


def test_signs_of_life_and_a_window_of_nothing_are_not_limited(limits, client, settings):
    assert 429 not in statuses(client, "/healthz", 5)
    settings.RATE_WINDOW = 0
    assert statuses(client, "/api/models", 5) == [200] * 5


def test_without_redis_everything_passes_and_it_is_said_once(limits, client, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hub_redis.connection.cache_clear()
    try:
        with caplog.at_level(logging.WARNING, "hub.http.throttling"):
            assert statuses(client, "/api/models", 5, bearer(make_user())) == [200] * 5
    finally:
        hub_redis.connection.cache_clear()
    assert len([record for record in caplog.records if record.name == "hub.http.throttling"]) == 1
