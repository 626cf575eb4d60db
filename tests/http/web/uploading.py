"""What the tests of the upload page's calls send and ask."""

import hashlib
import os
from typing import Any

from django.http import HttpResponse

from hub.repos.models import Repository
from hub.revisions.selectors import resolve_revision
from tests.browsing import RawPathClient
from tests.factories.repositories import put

PAGE = "/acme/bert/upload"
MIB = 1024 * 1024


def announced(path: str, data: bytes) -> dict[str, Any]:
    """A file as the page announces it."""
    return {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def post(client: RawPathClient, address: str, data: Any) -> HttpResponse:
    """Post JSON."""
    return client.post(address, data, content_type="application/json")


def head(repository: Repository, branch: str | None = None) -> str:
    """The commit that a branch stands on."""
    return resolve_revision(repository, branch).commit


def weights(mib: int) -> bytes:
    """Bytes that no other test has sent."""
    return os.urandom(1024) * 1024 * mib


def begun(client: RawPathClient, file: dict[str, Any]) -> dict[str, Any]:
    """What the hub says to one announced file."""
    answer = post(client, f"{PAGE}/begin", {"files": [file]})
    assert answer.status_code == 200, answer.content
    return answer.json()["files"][0]


def send(plan: dict[str, Any], data: bytes, numbers: list[int] | None = None) -> None:
    """Send parts of a file to the links of its plan: those that are named, or all that have one."""
    size = plan["part_size"]
    for number in numbers or [int(key) for key in plan["links"]]:
        put(plan["links"][str(number)], data[(number - 1) * size : number * size])
