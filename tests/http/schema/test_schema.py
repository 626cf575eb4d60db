"""The description of the API: valid, whole, and readable on a page."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.validation import validate_schema

from contributions.attachments.vocabulary import TYPES
from hub.http.huggingface.missing import NotServed
from hub.http.huggingface.properties import BESIDE, TABLE
from hub.http.schema.describe import row_key
from hub.http.schema.tables import OPERATIONS
from hub.http.schema.views import description
from tests.browsing import RawPathClient


def views(patterns=None):
    """Every view class of the API."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry.url_patterns)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            yield entry.callback.cls


def operations():
    """Every operation of the description with its path and method."""
    return [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_description_is_openapi_3_1():
    assert description()["openapi"].startswith("3.1")
    validate_schema(description())


def test_every_method_of_every_view_is_described_and_nothing_else():
    served = {
        row_key(view, method)
        for view in views()
        if view is not NotServed
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view, method)
    }
    assert served == set(OPERATIONS)


def test_every_operation_has_a_name_of_its_own_and_says_what_it_is():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    for path, method, operation in operations():
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        assert operation["tags"], (path, method)


def test_an_attachment_is_described_as_a_picture_film_or_sound():
    answers = description()["paths"]["/uploads/{file}"]["get"]["responses"]
    kinds = {content_type.partition("/")[0] + "/*" for content_type in TYPES.values()}
    assert set(answers["200"]["content"]) == set(answers["206"]["content"]) == kinds


def test_every_reference_leads_to_a_component():
    used = {part.partition("'")[0] for part in str(description()).split("#/components/schemas/")[1:]}
    assert used == set(description()["components"]["schemas"])


def test_every_chapter_stands_in_its_order():
    chapters = [tag["name"] for tag in description()["tags"]]
    assert {tag for _, _, operation in operations() for tag in operation["tags"]} == set(chapters)


def test_every_property_of_a_repository_is_described():
    known = set(description()["components"]["schemas"]["Repository"]["properties"])
    assert {name for table in TABLE.values() for name in table} | set(BESIDE) <= known


def test_datasets_have_addresses_of_their_own_beside_the_pages():
    paths = description()["paths"]
    assert "/{namespace}/{name}/resolve/{revision}/{path}" in paths
    assert "/datasets/{namespace}/{name}/resolve/{revision}/{path}" in paths


def test_deleting_a_repository_says_what_its_body_is():
    delete = description()["paths"]["/api/repos/delete"]["delete"]
    assert delete["requestBody"]["content"]["application/json"]["schema"]["required"] == ["name"]


@pytest.mark.django_db
def test_the_description_names_the_host_that_was_asked():
    answer = RawPathClient().get("/api/schema", headers={"Host": "localhost"})
    assert answer.status_code == 200
    assert answer.json()["servers"] == [{"url": "http://localhost"}]
    again = RawPathClient().get("/api/schema", headers={"Host": "localhost", "If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_the_page_of_the_api_is_for_everybody():
    answer = RawPathClient().get("/api")
    assert answer.status_code == 200
    assert 'data-schema="/api/schema"' in answer.content.decode()
