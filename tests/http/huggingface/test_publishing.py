"""Create, preupload, LFS and commit, at the level of requests: what a lying or careless client gets."""

import base64
import hashlib
import json

import pytest
from django.core import signing

from accounts.profiles.services import change_profile
from hub.revisions.models import RepositoryBlob
from storage.models import Blob, Upload
from tests.factories.accounts import make_organisation
from tests.factories.repositories import make_repository, put
from tests.http.api import Api

LFS = "application/vnd.git-lfs+json"
BATCH = "/ada/thing.git/info/lfs/objects/batch"
OTHERWISE = 'Otherwise write "license: other" with license_name and license_link.'


@pytest.fixture
def thing(owner):
    """A repository of the owner's."""
    return make_repository(owner.user, name="thing")


def inline(path, data):
    """A small file's line."""
    content = base64.b64encode(data).decode()
    return {"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}}


def large(path, oid, size=None):
    """A large file's line."""
    value = {"path": path, "algo": "sha256", "oid": oid}
    return {"key": "lfsFile", "value": value if size is None else value | {"size": size}}


def batch(api, *objects, transfers=("basic", "multipart")):
    """Ask for links."""
    body = {"operation": "upload", "transfers": list(transfers), "objects": list(objects)}
    return api.post(BATCH, body, LFS)


def paths(api):
    """The files at main."""
    return [item["path"] for item in api.get("/api/models/ada/thing/tree/main").json()]


def test_a_repository_is_created_once_in_any_letter_case(owner):
    first = owner.post("/api/repos/create", {"name": "Thing"})
    assert first.json()["url"] == "http://testserver/ada/Thing"
    again = owner.post("/api/repos/create", {"name": "thing", "private": True})
    assert again.status_code == 409
    assert again.json()["url"] == "http://testserver/ada/Thing"
    assert owner.get("/api/models/ADA/thing").json()["id"] == "ada/Thing"


def test_datasets_are_the_same_views_with_a_prefix(owner):
    created = owner.post("/api/repos/create", {"name": "rows", "type": "dataset", "private": True})
    assert created.json()["url"] == "http://testserver/datasets/ada/rows"
    assert owner.commit("datasets/ada/rows", inline("a.csv", b"1,2")).status_code == 200
    assert owner.get("/datasets/ada/rows/resolve/main/a.csv").content == b"1,2"
    assert owner.get("/ada/rows/resolve/main/a.csv").status_code == 404
    assert owner.get("/api/datasets/ada/rows").json()["private"] is True


@pytest.mark.parametrize("name", ["", "a--b", "..", "-a", "a/b", "x" * 97, "ends.git", 7, None, "a b"])
def test_a_bad_name_is_refused_by_field(owner, name):
    response = owner.post("/api/repos/create", {"name": name})
    assert (response.status_code, response.json()["field"]) == (400, "name")


def test_without_a_visibility_a_repository_gets_what_its_owner_gives_to_new_ones(owner):
    lab = make_organisation("the-lab", owner=owner.user)
    change_profile(
        namespace=lab,
        actor=owner.user,
        full_name="",
        description="",
        homepage="",
        default_visibility="private",
    )
    bodies = {"said-nothing": {}, "said-null": {"visibility": None}}
    bodies |= {"public-now": {"visibility": "public"}, "public-before": {"private": False}}
    for name, body in bodies.items():
        owner.post("/api/repos/create", {"name": name, "organization": "the-lab", **body})
        assert owner.get(f"/api/models/the-lab/{name}").json()["private"] is name.startswith("said"), name
    owner.post("/api/repos/create", {"name": "mine"})
    assert owner.get("/api/models/ada/mine").json()["private"] is False


@pytest.mark.parametrize("kind", ["space", "kernel", "bucket"])
def test_kinds_that_are_not_served_are_not_found(owner, kind):
    assert owner.post("/api/repos/create", {"name": "x", "type": kind}).status_code == 404


def test_nobody_creates_in_a_namespace_that_is_not_theirs(owner, anybody):
    make_organisation("elsewhere")
    for organisation in ("elsewhere", "missing"):
        body = {"name": "x", "organization": organisation}
        assert owner.post("/api/repos/create", body).status_code == 403
    assert anybody.post("/api/repos/create", {"name": "x"}).status_code == 401


def test_a_card_is_checked_before_it_is_uploaded(owner, anybody):
    fine = {"content": "---\nlicense: mit\n---\n# Hi", "repoType": "model"}
    assert anybody.post("/api/validate-yaml", fine).json() == {"warnings": [], "errors": []}
    bare = anybody.post("/api/validate-yaml", {"content": "# Hi"}).json()
    assert (bare["errors"], bare["warnings"][0]["field"]) == ([], "license")
    other = anybody.post("/api/validate-yaml", {"content": "---\nlicense: other\n---\n"}).json()
    assert "without license_name, license_link" in other["warnings"][0]["message"]
    odd = anybody.post("/api/validate-yaml", {"content": "---\nlicense: apache2\n---\n"})
    message = f"“apache2” is not a licence this hub knows: did you mean apache-2.0? {OTHERWISE}"
    assert odd.status_code == 400
    assert odd.json() == {
        "warnings": [],
        "errors": [{"message": message, "field": "license"}],
    }
    broken = anybody.post("/api/validate-yaml", {"content": "---\n: [\n---\n", "repoType": "model"})
    assert broken.status_code == 400
    assert broken.json()["errors"][0]["message"]
    for nothing in ({}, {"content": 7}, {"content": "a\0"}, {"content": "", "repoType": []}, [], "{"):
        answer = anybody.post("/api/validate-yaml", nothing)
        assert (answer.status_code, answer.json()["warnings"]) == (400, []), nothing
        assert answer.json()["errors"][0]["message"], nothing


@pytest.mark.parametrize(
    ("field", "status"), [("license", 400), ("language", 200), ("base_model", 200), ("task_categories", 200)]
)
def test_of_a_card_with_thousands_of_mistakes_the_first_are_told(anybody, field, status):
    words = ", ".join(f"/w{number}" for number in range(3000))
    content = f"---\n{field}: [{words}]\n---\n"
    answer = anybody.post("/api/validate-yaml", {"content": content, "repoType": "dataset"})
    told = [one for said in answer.json().values() for one in said if one["field"] == field]
    assert (answer.status_code, len(told)) == (status, 20)


def test_a_card_is_judged_in_words_for_who_wants_words(anybody):
    body = json.dumps({"content": "---\npipeline_tag: chat\nlicense: mti\n---\n", "repoType": "model"})
    answer = anybody.client.generic(
        "POST", "/api/validate-yaml", body, "application/json", headers={"Accept": "text/plain"}
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert answer.content.decode().splitlines() == [
        f"- “mti” is not a licence this hub knows: did you mean mit? {OTHERWISE}",
        "- pipeline_tag: unknown task 'chat'.",
    ]


def test_a_card_with_errors_is_published_all_the_same(owner, thing):
    card = b"---\nlicense: apache2\npipeline_tag: chat\n---\n# Hi"
    assert owner.commit("models/ada/thing", inline("README.md", card)).status_code == 200
    assert owner.get("/api/models/ada/thing").json()["cardData"]["license"] == "apache2"


def test_preupload_tells_large_from_small_and_what_is_there(owner, thing):
    owner.commit("models/ada/thing", inline("there.txt", b"hello"), inline(".gitignore", b"*.log\nbuild/\n"))
    files = [
        {"path": "there.txt", "size": 5, "sample": base64.b64encode(b"hello").decode()},
        {"path": "w.safetensors", "size": 5, "sample": ""},
        {"path": "long.txt", "size": 50_000_000, "sample": ""},
        {"path": "odd", "size": 3, "sample": base64.b64encode(b"\x00\x01\xff").decode()},
        {"path": "empty.bin", "size": 0, "sample": ""},
        {"path": "build/x.log", "size": 1, "sample": ""},
    ]
    reply = owner.post("/api/models/ada/thing/preupload/main", {"files": files}).json()["files"]
    assert [item["uploadMode"] for item in reply] == ["regular", "lfs", "lfs", "lfs", "regular", "regular"]
    assert [item["shouldIgnore"] for item in reply] == [False] * 5 + [True]
    assert reply[0]["oid"] == hashlib.sha1(b"blob 5\0hello").hexdigest()
    assert "oid" not in reply[1]


def test_an_object_goes_straight_to_s3_and_is_committed(owner, thing):
    data = b"weights" * 1000
    oid = hashlib.sha256(data).hexdigest()
    answer = batch(owner, {"oid": oid, "size": len(data)}).json()
    upload = answer["objects"][0]["actions"]["upload"]
    put(upload["href"], data)
    verify = answer["objects"][0]["actions"]["verify"]["href"]
    path = verify.removeprefix("http://testserver")
    assert owner.post(path, {"oid": oid, "size": len(data)}).status_code == 200
    assert owner.commit("models/ada/thing", large("w.bin", oid, len(data))).status_code == 200
    head = owner.head("/ada/thing/resolve/main/w.bin")
    assert head.status_code == 302
    assert head.headers["X-Linked-Etag"] == f'"{oid}"'
    assert head.headers["X-Linked-Size"] == str(len(data))
    assert "actions" not in batch(owner, {"oid": oid, "size": len(data)}).json()["objects"][0]


def test_a_large_object_comes_in_parts_that_the_hub_puts_together(owner, thing, settings):
    settings.MULTIPART_THRESHOLD = 1024
    settings.PART_SIZE = 5 * 1024 * 1024
    data = bytes(6 * 1024 * 1024)
    oid = hashlib.sha256(data).hexdigest()
    answer = batch(owner, {"oid": oid, "size": len(data)}).json()
    assert answer["transfer"] == "multipart"
    upload = answer["objects"][0]["actions"]["upload"]
    size = int(upload["header"]["chunk_size"])
    parts = [
        {"partNumber": n, "etag": put(upload["header"][str(n)], data[(n - 1) * size : n * size])}
        for n in (1, 2)
    ]
    address = upload["href"].removeprefix("http://testserver")
    short = Api().post(address, json.dumps({"oid": oid, "parts": parts[:1]}), LFS)
    assert (short.status_code, Blob.objects.filter(pk=oid).exists()) == (400, False)
    assert owner.commit("models/ada/thing", large("w.bin", oid, len(data))).status_code == 422
    done = Api().client.post(address, json.dumps({"oid": oid, "parts": parts}), LFS, headers={"Accept": LFS})
    assert done.status_code == 200
    assert owner.commit("models/ada/thing", large("w.bin", oid, len(data))).status_code == 200
    assert Blob.objects.get(pk=oid).size == len(data)


def test_a_completion_address_must_be_signed_by_the_hub(thing):
    for signed in ("x", signing.dumps("1", salt="another")):
        response = Api().post(f"/lfs/complete/{signed}", {"parts": []})
        assert response.status_code == 400


def test_a_lie_about_the_hash_is_refused_and_leaves_nothing(owner, thing):
    oid = hashlib.sha256(b"truth").hexdigest()
    answer = batch(owner, {"oid": oid, "size": 4}).json()
    put(answer["objects"][0]["actions"]["upload"]["href"], b"lies")
    response = owner.commit("models/ada/thing", large("w.bin", oid, 4))
    assert (response.status_code, response.headers["X-Error-Code"]) == (422, "BlobRefused")
    assert "have the sha256" in response.json()["error"]
    assert not Blob.objects.filter(pk=oid).exists()
    assert not RepositoryBlob.objects.filter(sha256=oid).exists()
    assert Upload.objects.get(sha256=oid).state == Upload.State.REFUSED
    assert owner.get("/ada/thing/resolve/main/w.bin").status_code == 404


def test_an_oid_claimed_without_upload_is_refused_and_leaves_nothing(owner, thing):
    response = owner.commit("models/ada/thing", large("w.bin", "ab" * 32, 4))
    assert (response.status_code, response.headers["X-Error-Code"]) == (422, "BlobMissing")
    assert paths(owner) == [".gitattributes"]
    assert not RepositoryBlob.objects.filter(sha256="ab" * 32).exists()


def test_a_batch_answers_bad_objects_one_by_one(owner, thing):
    fine = {"oid": "ab" * 32, "size": 4}
    wrong = [
        {"oid": "x", "size": 1},
        {"oid": "ab" * 32, "size": -1},
        {"oid": "ab" * 32, "size": 2**63},
        {"oid": None, "size": 1},
        {"oid": "ab" * 32, "size": True},
        {"oid": "ab" * 32},
    ]
    answers = batch(owner, *wrong, fine).json()["objects"]
    assert [answer.get("error", {}).get("code") for answer in answers] == [400] * 6 + [None]
    assert Upload.objects.count() == 1


def test_somebody_elses_object_is_not_called_present(owner, thing, db):
    data = b"secret" * 100
    oid = hashlib.sha256(data).hexdigest()
    put(batch(owner, {"oid": oid, "size": 600}).json()["objects"][0]["actions"]["upload"]["href"], data)
    owner.commit("models/ada/thing", large("w.bin", oid, 600))
    eve = Api(make_organisation(owner=None).memberships.get().user)
    make_repository(eve.user, name="mine")
    address = f"/{eve.user.username}/mine.git/info/lfs/objects/batch"
    body = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": 600}]}
    assert "upload" in eve.post(address, body).json()["objects"][0]["actions"]
    stolen = eve.commit(f"models/{eve.user.username}/mine", large("w.bin", oid, 600))
    assert stolen.status_code == 422


@pytest.mark.parametrize(
    "path",
    ["../up", "/etc/passwd", "a/../../b", "a\\..\\b", ".git/hooks/x", "", "a//b", "x" * 300, "a\u0000b"],
)
def test_a_path_that_leaves_the_repository_is_refused(owner, thing, path):
    head = owner.get("/api/models/ada/thing").json()["sha"]
    response = owner.commit("models/ada/thing", inline(path, b"x"))
    assert (response.status_code, response.json()["field"]) == (400, "path")
    file = {"path": path, "size": 1, "sample": ""}
    asked = owner.post("/api/models/ada/thing/preupload/main", {"files": [file]})
    assert (asked.status_code, asked.json()["field"]) == (422 if "..\\" in path else 400, "path")
    assert owner.get("/api/models/ada/thing").json()["sha"] == head


def test_an_inline_file_over_the_limit_is_refused(owner, thing, settings):
    size = settings.INLINE_LIMIT + 1
    response = owner.commit("models/ada/thing", inline("big", b"x" * size))
    assert (response.status_code, response.json()["field"]) == (400, "content")
    endless = owner.commit("models/ada/thing", inline("big", b"x" * (3 * size)))
    assert (endless.status_code, endless.json()["field"]) == (400, "content")
    assert not Blob.objects.filter(size__gte=size).exists()


@pytest.mark.parametrize(
    "body",
    ["", "not json", "[]", '{"key":"header"}', '{"key":"header","value":[]}', "[" * 100_000]
    + [json.dumps({"key": "header", "value": {"summary": "s"}}) + "\n" + line for line in ("{}", "null")]
    + [
        json.dumps({"key": "header", "value": {"summary": "s"}}) + "\n" + json.dumps(line)
        for line in (
            {"key": "unknown", "value": {"path": "a"}},
            {"key": "file", "value": {"path": "a", "content": "***", "encoding": "base64"}},
            {"key": "file", "value": {"path": "a", "content": 7, "encoding": "base64"}},
            {"key": "file", "value": {"path": "a", "content": "", "encoding": "rot13"}},
            {"key": "lfsFile", "value": {"path": "a", "algo": "md5", "oid": "x"}},
            {"key": "lfsFile", "value": {"path": "a", "oid": "x", "size": "big"}},
            {"key": "deletedFile", "value": {}},
        )
    ],
    ids=lambda body: body[-60:],
)
def test_a_body_that_is_no_commit_is_refused_by_name(owner, thing, body):
    head = owner.get("/api/models/ada/thing").json()["sha"]
    response = owner.post("/api/models/ada/thing/commit/main", body, "application/x-ndjson")
    assert response.status_code == 400
    assert response.json()["field"]
    assert owner.get("/api/models/ada/thing").json()["sha"] == head


def test_a_parent_that_is_not_the_head_any_more_is_412(owner, thing):
    stale = owner.get("/api/models/ada/thing").json()["sha"]
    assert owner.commit("models/ada/thing", inline("a", b"1")).status_code == 200
    response = owner.commit("models/ada/thing", inline("b", b"2"), parentCommit=stale)
    assert response.status_code == 412
    assert "was updated since you opened this page" in response.json()["error"]
    assert paths(owner) == [".gitattributes", "a"]


def test_an_unknown_revision_is_told_so_everywhere(owner, thing):
    for path in ("revision/nope", "tree/nope", "commits/nope", "tree/refs%2Fpr%2F1"):
        response = owner.get(f"/api/models/ada/thing/{path}")
        assert (response.status_code, response.headers["X-Error-Code"]) == (404, "RevisionNotFound")
    response = owner.get("/ada/thing/resolve/nope/a")
    assert (response.status_code, response.headers["X-Error-Code"]) == (404, "RevisionNotFound")
    body = '{"key":"header","value":{"summary":"s"}}'
    response = owner.post("/api/models/ada/thing/commit/nope", body, "application/x-ndjson")
    assert (response.status_code, response.headers["X-Error-Code"]) == (404, "RevisionNotFound")


def test_deleting_takes_the_repository_with_its_name(owner, thing):
    assert owner.send("DELETE", "/api/repos/delete", {"name": "thing"}).status_code == 200
    assert owner.get("/api/models/ada/thing").status_code == 404
    assert owner.send("DELETE", "/api/repos/delete", {"name": "thing"}).status_code == 404
    assert owner.post("/api/repos/create", {"name": "thing"}).status_code == 200
