"""Nothing that is uploaded can run in the hub's origin, whatever it is and whatever it is called."""

import pytest

from hub.http.content import content_type
from hub.revisions.operations import AddInline
from tests.factories.repositories import add_large, commit

HTML = b"<!doctype html><script>alert('ran')</script><img src=x onerror=alert('ran')>"
SVG = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert('ran')\"><script>alert('ran')</script></svg>"
XML = b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(\'ran\')</x:script>'
MARKDOWN = b"""# A [link](javascript:alert('ran')) and ![image](javascript:alert('ran'))

[data](data:text/html;base64,PHNjcmlwdD4=) <a href="java&#115;cript:alert('ran')">x</a>
<script>alert('ran')</script> <svg onload=alert('ran')></svg> <p onclick="alert('ran')">x</p>
<iframe src="//example.org"></iframe> <object data="x.svg"></object> <base href="//example.org">
"""
NOTEBOOK = b"""{"cells": [{"cell_type": "markdown", "source": "<script>alert('ran')</script>"},
{"cell_type": "code", "source": "1", "outputs": [{"data": {"text/html": "<script>alert('ran')</script>"}}]}]}
"""
FILES = {
    "page.html": HTML,
    "page.xhtml": HTML,
    "drawing.svg": SVG,
    "feed.xml": XML,
    "paper.pdf": b"%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert('ran')) >> >>",
    "code.js": b"alert('ran')",
    "style.css": b"body { background: url(javascript:alert('ran')) }",
    "notes.md": MARKDOWN,
    "n.ipynb": NOTEBOOK,
    "t.csv": b"a,b\n<script>alert('ran')</script>,2\n",
    "x.json": b'{"<script>alert(1)</script>": "<script>alert(2)</script>"}',
    # Names that lie.
    "page.png": HTML,
    "drawing.png": SVG,
    "picture.html": b"\x89PNG\r\n\x1a\n<script>alert('ran')</script>",
    "weights.safetensors": HTML,
    "weights.gguf": SVG,
    "model.safetensors.index.json": b'{"weight_map": {"<script>alert(1)</script>": "<script>x</script>"}}',
}
HARMLESS_TYPES = {"text/plain; charset=utf-8", "application/octet-stream", "image/png", "image/svg+xml"}


@pytest.fixture
def hostile(world):
    """The repository “bert” with every hostile file, small and (below large/) as a large object."""
    user = world.users["admin"]
    commit(world.public, user, [AddInline(path, data) for path, data in FILES.items()])
    add_large(world.public, user, "large/page.html", HTML * 50)
    return world


@pytest.mark.parametrize("path", FILES)
def test_bytes_are_served_to_be_saved_with_a_type_that_runs_nowhere(hostile, path):
    answer = hostile.client("nobody").get(f"/acme/bert/resolve/main/{path}")
    assert (answer.status_code, answer.content) == (200, FILES[path])
    assert answer["Content-Type"] in HARMLESS_TYPES
    assert answer["Content-Type"].startswith("image/") == FILES[path].startswith((b"\x89PNG", b"<svg"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("data", "drawing"),
    [
        (b"<svg>", True),
        (
            b'\xef\xbb\xbf <?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg xmlns="x">',
            True,
        ),
        (b"<svgs>", False),
        (b"<!-- <svg> --><html>", False),
        (b"<!DOCTYPE html><svg>", False),
        (b"words <svg>", False),
        (b" " * 9000 + b"<svg>", False),
        (b"<!-- " * 3000, False),
    ],
)
def test_a_drawing_is_told_by_its_first_bytes(data, drawing):
    assert (content_type(data) == "image/svg+xml") == drawing


def test_a_part_of_the_bytes_is_no_more_dangerous_than_all(hostile):
    answer = hostile.client("nobody").get(
        "/acme/bert/resolve/main/picture.html", headers={"Range": "bytes=8-"}
    )
    assert answer.status_code == 206
    assert answer["Content-Type"] in HARMLESS_TYPES
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_link_to_the_store_says_to_save_it_too(hostile):
    answer = hostile.client("nobody").get("/acme/bert/resolve/main/large/page.html")
    assert answer.status_code == 302
    assert "response-content-disposition=attachment" in answer["Location"]
    assert "response-content-type=application%2Foctet-stream" in answer["Location"]


@pytest.mark.parametrize("view", ["", "?view=source"])
@pytest.mark.parametrize("path", FILES)
def test_the_page_of_a_file_holds_no_tag_of_it(hostile, path, view):
    answer = hostile.client("nobody").get(f"/acme/bert/blob/main/{path}{view}")
    assert answer.status_code == 200
    shown = answer.content.decode()
    inside = shown.split('<div class="box">')[1].split('aria-labelledby="about"')[0].lower()
    for tag in ("<script", "<svg", "<iframe", "<object", "<base", "<x:script", "<style", "<embed"):
        assert tag not in inside, tag
    for address in ('href="javascript', 'src="javascript', 'href="data', 'src="data', "href='"):
        assert address not in inside, address
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_only_what_is_a_picture_by_its_bytes_is_shown_as_one(hostile):
    def shown(path: str) -> bool:
        page = hostile.client("nobody").get(f"/acme/bert/blob/main/{path}").content
        return b'<img src="/acme/bert/resolve' in page

    assert all(shown(path) for path in ("picture.html", "drawing.svg", "drawing.png"))
    assert not any(shown(path) for path in ("page.png", "page.html", "feed.xml"))


def test_a_folders_readme_runs_nothing_either(hostile):
    commit(hostile.public, hostile.users["admin"], [AddInline("sub/README.md", MARKDOWN)])
    page = hostile.client("nobody").get("/acme/bert/tree/main/sub").content.decode()
    article = page.split('<article class="card prose">')[1].split("</article>")[0]
    assert 'href="javascript' not in article
    assert "onclick" not in article
    assert "<script" not in article


def test_a_diff_is_text(hostile):
    oid = commit(hostile.public, hostile.users["admin"], [AddInline("page.html", HTML + b"\nmore")])
    page = hostile.client("nobody").get(f"/acme/bert/commit/{oid}").content.decode()
    difference = page.split('id="changes"')[1].split("<footer")[0]
    assert "&lt;script&gt;" in difference
    assert "<script" not in difference
