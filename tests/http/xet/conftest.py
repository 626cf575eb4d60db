"""Passes to the chunk storage, and a client that shows one."""

from typing import Any

import pytest
from django.http import HttpResponse

from tests.browsing import RawPathClient
from tests.http.conformity import check
from tests.http.huggingface.conftest import Api, anybody, owner

__all__ = ["Storage", "anybody", "owner", "pass_for"]


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

    def send(self, method: str, path: str, body: bytes = b"", **headers: Any) -> HttpResponse:
        """Any request; the answer must be as it is described."""
        address = f"{self.address}/{path}"
        response = self.client.generic(
            method, address, body, "application/octet-stream", headers={**self.headers, **headers}
        )
        return check(method, address, response)


def pass_for(api: Api, address: str, kind: str = "write", revision: str = "main") -> Storage:
    """The storage as somebody reaches it who may read or write a repository (`models/ada/thing`)."""
    told = api.get(f"/api/{address}/xet-{kind}-token/{revision}").json()
    return Storage(told["casUrl"], told["accessToken"])


@pytest.fixture(autouse=True)
def uncounted(settings: Any) -> None:
    """Requests are not counted here."""
    settings.RATE_WINDOW = 0
