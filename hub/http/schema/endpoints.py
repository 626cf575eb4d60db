"""From the routes to the paths of the description, and what is the same in all of them."""

from collections.abc import Callable
from typing import Any

from hub.http.schema.components import COMPONENTS, DESCRIPTION
from hub.http.schema.operation import JSON

Endpoint = tuple[str, str, str, Callable]
BESIDE_PAGES = "/{kind}{namespace}/"
CURSOR = {
    "name": "cursor",
    "in": "query",
    "description": "Where to go on: as it is in the Link of the page before.",
    "schema": {"type": "string"},
}
LINK = {
    "description": 'The next page: `<address>; rel="next"`; absent on the last one.',
    "schema": {"type": "string"},
}


def served(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The routes that answer something, with the two addresses of what lies beside the pages spelt out."""
    found: list[Endpoint] = []
    for path, regex, method, view in endpoints:
        if getattr(view.cls, "schema", None) is None:
            continue
        if path.startswith(BESIDE_PAGES):
            rest = path.removeprefix("/{kind}")
            found += [(f"/{rest}", regex, method, view), (f"/datasets/{rest}", regex, method, view)]
        else:
            found.append((path, regex, method, view))
    return found


def completed(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """With components and introduction, the header that leads from page to page, and bodies of DELETE."""
    result["info"]["description"] = DESCRIPTION
    result["components"].setdefault("schemas", {}).update(COMPONENTS)
    for path in result["paths"].values():
        for operation in path.values():
            if operation.pop("x-paged", False):
                operation["parameters"] = [*operation.get("parameters", []), CURSOR]
                operation["responses"]["200"]["headers"] = {"Link": LINK}
            if body := operation.pop("x-body", None):
                operation["requestBody"] = {"content": {JSON: {"schema": body}}, "required": True}
    return result
