"""Resolve, trees, lists: what a client that pulls reads, byte by byte and header by header."""

import hashlib
from urllib.request import urlopen

import pytest

from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddInline
from hub.revisions.refs import create_branch
from hub.revisions.tasks import verify
from storage import services as storage
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api


@pytest.fixture
def thing(owner):
    """A repository with a few files of strange names."""
    files = {"a.txt": b"0123456789", "sub dir/ü%2F.txt": b"odd", "d/e/f.txt": b"deep"}
    return make_repository(owner.user, name="thing", files=files)


def test_a_small_file_comes_from_the_hub_with_its_git_id(anybody, thing):
    response = anybody.get("/ada/thing/resolve/main/a.txt")
    assert response.content == b"0123456789"
    assert response.headers["ETag"] == f'"{hashlib.sha1(b"blob 10" + bytes(1) + b"0123456789").hexdigest()}"'
    assert response.headers["X-Repo-Commit"] == anybody.get("/api/models/ada/thing").json()["sha"]
    head = anybody.head("/ada/thing/resolve/main/a.txt")
    assert (head.headers["Content-Length"], head.content) == ("10", b"")


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-500", 206, b"56789", "bytes 5-9/10"),
        ("bytes=0-100000", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=1-2,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_ranges_of_a_small_file(anybody, thing, asked, status, content, told):
    response = anybody.get("/ada/thing/resolve/main/a.txt", Range=asked)
    assert (response.status_code, response.content) == (status, content)
    assert response.headers.get("Content-Range") == told


def test_uploaded_bytes_cannot_run_in_the_hubs_origin(owner, anybody, thing):
    page = b"<script>alert(1)</script>"
    commit(thing, owner.user, [AddInline("x.html", page), AddInline("x.svg", b"<svg onload='x'/>")])
    # A picture has to be called one, or no page shows it; opened by itself it is saved.
    for name, kind in (("x.html", "text/plain"), ("x.svg", "image/svg+xml")):
        response = anybody.get(f"/ada/thing/resolve/main/{name}")
        assert response.headers["Content-Type"].startswith(kind)
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]


def test_a_large_file_is_a_link_to_the_store_that_works_without_a_token(owner, anybody, thing):
    data = b"weights" * 100_000
    sha256 = add_large(thing, owner.user, "w.bin", data)
    response = anybody.get("/ada/thing/resolve/main/w.bin")
    assert response.status_code == 302
    assert response.headers["X-Linked-Etag"] == f'"{sha256}"'
    with urlopen(response.headers["Location"]) as reply:
        assert reply.read() == data
        assert reply.headers["Content-Disposition"].startswith("attachment")


def test_strange_paths_and_revisions_are_found_and_others_are_not(owner, anybody, thing):
    create_branch(repo=thing, name="dev/x", start=None, actor_user=owner.user)
    for path in (
        "/ada/thing/resolve/main/sub%20dir/%C3%BC%252F.txt",
        "/ada/thing/resolve/dev%2Fx/sub%20dir/%C3%BC%252F.txt",
        "/ada/thing/resolve/refs%2Fheads%2Fdev%2Fx/sub%20dir/%C3%BC%252F.txt",
        "/ada/thing/resolve/master/sub%20dir/%C3%BC%252F.txt",
    ):
        assert anybody.get(path).content == b"odd", path
    tree = anybody.get("/api/models/ada/thing/tree/dev%2Fx/sub%20dir").json()
    assert [item["path"] for item in tree] == ["sub dir/ü%2F.txt"]
    for path in ("sub", "sub%20dir", "d/e", "d/e/f.txt/g", "..%2Fa.txt", "%2e%2e/a.txt", "A.txt"):
        response = anybody.get(f"/ada/thing/resolve/main/{path}")
        assert (response.status_code, response.headers["X-Error-Code"]) == (404, "EntryNotFound"), path
        assert response.headers["X-Repo-Commit"]


def test_a_tree_is_listed_whole_by_folder_and_in_pages(anybody, thing):
    address = "/api/models/ada/thing/tree/main"
    whole = anybody.get(f"{address}?recursive=true").json()
    assert [(item["type"], item["path"]) for item in whole] == [
        ("file", ".gitattributes"),
        ("file", "a.txt"),
        ("directory", "d"),
        ("directory", "d/e"),
        ("file", "d/e/f.txt"),
        ("directory", "sub dir"),
        ("file", "sub dir/ü%2F.txt"),
    ]
    assert [item["path"] for item in anybody.get(f"{address}/d").json()] == ["d/e"]
    assert anybody.get(f"{address}/nothing").headers["X-Error-Code"] == "EntryNotFound"
    pages, link = [], f"{address}?recursive=true&limit=3"
    while link:
        response = anybody.get(link)
        pages += response.json()
        following = response.headers.get("Link")
        link = following and following.partition(">")[0].removeprefix("<http://testserver")
    assert pages == whole


def test_paths_info_leaves_out_what_is_missing(anybody, thing):
    address = "/api/models/ada/thing/paths-info/main"
    form = "paths=a.txt&paths=d&paths=missing&paths=d%2Fe%2Ff.txt&expand=true"
    found = anybody.post(address, form, "application/x-www-form-urlencoded").json()
    assert sorted(item["path"] for item in found) == ["a.txt", "d", "d/e/f.txt"]
    many = "&".join(f"paths={number}" for number in range(1001))
    assert anybody.post(address, many, "application/x-www-form-urlencoded").status_code == 413


def test_a_quarantined_file_is_refused_with_why_and_where_to_ask(owner, anybody, thing):
    sha256 = add_large(thing, owner.user, "w.bin", b"bad" * 1000)
    storage.quarantine(sha256=sha256)
    response = anybody.get("/ada/thing/resolve/main/w.bin")
    assert (response.status_code, response.headers["X-Error-Code"]) == (403, "BlobQuarantined")
    assert "in quarantine" in response.json()["error"]
    assert "http://testserver/ada/thing" in response.json()["error"]
    assert "Location" not in response.headers
    storage.release(sha256=sha256)
    assert anybody.get("/ada/thing/resolve/main/w.bin").status_code == 302


def test_one_quarantine_covers_every_name_and_every_repository(owner, anybody, thing):
    data = b"the same bad bytes"
    commit(thing, owner.user, [AddInline("small.txt", data), AddInline("d/again.txt", data)])
    other = make_repository(eve := make_user(), files={"renamed.txt": data})
    add_large(other, eve, "large.bin", data)
    storage.quarantine(sha256=hashlib.sha256(data).hexdigest())
    for path in ("/ada/thing/resolve/main/small.txt", "/ada/thing/resolve/main/d/again.txt"):
        assert anybody.get(path).status_code == 403
    for path in ("renamed.txt", "large.bin"):
        assert anybody.get(f"{other.url_path}/resolve/main/{path}").status_code == 403


def test_a_large_file_is_for_writers_only_until_it_is_verified(owner, anybody, thing, settings):
    settings.VERIFY_INLINE_LIMIT = 10
    data = b"weights" * 1000
    sha256 = add_large(thing, owner.user, "w.bin", data)
    response = anybody.get("/ada/thing/resolve/main/w.bin")
    assert (response.status_code, response.headers["X-Error-Code"]) == (503, "BlobBeingChecked")
    assert int(response.headers["Retry-After"]) > 0
    assert "still being checked" in response.json()["error"]
    mine = owner.get("/ada/thing/resolve/main/w.bin")
    with urlopen(mine.headers["Location"]) as reply:
        assert reply.read() == data
    verify(str(RepositoryBlob.objects.get(sha256=sha256).upload_id))
    assert anybody.get("/ada/thing/resolve/main/w.bin").status_code == 302


def test_info_tells_what_the_client_reads(owner, anybody, thing):
    card = b"---\nlicense: mit\ntags: [x]\nlibrary_name: transformers\n---\n# T\n"
    oid = commit(thing, owner.user, [AddInline("README.md", card)])
    sha256 = add_large(thing, owner.user, "w.bin", b"w" * 5000)
    info = anybody.get("/api/models/ada/thing?blobs=true&securityStatus=true").json()
    assert info["cardData"]["license"] == "mit"
    assert info["tags"] == ["transformers", "x", "license:mit"]
    files = {item["rfilename"]: item for item in info["siblings"]}
    assert files["w.bin"]["lfs"]["sha256"] == sha256
    assert files["README.md"]["size"] == len(card)
    assert info["securityRepoStatus"]["scansDone"] is False
    assert info["licenceCheck"] == {"state": "queued"}
    older = anybody.get(f"/api/models/ada/thing/revision/{oid}").json()
    assert older["sha"] == oid
    assert "w.bin" not in {item["rfilename"] for item in older["siblings"]}


def test_lists_are_searched_filtered_and_paged(owner, anybody):
    for number in range(5):
        files = {
            "README.md": b"---\ntags: [even]\nlicense: mit\n---\n" if number % 2 == 0 else b"# odd one\n"
        }
        make_repository(owner.user, name=f"tiny-Model-{number}", files=files)
    make_repository(owner.user, name="hidden-model", visibility="private")

    def ids(query):
        return [item["id"] for item in anybody.get(f"/api/models?{query}").json()]

    assert ids("search=model") == [f"ada/tiny-Model-{number}" for number in (4, 3, 2, 1, 0)]
    assert ids("search=tin") == ids("search=model")
    assert ids("filter=even") == [f"ada/tiny-Model-{number}" for number in (4, 2, 0)]
    assert ids("filter=even&filter=license:mit") == ids("filter=even")
    assert ids("filter=even&filter=license:gpl") == []
    assert ids("search=odd") == ["ada/tiny-Model-3", "ada/tiny-Model-1"]
    assert ids("search=' | ) :*") == []
    assert ids("author=nobody") == []
    first = anybody.get("/api/models?limit=2&author=ADA")
    following = first.headers["Link"].partition(">")[0].removeprefix("<http://testserver")
    assert len(anybody.get(following).json()) == 2
    for query in ("sort=nonsense", "limit=x", "cursor=x"):
        assert anybody.get(f"/api/models?{query}").status_code == 400


def test_history_and_refs(owner, anybody, thing):
    commits = anybody.get("/api/models/ada/thing/commits/main").json()
    assert [item["title"] for item in commits] == ["Change", "initial commit"]
    assert commits[0]["authors"] == [{"user": "Ada"}]
    owner.post("/api/models/ada/thing/tag/main", {"tag": "v1"})
    owner.post("/api/models/ada/thing/branch/dev", {})
    refs = anybody.get("/api/models/ada/thing/refs?include_prs=1").json()
    assert [item["name"] for item in refs["branches"]] == ["dev", "main"]
    assert [item["name"] for item in refs["tags"]] == ["v1"]
    assert (refs["converts"], refs["pullRequests"]) == ([], [])
    again = owner.post("/api/models/ada/thing/branch/dev", {})
    assert (again.status_code, again.json()["error"]) == (409, "Reference refs/heads/dev already exists")
    main = owner.send("DELETE", "/api/models/ada/thing/branch/main", {})
    assert "Cannot delete refs/heads/main" in main.json()["error"]
    missing = owner.send("DELETE", "/api/models/ada/thing/tag/dev", {})
    assert missing.headers["X-Error-Code"] == "RevisionNotFound"


def test_every_answer_has_a_request_id_and_what_is_not_served_is_json(anybody):
    response = anybody.get("/api/papers/search")
    assert (response.status_code, response.json()) == (404, {"error": "Not found"})
    assert response.headers["X-Request-Id"]
    assert anybody.get("/api/whoami-v2", **{"X-Request-Id": "mine-1"}).headers["X-Request-Id"] == "mine-1"


def test_whoami_names_the_user_the_organisations_and_the_token(owner, people):
    me = Api(people["write"]).get("/api/whoami-v2").json()
    assert me["name"] == people["write"].username
    assert [org["name"] for org in me["orgs"]] == ["the-lab"]
    token = me["auth"]["accessToken"]
    assert (token["displayName"], token["role"], token["expiresAt"]) == ("laptop", "write", None)
    assert "fineGrained" not in token
    assert Api().get("/api/whoami-v2").status_code == 401


def test_resolving_costs_the_same_few_queries_for_any_size(
    owner, anybody, thing, django_assert_max_num_queries
):
    add_large(thing, owner.user, "w.bin", b"w" * 5000)
    with django_assert_max_num_queries(3):
        anybody.get("/ada/thing/resolve/main/w.bin")
    more = [AddInline(f"file{number}", b"%d" % number) for number in range(50)]
    commit(thing, owner.user, more)
    with django_assert_max_num_queries(3):
        anybody.get("/ada/thing/resolve/main/w.bin")
