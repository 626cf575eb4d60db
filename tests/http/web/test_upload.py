"""Publishing from the browser: files begun, sent to the real store and committed, and the plain form."""

import base64
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hub.http.web.upload_plan import MAX_FILES
from hub.revisions.history import history
from hub.revisions.selectors import find_entry, read_text, resolve_revision
from storage.models import Upload
from tests.browsing import RawPathClient
from tests.factories.repositories import add_large, put
from tests.http.web.uploading import MIB, PAGE, announced, begun, head, post, send, weights

BAD_FILES = [
    ({"path": "../x"}, 400),
    ({"path": "/x"}, 400),
    ({"path": "a//b"}, 400),
    ({"path": ""}, 400),
    ({"path": 7}, 400),
    ({"path": ".git/config"}, 400),
    ({"size": -1}, 400),
    ({"size": "12"}, 400),
    ({"size": True}, 400),
    ({"size": 10**18}, 400),
    ({"sha256": "abc"}, 400),
    ({"sha256": None}, 400),
]


def test_small_text_travels_in_the_commit_and_weights_go_to_the_store(world):
    client, data = world.client("writer"), os.urandom(5000)
    file = announced("sub/model.safetensors", data)
    send(begun(client, file), data)
    text = {"path": "config.json", "content": base64.b64encode(b'{"a": 1}').decode()}
    answer = post(client, f"{PAGE}/finish", {"summary": "From a browser", "files": [text, file]})
    assert answer.status_code == 200, answer.content
    revision = resolve_revision(world.public, None)
    assert answer.json() == {"commit": revision.commit, "location": f"/acme/bert/checks/{revision.commit}"}
    assert history(world.public, revision, limit=1)[0].title == "From a browser"
    assert read_text(find_entry(revision, "config.json")) == '{"a": 1}'
    assert find_entry(revision, "sub/model.safetensors").sha256 == file["sha256"]


def test_a_large_file_travels_in_parts_that_the_hub_puts_together(world, settings):
    settings.MULTIPART_THRESHOLD = settings.PART_SIZE = 5 * MIB
    client, data = world.client("writer"), weights(7)
    file = announced("model.safetensors", data)
    plan = begun(client, file)
    assert (plan["multipart"], plan["missing"]) == (True, [1, 2])
    send(plan, data)
    assert post(client, f"{PAGE}/{plan['upload_id']}/done", {}).status_code == 200
    answer = post(client, f"{PAGE}/finish", {"files": [file]})
    assert answer.status_code == 200, answer.content
    assert find_entry(resolve_revision(world.public, None), "model.safetensors").size == len(data)


def test_a_file_that_the_repository_has_is_not_sent_again(world):
    data = os.urandom(100)
    add_large(world.public, world.users["admin"], "old.bin", data)
    client, file = world.client("writer"), announced("new.bin", data)
    assert begun(client, file) == {"path": "new.bin", "present": True}
    assert post(client, f"{PAGE}/finish", {"files": [file]}).status_code == 200
    assert find_entry(resolve_revision(world.public, None), "new.bin").sha256 == file["sha256"]


def test_naming_the_hash_of_anothers_private_file_gives_nothing(world):
    data = os.urandom(100)
    add_large(world.private, world.users["admin"], "secret.bin", data)
    client, file, before = world.client("writer"), announced("stolen.bin", data), head(world.public)
    assert begun(client, file)["missing"] == [1]
    answer = post(client, "/acme/bert/upload/finish", {"files": [file]})
    assert answer.status_code == 400
    assert head(world.public) == before


def test_bytes_that_are_not_what_was_declared_are_refused(world):
    client, file, before = world.client("writer"), announced("m.bin", b"declared"), head(world.public)
    put(begun(client, file)["links"]["1"], b"DECLARED")
    answer = post(client, f"{PAGE}/finish", {"files": [file]})
    assert answer.status_code == 400
    assert "refused" in answer.json()["error"]
    assert head(world.public) == before


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader", "moderator"])
def test_only_writers_publish_on_a_branch(world, who):
    file, before = announced("x.bin", b"x"), head(world.public)
    public = post(world.client(who), "/acme/bert/upload/finish", {"files": [file]})
    private = post(world.client(who), "/acme/secret/upload/finish", {"files": [file]})
    assert public.status_code == (401 if who == "nobody" else 403)
    assert private.status_code == (403 if who == "reader" else 404)
    assert head(world.public) == before


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader", "moderator"])
def test_whoever_may_propose_something_may_send_files_for_it(world, who):
    file = announced("x.bin", b"x")
    public = post(world.client(who), "/acme/bert/upload/begin", {"files": [file]})
    private = post(world.client(who), "/acme/secret/upload/begin", {"files": [file]})
    assert public.status_code == (401 if who == "nobody" else 200)
    assert private.status_code == (403 if who == "reader" else 404)
    assert Upload.objects.count() == (who != "nobody")


@pytest.mark.parametrize(("change", "status"), BAD_FILES)
@pytest.mark.parametrize("call", ["begin", "finish"])
def test_a_bad_file_is_refused_and_leaves_nothing(world, call, change, status):
    before = head(world.public)
    file = announced("x.bin", b"x") | change
    answer = post(world.client("writer"), f"/acme/bert/upload/{call}", {"files": [file]})
    assert answer.status_code == status
    assert answer.json()["error"]
    assert not Upload.objects.exists()
    assert head(world.public) == before


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"{}", b'{"files": []}', b'{"files": [1]}', b'{"files": {}}', b"[" * 100_000],
)
def test_a_bad_body_is_refused(world, body):
    answer = post(world.client("writer"), "/acme/bert/upload/begin", body)
    assert answer.status_code == 400
    assert answer.json()["field"] in ("body", "files")


def test_too_many_files_are_refused(world):
    files = [announced(f"{n}.txt", b"x") for n in range(MAX_FILES + 1)]
    assert post(world.client("writer"), "/acme/bert/upload/begin", {"files": files}).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"files": [{"path": "x", "content": "no base64!"}]}, "content"),
        ({"files": [{"path": "x", "content": 7}]}, "content"),
        ({"files": [{"path": "x", "content": ""}, {"path": "x", "content": ""}]}, "path"),
        ({"summary": 7}, "summary"),
        ({"description": []}, "description"),
        ({"branch": "a..b"}, "branch"),
        ({"branch": 7}, "branch"),
        ({"seen": "0" * 40}, "seen"),
    ],
)
def test_a_malformed_finish_names_the_field(world, change, field):
    before = head(world.public)
    good = {"files": [{"path": "x", "content": "eA=="}]}
    answer = post(world.client("writer"), f"{PAGE}/finish", good | change)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert head(world.public) == before


def test_an_inline_file_over_the_limit_is_refused(world, settings):
    settings.INLINE_LIMIT, before = 10, head(world.public)
    file = announced("x.txt", b"x" * 11) | {"content": base64.b64encode(b"x" * 11).decode()}
    answer = post(world.client("writer"), "/acme/bert/upload/finish", {"files": [file]})
    assert answer.status_code == 400
    assert head(world.public) == before


def plain(world, who: str, *files: SimpleUploadedFile, **fields: str):
    return world.client(who).post("/acme/bert/upload", {"files": list(files), **fields})


def test_without_javascript_small_files_are_published_by_a_form(world):
    answer = plain(
        world, "writer", SimpleUploadedFile("a.txt", b"A"), SimpleUploadedFile("b.txt", b"B"), folder="notes"
    )
    assert answer["Location"] == "/acme/bert/tree/main"
    revision = resolve_revision(world.public, None)
    assert read_text(find_entry(revision, "notes/b.txt")) == "B"
    assert history(world.public, revision, limit=1)[0].title == "Upload 2 files"


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ([], ""),
        ([SimpleUploadedFile("big.txt", b"x" * (1024 * 1024 + 1))], ""),
        ([SimpleUploadedFile("x.txt", b"x")], "../up"),
    ],
)
def test_the_plain_form_refuses_in_words_and_leaves_nothing(world, files, folder):
    before = head(world.public)
    answer = plain(world, "writer", *files, folder=folder)
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    assert head(world.public) == before


def test_a_forms_files_never_fill_the_memory_or_the_disk(world, settings, monkeypatch):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    monkeypatch.setattr("tempfile.NamedTemporaryFile", pytest.fail)
    files = [SimpleUploadedFile(f"{number}.txt", b"x" * 800) for number in range(2)]
    answer = plain(world, "writer", *files)
    assert answer.status_code == 400
    assert b"Together the files are too large" in answer.content
    assert world.client("nobody").post("/accounts/login/", {"f": files[0]}).status_code == 200


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader"])
def test_only_writers_publish_by_the_plain_form(world, who):
    answer = plain(world, who, SimpleUploadedFile("a.txt", b"A"))
    there = "/accounts/login/" if who == "nobody" else "/acme/bert/discussions/"
    assert answer["Location"].startswith(there)
    assert find_entry(resolve_revision(world.public, None), "a.txt") is None


def test_the_calls_of_the_page_need_its_form_token(world):
    client = RawPathClient(enforce_csrf_checks=True)
    client.force_login(world.users["writer"])
    answer = post(client, "/acme/bert/upload/begin", {"files": [announced("x.bin", b"x")]})
    assert answer.status_code == 403
    assert not Upload.objects.exists()
