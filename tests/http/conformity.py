"""Whether an answer is what the API's description says: all answers in the tests of the API are."""

import json
import re
from functools import cache
from typing import Any

from django.http import HttpResponse
from jsonschema import Draft202012Validator

from hub.http.schema.views import description

SEGMENT = {"kind": "(?:models|datasets)", "path": ".+"}


@cache
def routes() -> list[tuple[re.Pattern[str], str]]:
    """The paths of the description as patterns, those with the fewest variables first."""
    paths = sorted(description()["paths"], key=lambda path: (path.count("{"), path))
    return [(re.compile(pattern_of(path)), path) for path in paths]


def pattern_of(path: str) -> str:
    """A path of the description as a pattern for addresses."""
    parts = re.split(r"\{(\w+)\}", path)
    variables = (SEGMENT.get(name, "[^/]+") for name in parts[1::2])
    return "".join(
        re.escape(fixed) + variable for fixed, variable in zip(parts[::2], [*variables, ""], strict=True)
    )


@cache
def validator(path: str, method: str, status: str) -> Draft202012Validator | None:
    """What checks the JSON of an answer; None where the description names no JSON."""
    answer = description()["paths"][path][method]["responses"][status]
    shape = answer.get("content", {}).get("application/json")
    if shape is None:
        return None
    return Draft202012Validator(shape["schema"] | {"components": description()["components"]})


def operation_of(method: str, address: str) -> tuple[str, dict[str, Any]] | None:
    """The path of the description that an address belongs to, and its operation."""
    path = next((path for pattern, path in routes() if pattern.fullmatch(address)), None)
    operation = description()["paths"][path].get(method.lower()) if path else None
    return (path, operation) if path and operation else None


def check(method: str, address: str, response: HttpResponse) -> HttpResponse:
    """The answer, after it was compared with the description; addresses that it does not have pass."""
    found = operation_of(method, address.partition("?")[0])
    if found is None or response.status_code in (301, 307):
        return response
    path, operation = found
    status = str(response.status_code)
    if status not in operation["responses"]:
        assert response.status_code >= 400, f"{method} {path} answers {status}, which is not described"
        status = "default"
    is_json = response.get("Content-Type", "").startswith(("application/json", "application/vnd.git-lfs"))
    checking = validator(path, method.lower(), status)
    if checking is not None and is_json:
        problems = [error.message for error in checking.iter_errors(json.loads(response.content))]
        assert not problems, f"{method} {path} answered {status} otherwise than described: {problems[:3]}"
    return response
