"""Folders, files and history."""

import re

import pytest

from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.refs import create_branch
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository


def page(world, address: str, who: str = "nobody") -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_folder_lists_folders_before_files_with_their_sizes(world):
    shown = page(world, "/acme/bert/tree/main")
    assert shown.index("tree/main/docs") < shown.index("blob/main/.gitattributes")
    assert "15 B" in shown
    assert "blob/main/docs/use.md" not in shown


def test_a_folder_leads_up_and_down(world):
    shown = page(world, "/acme/bert/tree/main/docs")
    assert 'href="/acme/bert/tree/main"' in shown
    assert 'href="/acme/bert/blob/main/docs/use.md"' in shown


def test_a_text_file_is_shown_escaped(world):
    commit(world.public, world.users["admin"], [AddInline("page.html", b"<script>alert(1)</script>")])
    shown = page(world, "/acme/bert/blob/main/page.html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in re.sub("</?span[^>]*>", "", shown)
    assert "<script>alert" not in shown


def test_a_drawing_is_shown_as_a_picture_in_which_nothing_runs_and_as_its_source(world):
    commit(world.public, world.users["admin"], [AddInline("a.svg", b"<svg onload='alert(1)'/>")])
    shown = page(world, "/acme/bert/blob/main/a.svg")
    assert '<img src="/acme/bert/resolve/main/a.svg"' in shown
    source = page(world, "/acme/bert/blob/main/a.svg?view=source")
    assert '<img src="/acme' not in source
    for text in (shown, source):
        assert "<svg onload" not in text


def test_a_binary_file_is_shown_as_facts(world):
    sha256 = add_large(world.public, world.users["admin"], "model.safetensors", b"\0\1\2" * 100)
    shown = page(world, "/acme/bert/blob/main/model.safetensors")
    assert sha256 in shown
    assert "300 B" in shown


def test_a_picture_is_shown_from_the_repositorys_bytes(world):
    commit(world.public, world.users["admin"], [AddInline("a b.png", b"\x89PNG\r\n\x1a\n\0\0")])
    assert '<img src="/acme/bert/resolve/main/a%20b.png"' in page(world, "/acme/bert/blob/main/a%20b.png")


def test_a_file_address_of_a_folder_leads_to_the_folder(world):
    answer = world.client("nobody").get("/acme/bert/blob/main/docs")
    assert (answer.status_code, answer["Location"]) == (302, "/acme/bert/tree/main/docs")


@pytest.mark.parametrize("path", ["absent.txt", "docs/absent.md", "../secret", "config.json/x"])
def test_a_missing_file_is_a_404(world, path):
    assert world.client("nobody").get(f"/acme/bert/blob/main/{path}").status_code == 404


def test_a_branch_with_a_slash_has_pages(world):
    create_branch(repo=world.public, name="try/this", start=None, actor_user=world.users["admin"])
    assert "config.json" in page(world, "/acme/bert/tree/try%2Fthis")
    assert 'href="/acme/bert/tree/try%2Fthis"' in page(world, "/acme/bert/tree/main")


def test_the_history_is_newest_first_and_pages(world, monkeypatch):
    monkeypatch.setattr("hub.http.web.commits.PAGE", 2)
    for number in range(2):
        commit(world.public, world.users["admin"], [AddInline("n", b"%d" % number)], summary=f"Step {number}")
    shown = page(world, "/acme/bert/commits/main")
    assert shown.index("Step 1") < shown.index("Step 0")
    assert "initial commit" not in shown
    older = re.search(r'rel="next" href="([^"]+)"', shown).group(1)
    assert "initial commit" in page(world, f"/acme/bert/commits/main{older}")


def test_a_commit_shows_what_it_changed(world):
    operations = [AddInline("new.txt", b"x"), AddInline("config.json", b"{}"), DeleteFile("docs/use.md")]
    oid = commit(world.public, world.users["admin"], operations, summary="Tidy <b>up</b>", description="Why")
    shown = page(world, f"/acme/bert/commit/{oid}")
    assert "Tidy &lt;b&gt;up&lt;/b&gt;" in shown
    assert "3 changed files" in shown
    assert f"blob/{oid}/new.txt" in shown
    assert f"blob/{oid}/docs/use.md" not in shown


def test_another_repositorys_commit_is_not_found(world):
    oid = commit(world.private, world.users["admin"], [AddInline("only.txt", b"private")])
    assert world.client("nobody").get(f"/acme/bert/commit/{oid}").status_code == 404
    assert world.client("nobody").get(f"/acme/bert/tree/{oid}").status_code == 404


def test_the_list_of_files_says_which_commit_changed_them(db, client):
    user = make_user("grace")
    repository = make_repository(user, name="changes", files={"folder/a": b"1"})
    oid = commit(repository, user, [AddInline("folder/b", b"2")], summary="Add <b>")
    page = client.get("/grace/changes/tree/main").content.decode()
    assert "Add &lt;b&gt;" in page
    assert "initial commit" in page
    assert f"/grace/changes/commit/{oid}" in page
