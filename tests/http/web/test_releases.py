"""Branches, tags and releases on pages."""

from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from hub.revisions.models import Ref, Release
from hub.revisions.operations import AddInline
from hub.revisions.refs import create_branch
from hub.revisions.releases import make_release
from hub.revisions.selectors import resolve_revision
from storage.models import Blob
from storage.services import keep_scan_states
from tests.browsing import RawPathClient
from tests.factories.accounts import make_token
from tests.factories.repositories import commit

NEW = {"tag": "v1.0", "start": "main", "title": "First", "notes": "Runs **faster**. See [use](docs/use.md)."}


@pytest.fixture(autouse=True)
def everything_is_scanned(request, world):
    """What the checks say of files is a matter of its own, below."""
    scanned()


def scanned(state: str = "safe") -> None:
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), state))


def names(repository) -> list[str]:
    return list(Ref.objects.filter(repository=repository).order_by("name").values_list("name", flat=True))


def release(world, tag: str = "v1.0", title: str = "First") -> Release:
    return make_release(
        repo=world.public, tag=tag, start="main", title=title, notes="", actor_user=world.users["admin"]
    )


def test_a_branch_and_a_tag_are_made_at_a_revision_and_listed(world):
    client = world.client("writer")
    first = resolve_revision(world.public, None).commit
    commit(world.public, world.users["admin"], [AddInline("more.txt", b"x")])
    assert (
        client.post("/acme/bert/refs", {"what": "branch", "name": "dev/a", "start": "main"}).status_code
        == 302
    )
    assert (
        client.post("/acme/bert/refs", {"what": "tag", "name": "v0", "start": first[:8]}).status_code == 302
    )
    assert names(world.public) == ["refs/heads/dev/a", "refs/heads/main", "refs/tags/v0"]
    assert resolve_revision(world.public, "v0").commit == first
    page = world.client("nobody").get("/acme/bert/refs").content.decode()
    assert "/acme/bert/tree/dev%2Fa" in page
    assert "Delete" not in page
    assert "/refs/delete?ref=refs%2Fheads%2Fdev%2Fa" in client.get("/acme/bert/refs").content.decode()


@pytest.mark.parametrize(
    "change",
    [{"name": "main"}, {"name": "a b"}, {"name": ""}, {"start": "absent"}, {"start": "\0"}, {"what": "pr"}],
)
def test_a_bad_branch_is_refused_at_its_field(world, change):
    sent = {"what": "branch", "name": "dev", "start": "main"} | change
    answer = world.client("writer").post("/acme/bert/refs", sent)
    assert answer.status_code == 400
    assert b'class="errorlist"' in answer.content
    assert names(world.public) == ["refs/heads/main"]


def test_a_branch_or_tag_that_is_there_is_called_so_in_the_words_of_the_page(world):
    client = world.client("writer")
    for what in ("branch", "tag"):
        client.post("/acme/bert/refs", {"what": what, "name": "dev/a", "start": "main"})

    def told(what: str, name: str, **headers: str) -> str:
        sent = {"what": what, "name": name, "start": "main"}
        return unescape(client.post("/acme/bert/refs", sent, headers=headers).content.decode())

    assert "There is a branch called “main” already." in told("branch", "main")
    assert "There is a tag called “dev/a” already." in told("tag", "dev/a")
    assert "“dev/a” is there, and nothing can be called “dev” beside it." in told("branch", "dev")
    assert "Einen Branch namens „main“ gibt es schon." in told("branch", "main", Accept_Language="de")


def test_a_branch_is_deleted_after_a_question_and_the_default_one_never(world):
    client = world.client("writer")
    client.post("/acme/bert/refs", {"what": "branch", "name": "dev", "start": "main"})
    assert b"Delete dev?" in client.get("/acme/bert/refs/delete?ref=refs/heads/dev").content
    assert "refs/heads/dev" in names(world.public)
    assert client.post("/acme/bert/refs/delete", {"ref": "refs/heads/dev"}).status_code == 302
    assert client.post("/acme/bert/refs/delete", {"ref": "refs/heads/main"}).status_code == 403
    assert client.post("/acme/bert/refs/delete", {"ref": "refs/heads/absent"}).status_code == 404
    assert client.post("/acme/bert/refs/delete", {"ref": "refs/pr/1"}).status_code == 404
    assert names(world.public) == ["refs/heads/main"]


@pytest.mark.parametrize(("who", "status"), [("nobody", 302), ("outsider", 403), ("reader", 403)])
def test_others_make_and_delete_nothing(world, who, status):
    release(world)
    client, admin = world.client(who), world.users["admin"]
    for address, sent in {
        "/acme/bert/refs": {"what": "branch", "name": "dev", "start": "main"},
        "/acme/bert/refs/delete": {"ref": "refs/tags/v1.0"},
        "/acme/bert/releases/new": NEW | {"tag": "v2"},
        "/acme/bert/release/v1.0/edit": {"title": "Other", "notes": ""},
        "/acme/bert/release/v1.0/delete": {},
    }.items():
        assert client.post(address, sent).status_code == status
    assert names(world.public) == ["refs/heads/main", "refs/tags/v1.0"]
    assert [(row.title, row.author) for row in Release.objects.all()] == [("First", admin)]


def test_a_release_makes_its_tag_and_is_shown_with_notes_size_and_lines_to_pull(world):
    answer = world.client("writer").post("/acme/bert/releases/new", NEW)
    assert answer["Location"] == "/acme/bert/release/v1.0"
    for address in ("/acme/bert/releases", "/acme/bert/release/v1.0"):
        page = world.client("nobody").get(address).content.decode()
        assert "<strong>faster</strong>" in page
        assert 'href="/acme/bert/blob/v1.0/docs/use.md"' in page
        assert "hf download acme/bert --revision v1.0" in page
        assert "4 files" in page
    assert "First" in world.client("nobody").get("/acme/bert").content.decode()


def test_the_page_of_a_model_names_its_newest_release(world):
    release(world, "v1", "The first one")
    release(world, "v2", "The second one")
    page = world.client("nobody").get("/acme/bert").content.decode()
    assert "The second one" in page
    assert "The first one" not in page


def test_a_release_keeps_its_tag_where_it_is_while_the_branch_moves_on(world):
    release(world)
    before = resolve_revision(world.public, "v1.0").commit
    commit(world.public, world.users["admin"], [AddInline("more.txt", b"x")])
    assert resolve_revision(world.public, "v1.0").commit == before
    edited = world.client("writer").post(
        "/acme/bert/release/v1.0/edit", {"title": "Other", "notes": "New words"}
    )
    assert edited.status_code == 302
    assert resolve_revision(world.public, "v1.0").commit == before
    assert Release.objects.get().title == "Other"


def test_the_tag_of_a_release_stays_until_the_release_is_deleted(world):
    release(world)
    client = world.client("writer")
    assert (
        b"Delete the release before its tag."
        in client.get("/acme/bert/refs/delete?ref=refs/tags/v1.0").content
    )
    assert client.post("/acme/bert/refs/delete", {"ref": "refs/tags/v1.0"}).status_code == 409
    assert "refs/tags/v1.0" in names(world.public)
    assert client.post("/acme/bert/release/v1.0/delete").status_code == 302
    assert "refs/tags/v1.0" in names(world.public)
    assert client.post("/acme/bert/refs/delete", {"ref": "refs/tags/v1.0"}).status_code == 302
    assert names(world.public) == ["refs/heads/main"]


@pytest.mark.parametrize(
    "change",
    [
        {"tag": "a b"},
        {"tag": ""},
        {"title": ""},
        {"title": "x" * 201},
        {"start": "absent"},
        {"notes": "x" * 100_001},
    ],
)
def test_a_bad_release_is_refused_at_its_field_and_makes_no_tag(world, change):
    answer = world.client("writer").post("/acme/bert/releases/new", NEW | change)
    assert answer.status_code == 400
    assert b'class="errorlist"' in answer.content
    assert names(world.public) == ["refs/heads/main"]
    assert not Release.objects.exists()


def test_a_tag_is_released_once(world):
    release(world)
    assert world.client("writer").post("/acme/bert/releases/new", NEW | {"title": "Again"}).status_code == 400
    assert Release.objects.get().title == "First"


def test_a_missing_release_is_a_page_that_says_so(world):
    for tag in ("absent", "v1%2F", "main"):
        assert world.client("admin").get(f"/acme/bert/release/{tag}").status_code == 404


def test_releases_have_pages(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.releases.PAGE", 1)
    release(world, "v1", "The first one")
    release(world, "v2", "The second one")
    client = world.client("nobody")
    assert b"The first one" not in client.get("/acme/bert/releases").content
    last = Release.objects.latest("pk").pk
    assert f"?before={last}".encode() in client.get("/acme/bert/releases").content
    assert b"The first one" in client.get(f"/acme/bert/releases?before={last}").content
    for odd in ("x", "²", "9" * 40, "-1", ""):
        assert client.get(f"/acme/bert/releases?before={odd}").status_code == 200


def test_the_switcher_of_revisions_keeps_the_path(world):
    release(world)
    client = world.client("nobody")
    assert b'href="/acme/bert/tree/v1.0/docs"' in client.get("/acme/bert/tree/main/docs").content
    assert (
        b'href="/acme/bert/blob/v1.0/docs/use.md"' in client.get("/acme/bert/blob/main/docs/use.md").content
    )
    assert b'href="/acme/bert/commits/v1.0"' in client.get("/acme/bert/commits/main").content
    assert b'href="/acme/bert/refs"' in client.get("/acme/bert/tree/main").content


def test_a_released_repository_can_be_deleted(world):
    release(world)
    sent = {"confirmation": "acme/bert"}
    assert world.client("admin").post("/acme/bert/settings/delete", sent)["Location"] == "/acme"
    assert not Release.objects.exists()


@pytest.mark.parametrize("page", ["refs", "releases", "releases/new", ""])
def test_the_queries_of_a_page_do_not_grow_with_releases(world, page):
    client, admin = world.client("writer"), world.users["admin"]

    def queries() -> int:
        client.get(f"/acme/bert/{page}".rstrip("/"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/acme/bert/{page}".rstrip("/")).status_code == 200
        return len(captured)

    release(world, "v0")
    before = queries()
    for number in range(1, 7):
        commit(world.public, admin, [AddInline("n.txt", b"%d" % number)])
        release(world, f"v{number}")
        create_branch(repo=world.public, name=f"b{number}", start=None, actor_user=admin)
    assert queries() == before <= 30


def test_a_client_cannot_delete_the_tag_of_a_release_either(world):
    release(world)
    _, token = make_token(world.users["writer"])
    headers = {"Authorization": f"Bearer {token}"}
    answer = RawPathClient().delete("/api/models/acme/bert/tag/v1.0", headers=headers)
    assert answer.status_code == 409
    assert "Delete the release before its tag." in answer.json()["error"]
    assert "refs/tags/v1.0" in names(world.public)


def test_notes_are_shown_as_they_will_look_while_they_are_typed(world):
    client, htmx = world.client("writer"), {"HX-Request": "true"}
    asked = client.post("/acme/bert/releases/new", NEW | {"title": ""}, headers=htmx)
    assert asked.status_code == 200
    assert "<strong>faster</strong>" in asked.content.decode()
    assert 'href="/acme/bert/blob/main/docs/use.md"' in asked.content.decode()
    assert "<form" not in asked.content.decode()
    assert not Release.objects.exists()
    release(world)
    changed = client.post("/acme/bert/release/v1.0/edit", {"notes": "Now *slower*."}, headers=htmx)
    assert "<em>slower</em>" in changed.content.decode()
    assert Release.objects.get().notes == ""
    assert world.client("reader").post("/acme/bert/releases/new", NEW, headers=htmx).status_code == 403


def test_what_is_not_checked_yet_is_released_later_or_by_an_admin_on_the_record(world):
    scanned("queued")
    writer, admin = world.client("writer"), world.client("admin")
    for asked in (NEW, NEW | {"override": "on"}):
        answer = writer.post("/acme/bert/releases/new", asked)
        assert answer.status_code == (403 if "override" in asked else 409)
        assert names(world.public) == ["refs/heads/main"]
    page = admin.post("/acme/bert/releases/new", NEW).content.decode()
    assert "has not ended yet" in page
    assert "Runs **faster**" in page
    assert "Release it against these checks" in page
    assert admin.post("/acme/bert/releases/new", NEW | {"override": "on"}).status_code == 302
    logged = AuditEvent.objects.get(event="release.forced")
    assert (logged.actor, logged.data["tag"]) == (world.users["admin"], "v1.0")
    assert logged.data["overridden"] == ["scan-waiting"]
    scanned()
    assert writer.post("/acme/bert/releases/new", NEW | {"tag": "v2.0"}).status_code == 302
    assert AuditEvent.objects.filter(event="release.forced").count() == 1
