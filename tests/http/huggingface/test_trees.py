"""Pages of trees and histories, and what `expand` adds to them."""

import random
import re

import pytest

from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.selectors import list_tree, resolve_revision
from tests.factories.repositories import add_large, commit, make_repository

pytestmark = pytest.mark.django_db


def follow(api, path):
    """Every item of a list, and how many pages it had."""
    items, pages = [], 0
    while path:
        response = api.get(path)
        assert response.status_code == 200, response.content
        items += response.json()
        pages += 1
        link = re.fullmatch(r'<http://testserver(/.*)>; rel="next"', response.headers.get("Link", ""))
        path = link[1] if link else None
    return items, pages


@pytest.fixture
def deep(owner):
    """A repository of folders in folders, some long, some of one file, with names of every kind."""
    chance = random.Random(3)
    files = {f"flat/{number:04}.txt" for number in range(300)}
    files |= {f"{'/'.join('ab'[chance.random() < 0.5] for _ in range(n % 9 + 1))}/ö {n}" for n in range(120)}
    files |= {f"thin/{number}/only/file" for number in range(60)}
    return make_repository(owner.user, name="deep", files=dict.fromkeys(files, b""))


@pytest.mark.parametrize("path", ["", "/flat", "/a", "/thin/7"])
@pytest.mark.parametrize("recursive", ["true", "false"])
@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
def test_pages_hold_what_the_whole_holds_in_its_order(owner, deep, path, recursive, limit):
    if limit == 1 and path in ("", "/flat"):
        limit = 3
    found = resolve_revision(deep, None)
    whole = [e.path for e in list_tree(found, path[1:], recursive=recursive == "true")]
    query = f"recursive={recursive}&limit={limit}"
    items, pages = follow(owner, f"/api/models/ada/deep/tree/main{path}?{query}")
    assert [item["path"] for item in items] == whole
    assert pages == max(1, -(-len(whole) // limit))


def test_a_page_goes_on_in_the_commit_it_began_in(owner, deep):
    whole, _ = follow(owner, "/api/models/ada/deep/tree/main?recursive=true")
    first = owner.get("/api/models/ada/deep/tree/main?recursive=true&limit=100")
    commit(deep, owner.user, [DeleteFile("flat/0200.txt"), AddInline("flat/0000.a", b"")])
    rest, _ = follow(owner, re.search("<http://testserver(.*)>", first.headers["Link"])[1])
    assert first.json() + rest == whole


def test_the_queries_of_a_page_do_not_grow_with_the_folder(owner, django_assert_max_num_queries):
    for size in (50, 3000):
        files = {f"{n % 40}/{n}" if n % 2 else f"{n}": b"" for n in range(size)}
        make_repository(owner.user, name=f"of-{size}", files=files)
        for query in ("", "?recursive=true", "?expand=true", "?recursive=true&expand=true"):
            with django_assert_max_num_queries(17):
                assert owner.get(f"/api/models/ada/of-{size}/tree/main{query}").status_code == 200


@pytest.mark.parametrize("cursor", ["", "x", "1000", "0:", "%00", "é", "a" * 5000])
@pytest.mark.parametrize("place", ["tree/main", "commits/main"])
def test_a_cursor_is_believed_only_when_it_is_the_hubs_own(owner, deep, cursor, place):
    response = owner.get(f"/api/models/ada/deep/{place}?cursor={cursor}")
    assert (response.status_code, response.json()["field"]) == (400, "cursor")


def test_a_cursor_of_another_repository_or_folder_is_refused(owner, deep):
    make_repository(owner.user, name="other", files={"flat/x": b""})
    first = owner.get("/api/models/ada/deep/tree/main/flat?limit=2")
    cursor = re.search("cursor=([^&>]*)", first.headers["Link"])[1]
    assert owner.get(f"/api/models/ada/deep/tree/main/flat?limit=2&cursor={cursor}").status_code == 200
    for place in ("other/tree/main/flat", "deep/tree/main", "deep/tree/main/a", "deep/commits/main"):
        assert owner.get(f"/api/models/ada/{place}?cursor={cursor}").status_code == 400
    assert owner.get(f"/api/models/ada/deep/tree/main/flat?recursive=1&cursor={cursor}").status_code == 400


def test_expand_says_the_last_commit_and_the_state_of_the_checks(owner):
    repository = make_repository(owner.user, name="thing", files={"folder/a": b"1", "b": b"2"})
    oid = commit(repository, owner.user, [AddInline("folder/a", b"3")], summary="Third", description="More.")
    add_large(repository, owner.user, "large.bin", b"\0" * 100)
    entries = owner.get("/api/models/ada/thing/tree/main?recursive=true&expand=true").json()
    by_path = {entry["path"]: entry for entry in entries}
    asked = {"paths": ["folder", "large.bin", "b", "missing"], "expand": True}
    assert owner.post("/api/models/ada/thing/paths-info/main", asked).json() == [
        by_path[path] for path in asked["paths"][:3]
    ]
    assert {path: entry["lastCommit"]["title"] for path, entry in by_path.items()} == {
        ".gitattributes": "initial commit",
        "b": "Change",
        "folder": "Third",
        "folder/a": "Third",
        "large.bin": "Change",
    }
    assert by_path["folder/a"]["lastCommit"].keys() == {"id", "title", "date"}
    assert by_path["folder/a"]["lastCommit"]["id"] == oid
    assert "securityFileStatus" not in by_path["folder"]
    assert {"status", "avScan", "pickleImportScan"} <= by_path["large.bin"]["securityFileStatus"].keys()
    plain = owner.get("/api/models/ada/thing/tree/main").json()
    assert not any({"lastCommit", "securityFileStatus"} & entry.keys() for entry in plain)


def test_an_expanded_page_is_shorter(owner, deep):
    assert len(owner.get("/api/models/ada/deep/tree/main/flat").json()) == 300
    assert len(owner.get("/api/models/ada/deep/tree/main/flat?expand=true").json()) == 100
    assert len(owner.get("/api/models/ada/deep/tree/main/flat?expand=true&limit=900").json()) == 100


def test_a_thousand_paths_are_too_many(owner, deep):
    for number, status in ((999, 200), (1000, 413)):
        body = "&".join(f"paths=flat/{n:04}.txt" for n in range(number))
        response = owner.post(
            "/api/models/ada/deep/paths-info/main", body, "application/x-www-form-urlencoded"
        )
        assert response.status_code == status


def test_a_history_is_paged_newest_first_and_stays_while_the_branch_moves(owner):
    repository = make_repository(owner.user, name="thing")
    oids = [commit(repository, owner.user, [AddInline("x", str(n).encode())]) for n in range(6)]
    first = owner.get("/api/models/ada/thing/commits/main?limit=2&expand[]=formatted")
    assert first.json()[0]["formatted"] == {"title": "Change", "message": ""}
    commit(repository, owner.user, [AddInline("x", b"later")])
    rest, pages = follow(owner, re.search("<http://testserver(.*)>", first.headers["Link"])[1])
    assert [one["id"] for one in first.json() + rest][:-1] == oids[::-1]
    assert pages == 3
    assert rest[-1]["title"] == "initial commit"
    assert all("formatted" in one for one in rest)
