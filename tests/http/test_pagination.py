"""Cursors: made by this hub for one list in one order, and for nothing else."""

import pytest
from django.core.signing import Signer
from django.test import RequestFactory

from hub.errors import InvalidInput
from hub.http import pagination

POSITION = ["2026-11-24T00:00:00Z", 12, None]


def read(text: str, order: str = "models:likes"):
    return pagination.read_cursor(RequestFactory().get("/api/models", {"cursor": text}), order=order)


def test_a_cursor_comes_back_as_it_was_made():
    assert read(pagination.encode_cursor(POSITION, order="models:likes")) == POSITION
    assert pagination.read_cursor(RequestFactory().get("/api/models"), order="models:likes") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "x" * 100_000,
        "ß:ß",
        "\0",
        pagination.encode_cursor(POSITION, order="models:downloads"),
        pagination.encode_cursor(POSITION, order="models:likes") + "x",
        pagination.encode_cursor(POSITION, order="models:likes").upper(),
        Signer(salt="another").sign_object([pagination.VERSION, "models:likes", POSITION]),
    ],
)
def test_what_is_no_cursor_of_this_list_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert refused.value.field == "cursor"


def test_a_cursor_of_another_version_is_refused(monkeypatch):
    old = pagination.encode_cursor(POSITION, order="models:likes")
    monkeypatch.setattr(pagination, "VERSION", pagination.VERSION + 1)
    with pytest.raises(InvalidInput):
        read(old)


def test_the_next_page_asks_the_same_on_the_same_host():
    request = RequestFactory().get(
        "/api/models?filter=a&filter=b%26c&cursor=old&limit=2", HTTP_HOST="hub.test"
    )
    response = pagination.cursor_response(request, [1, 2], POSITION, order="models:likes")
    address, _, relation = response["Link"].removeprefix("<").partition(">; ")
    assert relation == 'rel="next"'
    assert address.startswith("http://hub.test/api/models?filter=a&filter=b%26c&cursor=")
    again = RequestFactory().get(address.removeprefix("http://hub.test"))
    assert pagination.read_cursor(again, order="models:likes") == POSITION
    assert again.GET.getlist("filter") == ["a", "b&c"]
    assert "Link" not in pagination.cursor_response(request, [1, 2], None, order="models:likes")
