"""Passes to the chunk storage, and a client that shows one."""

import io
import json
from typing import Any

import pytest
from django.http import HttpResponse

from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.repositories import put
from tests.http.api import Api
from tests.http.conformity import check
from tests.xet import Xorb


class Storage:
    """A client of the chunk storage with a pass, as hf_xet is one."""

    def __init__(self, address: str, bearer: str) -> None:
        self.address = "/" + address.split("/", 3)[3]
        self.headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        self.client = RawPathClient()

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
        """POST."""
        return self.send("POST", path, body, **headers)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        media: str = "application/octet-stream",
        length: int | None = None,
        **headers: Any,
    ) -> HttpResponse:
        """Any request, with another `length` in its header if one is given."""
        address = f"{self.address}/{path}"
        more = {} if length is None else {"CONTENT_LENGTH": str(length), "wsgi.input": io.BytesIO(body)}
        response = self.client.generic(
            method, address, body, media, headers={**self.headers, **headers}, **more
        )
        return check(method, address, response)


def pass_for(api: Api, address: str, kind: str = "write", revision: str = "main") -> Storage:
    """The storage as somebody reaches it who may read or write a repository (`models/ada/thing`)."""
    told = api.get(f"/api/{address}/xet-{kind}-token/{revision}").json()
    return Storage(told["casUrl"], told["accessToken"])


def grant(storage: Storage, hash: str, length: Any) -> HttpResponse:
    """Ask for a link to write a xorb."""
    checksum = {"algo": "crc64nvme", "value": "1"}
    body = json.dumps({"length": length, "checksum": checksum}).encode()
    return storage.send("POST", f"v1/xorb-grants/default/{hash}", body, media="application/json")


def send_by_link(storage: Storage, xorb: Xorb, data: bytes | None = None) -> dict[str, str]:
    """Bring a xorb, or other bytes in its name, by a link; returns what was told with it."""
    data = xorb.data if data is None else data
    told = grant(storage, xorb.hash, len(data)).json()
    put(told["url"], data, told["headers"])
    answer = storage.post(f"v1/xorb-commits/default/{xorb.hash}/grant/{told['id']}")
    assert answer.status_code == 200, answer.content
    return told


@pytest.fixture
def anybody(db: None) -> Api:
    """Somebody without a token."""
    return Api()


@pytest.fixture
def owner(db: None) -> Api:
    """A user with a token that may write."""
    return Api(make_user("ada"))


@pytest.fixture(autouse=True)
def uncounted(settings: Any) -> None:
    """Requests are not counted here."""
    settings.RATE_WINDOW = 0
