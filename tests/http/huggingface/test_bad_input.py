"""Whatever anybody sends, the API answers with a clear 4xx that names what is wrong and keeps nothing."""

import hashlib
import json
from typing import Any

import pytest
from django.urls import reverse

from hub.http.huggingface import lfs
from hub.http.huggingface.errors import header_text
from hub.http.parsers import read_json
from hub.http.ranges import parse_range
from hub.revisions.models import RepositoryBlob, RepositoryCommit
from storage import s3
from storage.models import Upload
from storage.parts import is_multipart, least_part, part_size
from tests.factories.repositories import add_large, make_repository

API = "/api/models/ada/thing"
BATCH = "/ada/thing.git/info/lfs/objects/batch"
VERIFY = "/ada/thing.git/info/lfs/objects/verify"
LFS = "application/vnd.git-lfs+json"
HALF = "\ud800"
SHA256 = "a" * 64


@pytest.fixture
def thing(owner):
    """The owner's repository; whatever ends in a 500 is an answer, not an exception."""
    owner.client.raise_request_exception = False
    return make_repository(owner.user, name="thing")


def errors_of(response) -> dict[str, Any]:
    """The answer of the API to what it refuses."""
    assert response["Content-Type"].startswith(("application/json", LFS))
    return response.json()


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (f"{API}/revision/a%00b", "path"),
        (f"{API}/tree/main/a%00b", "path"),
        (f"{API}/commits/main?after=%00", "after"),
        ("/api/models/a%00b/thing", "path"),
        ("/api/models?limit=1&author=%00", "author"),
        ("/api/models?filter=a%00", "filter"),
        ("/api/models?search=%00a", "search"),
        ("/api/models?a%00=b", "query"),
        ("/api/models?%3Cb%3E=%00", "query"),
    ],
)
def test_a_nul_in_the_address_is_refused_in_json(owner, thing, address, field):
    response = owner.get(address)
    assert response.status_code == 400
    assert errors_of(response)["field"] == field
    assert "NUL" in errors_of(response)["error"]


@pytest.mark.parametrize("address", ["/ada/th%00ing", "/ada/thing/resolve/main/a%00b", "/models?search=%00"])
def test_a_nul_in_the_address_of_a_page_is_refused_in_words(owner, thing, address):
    response = owner.get(address)
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")


def test_an_address_that_is_no_url_is_refused(owner, thing):
    assert owner.client.get("/api/models", RAW_URI="http://[::1/x").status_code == 400


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "1.5", "x", "٣"])
@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/models?cursor=", "cursor"),
        ("/api/models?limit=", "limit"),
        (f"{API}/tree/main?cursor=", "cursor"),
        (f"{API}/tree/main?limit=", "limit"),
        (f"{API}/commits/main?limit=", "limit"),
    ],
)
def test_a_number_in_a_query_that_is_none_is_named(owner, thing, address, field, number):
    response = owner.get(address + number)
    assert response.status_code == 400
    assert errors_of(response)["field"] == field


def test_a_page_of_nothing_does_not_lead_to_itself(owner, thing):
    make_repository(owner.user, name="other")
    response = owner.get("/api/models?limit=0")
    assert len(response.json()) == 1
    assert "cursor=" in response["Link"]


def test_a_range_of_endless_numbers_sends_the_whole_file(owner, thing):
    response = owner.get("/ada/thing/resolve/main/.gitattributes", Range=f"bytes={'9' * 5000}-")
    assert response.status_code == 200
    assert parse_range("bytes=٣-", 10) is None
    assert parse_range(f"bytes=1-{'9' * 90}", 10) == (1, 9)


@pytest.mark.parametrize("revision", ["a%01b", "a%0d%0ab", "a%1bb", "a%7fb", "%E2%80%A8", "%F0%9F%8C%8D"])
def test_an_odd_revision_is_told_in_a_header_of_plain_letters(owner, thing, revision):
    response = owner.get(f"{API}/revision/{revision}")
    assert response.status_code == 404
    assert response["X-Error-Code"] == "RevisionNotFound"
    assert response["X-Error-Message"].isascii()
    assert response["X-Error-Message"].isprintable()


def test_words_for_a_header_lose_what_a_header_cannot_carry():
    assert header_text("a\x01b\x7f\nc é \ud800") == "a?b? c %C3%A9 %3F"


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[" * 200_000,
        '{"name": ' + "[" * 60 + "]" * 60 + "}",
        '{"name": NaN}',
        '{"name": -Infinity}',
        '{"name": 1e999}',
        '{"name": %s}' % ("1" * 5000),
        '{"name": "a\\u0000b"}',
        '{"name": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"name": "\ud800"}'.encode("utf-8", "surrogatepass"),
        b'{"name": "\xff"}',
    ],
)
def test_a_body_that_is_no_json_that_can_be_kept_is_refused(owner, thing, body):
    for address, kind in [("/api/repos/create", "application/json"), (BATCH, LFS), (VERIFY, LFS)]:
        response = owner.post(address, body, kind)
        assert response.status_code == 400
        assert errors_of(response)["field"] in {"body", "name"}


def test_json_of_ordinary_oddities_is_read():
    assert read_json(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00", "b": [1e3, -0.5, null, true]}') == {
        "a": "😀",
        "b": [1000.0, -0.5, None, True],
    }


def test_a_body_that_is_too_long_is_refused_as_such(owner, thing, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    for address, body, kind in [
        ("/api/repos/create", json.dumps({"name": "x" * 1000}), "application/json"),
        (f"{API}/paths-info/main", "paths=" + "x" * 1000, "application/x-www-form-urlencoded"),
        (BATCH, json.dumps({"operation": "x" * 1000}), LFS),
    ]:
        response = owner.post(address, body, kind)
        assert response.status_code == 413
        assert errors_of(response)["field"] == "body"


def test_999_paths_are_answered_and_a_thousand_are_too_many(owner, thing):
    def ask(count: int):
        paths = [".gitattributes", *(f"missing{number}" for number in range(count - 1))]
        body = "&".join(f"paths={path}" for path in paths) + "&expand=False"
        return owner.post(f"{API}/paths-info/main", body, "application/x-www-form-urlencoded")

    assert [entry["path"] for entry in ask(999).json()] == [".gitattributes"]
    for count in (1000, 3000):
        response = ask(count)
        assert response.status_code == 413
        assert errors_of(response)["error"]
    response = owner.post(f"{API}/paths-info/main", {"paths": ["a"] * 1000})
    assert (response.status_code, errors_of(response)["field"]) == (413, "paths")


def test_a_multipart_form_is_not_read(owner, thing):
    response = owner.post(f"{API}/paths-info/main", "--x--", "multipart/form-data; boundary=x")
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (BATCH, {"operation": "upload", "transfers": 5, "objects": []}, "transfers"),
        (BATCH, {"operation": "upload", "transfers": {"multipart": 1}, "objects": []}, "transfers"),
        (BATCH, {"operation": "upload", "objects": 7}, "objects"),
        (BATCH, {"operation": "upload", "objects": [{}] * (lfs.MAX_OBJECTS + 1)}, "objects"),
        (BATCH, {"operation": ["upload"], "objects": []}, "operation"),
        (BATCH, {"operation": "upload", "objects": [], "hash_algo": "sha512"}, "hash_algo"),
        (BATCH, {"operation": "upload", "objects": [], "hash_algo": None}, "hash_algo"),
        (BATCH, {"operation": "upload", "objects": [], "ref": "main"}, "ref"),
        (BATCH, {"operation": "upload", "objects": [], "ref": {"name": 5}}, "ref"),
        (VERIFY, {"oid": "a", "size": 1}, "oid"),
        (VERIFY, {"oid": SHA256 + "\n", "size": 1}, "oid"),
        (VERIFY, {"oid": SHA256, "size": -1}, "size"),
        (VERIFY, {"oid": SHA256, "size": 10**40}, "size"),
        (VERIFY, {"oid": SHA256, "size": True}, "size"),
    ],
)
def test_a_bad_field_of_an_lfs_call_is_named(owner, thing, address, body, field):
    response = owner.post(address, body, LFS)
    assert response.status_code == 400
    assert errors_of(response)["field"] == field


def test_a_bad_object_of_a_batch_gets_an_error_of_its_own(owner, thing):
    bad = [
        {},
        {"oid": "a", "size": 1},
        {"oid": SHA256, "size": -1},
        {"oid": SHA256, "size": "1"},
        {"oid": [[]]},
    ]
    objects = [*bad, {"oid": "b" * 64, "size": 1}]
    answers = owner.post(BATCH, {"operation": "upload", "objects": objects}, LFS).json()["objects"]
    assert [answer.get("error", {}).get("code") for answer in answers] == [400] * len(bad) + [None]
    assert Upload.objects.count() == 1


def test_of_many_large_objects_the_parts_are_larger(owner, thing, settings, monkeypatch):
    settings.PART_SIZE = settings.MULTIPART_THRESHOLD = 10
    monkeypatch.setattr(lfs, "MAX_LINKS", 7)
    objects = [
        {"oid": letter * 64, "size": size} for letter, size in [("a", 50), ("b", 40), ("c", 20), ("d", 1)]
    ]
    body = {"operation": "upload", "transfers": ["basic", "multipart"], "objects": objects}
    answers = owner.post(BATCH, body, LFS).json()["objects"]
    links = [answer["actions"]["upload"].get("header", {}) for answer in answers]
    assert [int(header.pop("chunk_size", 0)) for header in links] == [16, 16, 16, 0]
    assert [len(header) for header in links] == [4, 3, 2, 0]


def test_no_size_is_too_large_for_its_parts(settings):
    settings.PART_SIZE, settings.MULTIPART_THRESHOLD = 10, 30
    assert [is_multipart(size, wanted=True) for size in (0, 30, 31)] == [False, False, True]
    assert not is_multipart(10**6, wanted=False)
    assert [part_size(size) for size in (31, 10**5, 10**6, 10**6 + 1)] == [10, 10, 100, 101]
    assert part_size(5 * 2**40) * 10_000 >= 5 * 2**40
    assert part_size(31, least=16) == 16
    assert part_size(5 * 2**40, least=2**40) == s3.PUT_LIMIT
    assert least_part([5 * 2**40] * 256, links=25_000) < 2**36


OPERATIONS = {
    "surrogate": ({"key": "file", "value": {"path": "a", "content": HALF}}, "content"),
    "surrogate in a path": ({"key": "file", "value": {"path": HALF, "content": "a"}}, "path"),
    "surrogate in a key": ({"key": HALF, "value": {"path": "a"}}, "key"),
    "list as encoding": (
        {"key": "file", "value": {"path": "a", "content": "a", "encoding": ["x"]}},
        "encoding",
    ),
    "list as algo": ({"key": "lfsFile", "value": {"path": "a", "oid": SHA256, "algo": []}}, "algo"),
    "bad oid": ({"key": "lfsFile", "value": {"path": "a", "oid": "x"}}, "oid"),
    "no base64": ({"key": "file", "value": {"path": "a", "content": "é", "encoding": "base64"}}, "content"),
    "unknown": ({"key": "copyFile", "value": {"path": "a"}}, "key"),
    "hidden git": ({"key": "file", "value": {"path": ".g\u200cit/config", "content": "a"}}, "path"),
    "stream": ({"key": "file", "value": {"path": ".git::$INDEX_ALLOCATION/x", "content": "a"}}, "path"),
    "root": ({"key": "deletedFolder", "value": {"path": "/"}}, "path"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_bad_operation_is_named_and_nothing_is_committed(owner, thing, name):
    operation, field = OPERATIONS[name]
    response = owner.commit("models/ada/thing", operation)
    assert response.status_code == 400, response.content
    assert errors_of(response)["field"] == field
    assert RepositoryCommit.objects.filter(repository=thing).count() == 1


@pytest.mark.parametrize("field", ["summary", "description", "parentCommit"])
@pytest.mark.parametrize("value", [HALF, "\0", 5, ["x"]], ids=["half", "nul", "number", "list"])
def test_a_bad_header_of_a_commit_is_refused(owner, thing, field, value):
    operation = {"key": "file", "value": {"path": "a", "content": "x"}}
    response = owner.commit("models/ada/thing", operation, **{field: value})
    assert response.status_code == 400
    assert errors_of(response)["field"] == field
    assert RepositoryCommit.objects.filter(repository=thing).count() == 1


def test_a_commit_has_a_largest_number_of_operations(owner, thing, settings):
    settings.MAX_COMMIT_OPERATIONS = 3
    files = [{"key": "file", "value": {"path": f"f{number}", "content": ""}} for number in range(4)]
    response = owner.commit("models/ada/thing", *files)
    assert (response.status_code, errors_of(response)["field"]) == (413, "operations")
    assert owner.commit("models/ada/thing", *files[:3]).status_code == 200


@pytest.mark.parametrize(
    "ignore", ["!\n", "\\\n", "[\n[a\n[z-a]\n[[:foo:]]\n", "***\n/**/\n/\n//\n", "b\\\n"]
)
def test_a_broken_pattern_does_not_fail_an_upload(owner, thing, ignore):
    body = {"files": [{"path": "a", "size": 1, "sample": "YQ=="}], "gitIgnore": ignore}
    response = owner.post(f"{API}/preupload/main", body)
    assert response.status_code == 200


def test_too_many_patterns_for_so_many_files_are_refused(owner, thing):
    files = [{"path": f"{'a' * 240}{number}", "size": 1, "sample": ""} for number in range(1000)]
    response = owner.post(f"{API}/preupload/main", {"files": files, "gitIgnore": ("*a" * 900 + "b\n") * 2000})
    assert (response.status_code, errors_of(response)["field"]) == (400, "files")


def test_a_file_whose_bytes_were_refused_is_not_said_to_be_there(owner, thing):
    sha256 = add_large(thing, owner.user, "x.bin", b"bytes")

    def advice() -> dict[str, Any]:
        body = {"files": [{"path": "x.bin", "size": 5, "sample": ""}]}
        return owner.post(f"{API}/preupload/main", body).json()["files"][0]

    assert advice()["oid"] == sha256 == hashlib.sha256(b"bytes").hexdigest()
    RepositoryBlob.objects.filter(sha256=sha256).update(state=RepositoryBlob.State.REFUSED)
    assert "oid" not in advice()


def test_a_bad_address_of_a_completion_is_refused(owner, thing):
    address = reverse("lfs-complete", kwargs={"signed": "x"})[:-1]
    for signed in ("x", "a:b:c", "%F0%9F%8C%8D", "e30:1:x" * 100):
        response = owner.post(address + signed, {"parts": []}, LFS)
        assert (response.status_code, errors_of(response)["field"]) == (400, "signed")
