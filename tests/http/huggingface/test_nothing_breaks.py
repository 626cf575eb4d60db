"""Every route of the API, sent what no client sends: whatever the answer is, it is none of a failure.

The same requests every time: of each route its parts, its query and its body are replaced one after the
other. What a request changes is rolled back.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice

import pytest
from django.db import transaction

from tests.browsing import RawPathClient
from tests.factories.accounts import make_moderator, make_organisation, make_token
from tests.factories.repositories import make_repository
from tests.http.huggingface.test_permissions import PATTERNS, is_page

# Of each route's requests every third is sent, so that the test takes seconds; neighbours send others.
STRIDE = 3
PART = re.compile(r"<(?P<converter>\w+):(?P<part>\w+)>")
USUAL = {
    "name": "thing",
    "namespace": "the-lab",
    "owner": "the-lab",
    "user": "ada",
    "username": "ada",
    "revision": "main",
    "branch": "main",
    "path": "folder/file.txt",
    "oid": "0" * 40,
    "token_id": "1",
    "case_id": "1",
}
ODD_PARTS = ("%ED%A0%80", "9" * 300, "..", "%0A", "f" * 24)
QUERIES = tuple(
    "&".join(f"{name}={value}" for name in names.split())
    for names, value in [
        ("cursor", "W10:x"),
        ("limit", "9" * 30),
        ("limit from to user_code num_parameters", "%D9%A3"),
        ("search author filter pipeline_tag owner item sort expand after", "%ED%A0%80%FF"),
        ("from to", "9999-12-31"),
        ("from to", "0001-01-01"),
        ("search", "%21%28%3A%2A"),
        ("expand recursive full blobs", "[]"),
    ]
)
ODD = (None, 10**30, "\0", "a" * 10_000, "../x", [[None]], {"a": []})
FIELDS = (
    *("name", "organization", "fromRepo", "toRepo", "type", "files", "deletions", "target", "repository"),
    *("message", "startingPoint", "tag", "paths", "operation", "objects", "hash_algo", "ref", "transfers"),
    *("oid", "size", "parts", "title", "description", "namespace", "item", "note", "position", "theme"),
    *("private", "gated", "visibility", "content", "repoType", "gitIgnore", "grant_type", "client_id"),
)
BODIES = (
    *(json.dumps(dict.fromkeys(FIELDS, odd)).encode() for odd in ODD),
    *(b"null", b"\xff\xfe", b'{"a":1e999}', b'{"name":' + b"9" * 5000 + b"}", b"[" * 10_000),
    json.dumps({"key": "header", "value": {"summary": 1}}).encode(),
    json.dumps({"operation": "upload", "objects": [{"oid": 1, "size": 10**30}, {}]}).encode(),
    json.dumps({"deletions": {"sha": [1]}, "target": {"type": 1}, "files": [{"path": 1}]}).encode(),
)


def path_of(route: str, kind: str, odd: tuple[str, str] = ("", "")) -> str:
    """A path for a route, one of whose parts may be odd."""

    def part(match: re.Match[str]) -> str:
        if match["part"] == "kind":
            return f"{kind}s" if match["converter"] == "kind" else ""
        return odd[1] if match["part"] == odd[0] else USUAL.get(match["part"], "x")

    return "/" + PART.sub(part, route)


def requests(route: str) -> Iterator[tuple[str, str, bytes]]:
    """Method, path and body of what a route is sent."""
    usual = path_of(route, "model")
    parts = [match["part"] for match in PART.finditer(route) if match["part"] != "kind"]
    yield from (("GET", path_of(route, "model", (part, odd)), b"") for part in parts for odd in ODD_PARTS)
    yield from (("GET", f"{usual}?{query}", b"") for query in QUERIES)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        yield from ((method, usual, body) for body in BODIES)


@pytest.mark.django_db
def test_nothing_that_is_sent_makes_a_route_fail():
    user = make_moderator("ada")
    organisation = make_organisation("the-lab", owner=user)
    make_repository(user, namespace=organisation, name="thing", files={"folder/file.txt": b"text"})
    client = RawPathClient(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {make_token(user)[1]}"}
    failed = []
    for number, route in enumerate(PATTERNS):
        if is_page(route) or "(?" in route or route == "healthz":
            continue
        refused = set()
        for method, path, body in islice(requests(route), number % STRIDE, None, STRIDE):
            if method in refused:
                continue
            with transaction.atomic():
                answer = client.generic(method, path, body, "application/json", headers=headers)
                transaction.set_rollback(True)
            if answer.status_code == 405:
                refused.add(method)
            if answer.status_code >= 500:
                failed.append((method, path[:200], body[:100], answer.status_code))
    assert not failed
