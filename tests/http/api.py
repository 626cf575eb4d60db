"""An API client that speaks for one user, or for nobody."""

import json
from typing import Any

from django.http import HttpResponse

from accounts.models import User
from tests.browsing import RawPathClient
from tests.factories.accounts import make_token
from tests.http.conformity import check


class Api:
    """An API client that speaks for one user, or for nobody; answers must be as they are described."""

    def __init__(self, user: User | None = None, *, role: str = "write", **token: Any) -> None:
        self.user = user
        self.client = RawPathClient()
        self.headers = {"Authorization": f"Bearer {make_token(user, role=role, **token)[1]}"} if user else {}

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        return check("GET", path, self.client.get(path, headers={**self.headers, **headers}))

    def head(self, path: str, **headers: str) -> HttpResponse:
        """HEAD."""
        return self.client.head(path, headers={**self.headers, **headers})

    def send(self, method: str, path: str, data: Any, content_type: str = "application/json") -> HttpResponse:
        """A request with a JSON body, or with the text given."""
        body = data if isinstance(data, str | bytes) else json.dumps(data)
        response = self.client.generic(method, path, body, content_type, headers=self.headers)
        return check(method, path, response)

    def post(self, path: str, data: Any, content_type: str = "application/json") -> HttpResponse:
        """POST."""
        return self.send("POST", path, data, content_type)

    def commit(self, address: str, *operations: dict[str, Any], **header: Any) -> HttpResponse:
        """POST a commit to main."""
        lines = [{"key": "header", "value": {"summary": "Change", "description": "", **header}}, *operations]
        body = "\n".join(json.dumps(line) for line in lines)
        return self.post(f"/api/{address}/commit/main", body, "application/x-ndjson")
