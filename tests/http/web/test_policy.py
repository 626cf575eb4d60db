"""What keeps the pages safe, small and quick: content policy, nothing inline, constant queries."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

import hub.http.web
from hub.revisions.operations import AddInline
from tests.browsing import RawPathClient
from tests.factories.accounts import make_member, make_token
from tests.factories.moderation import make_report
from tests.factories.repositories import commit, make_repository
from tests.factories.webhooks import make_webhook

WEB = Path(hub.http.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
ASSETS = sorted((WEB / "static").rglob("*.*"))


@pytest.mark.parametrize(
    "address", ["/", "/acme/bert", "/acme/bert/tree/main", "/accounts/login/", "/absent"]
)
def test_every_page_has_a_strict_content_policy(world, address):
    headers = world.client("nobody").get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    # The store is the one other server that a page speaks to.
    assert "https:" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_anything_inline_or_from_elsewhere(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert "|safe" not in text.replace("field.help_text|safe", "")


def test_scripts_and_styles_stay_small():
    assert sum(path.stat().st_size for path in ASSETS) < 100_000
    assert not any(re.search(rb"https?://(?!www\.w3\.org)", path.read_bytes()) for path in ASSETS)


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


LISTS = {
    "/": ("outsider", 30),
    "/models": ("outsider", 30),
    "/models?search=bert&gated=no": ("outsider", 30),
    "/suggest?search=bert": ("outsider", 30),
    "/acme": ("admin", 30),
    "/organisations/acme/members": ("admin", 30),
    "/settings/tokens": ("admin", 30),
    "/settings/webhooks": ("admin", 30),
    "/acme/bert": ("admin", 40),
    "/acme/bert/tree/main": ("admin", 30),
    "/acme/bert/commits/main": ("admin", 30),
    "/acme/bert/edit/main/README.md": ("admin", 30),
    "/acme/bert/settings": ("admin", 30),
    "/acme/bert/licence": ("admin", 30),
    "/licences": ("outsider", 10),
    "/licences/mit": ("outsider", 10),
    "/moderation/licences": ("moderator", 10),
    "/moderation": ("moderator", 30),
    "/acme/bert/report": ("outsider", 30),
    "/profile/acme/report": ("outsider", 30),
}


@pytest.mark.parametrize("address", LISTS)
def test_queries_do_not_grow_with_the_rows(world, address):
    who, most = LISTS[address]
    make_token(world.users["admin"])
    make_webhook(world.users["admin"], ("model", "acme/bert"))
    make_report(world.public)
    before = queries(world.client(who), address)
    for number in range(3):
        other = make_repository(
            world.users["admin"], namespace=world.organisation, files={"README.md": b"# X"}
        )
        make_report(other)
        make_member(world.organisation)
        make_token(world.users["admin"])
        make_webhook(world.users["admin"], ("model", "acme/bert"), ("org", "acme"))
        commit(world.public, world.users["admin"], [AddInline(f"file{number}.txt", b"%d" % number)])
    assert queries(world.client(who), address) == before <= most


@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_the_pages_for_a_broken_hub_need_no_request(name):
    assert "Allmende" in render_to_string(name)


def test_a_form_without_its_token_gets_a_page_that_says_so(world):
    client = RawPathClient(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "a", "password": "b"})
    assert answer.status_code == 403
    assert b"This form was too old." in answer.content


@pytest.mark.parametrize(
    ("method", "address"), [("post", "/"), ("delete", "/acme/bert"), ("get", "/acme/bert/upload/begin")]
)
def test_a_wrong_method_is_refused(world, method, address):
    assert getattr(world.client("admin"), method)(address).status_code == 405
