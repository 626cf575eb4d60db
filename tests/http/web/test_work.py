"""What the workers do with a commit's files: told until all have ended, with what to do about a finding."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.revisions.operations import AddBlob, AddInline
from hub.revisions.uploads import verify
from storage.models import Blob, Upload
from tests.builders.pickles import calling
from tests.factories.repositories import add_large, commit, upload
from tests.http.web.uploading import head

POLLS = b'hx-trigger="every '


def shown(world, who: str = "writer", *, htmx: bool = True, revision: str | None = None) -> bytes:
    address = f"/acme/bert/checks/{revision or head(world.public)}"
    answer = world.client(who).get(address, headers={"HX-Request": "true"} if htmx else {})
    assert answer.status_code == 200
    return answer.content


@pytest.fixture
def hostile(world) -> str:
    return add_large(world.public, world.users["admin"], "bad.pkl", calling("os", "system", "true"))


def test_a_file_is_followed_from_arriving_to_the_last_check(world, settings):
    settings.VERIFY_INLINE_LIMIT = 0
    sha256 = upload(world.public, world.users["writer"], b"\0harmless bytes")
    commit(world.public, world.users["writer"], [AddBlob("w.bin", sha256, 15)])
    first = shown(world)
    assert b"Hash is being verified" in first
    assert b"0 of 1 checked" in first
    assert POLLS in first
    verify(upload_id=str(Upload.objects.get().pk))
    assert b"Being scanned" in shown(world)
    Blob.objects.filter(pk=sha256).update(scan_state=Blob.ScanState.UNSCANNED)
    last = shown(world)
    assert b"All checks have ended." in last
    assert POLLS not in last


@pytest.mark.parametrize("address", ["/acme/bert", "/acme/bert/tree/main"])
def test_the_pages_of_the_files_follow_while_something_is_being_checked(world, address):
    blobs = Blob.objects.all()
    blobs.update(scan_state=Blob.ScanState.QUEUED)
    waiting = world.client("nobody").get(address).content
    assert POLLS in waiting
    assert f"/acme/bert/checks/{head(world.public)}".encode() in waiting
    blobs.update(scan_state=Blob.ScanState.SAFE)
    assert POLLS not in world.client("nobody").get(address).content


def test_only_the_files_of_the_commit_are_told(world):
    commit(world.public, world.users["writer"], [AddInline("new.txt", b"new")])
    page = shown(world)
    assert b"new.txt" in page
    assert b"config.json" not in page


def test_a_dangerous_file_comes_first_with_what_to_do(world, hostile):
    Blob.objects.filter(pk=hostile).update(scan_state=Blob.ScanState.DANGEROUS, state=Blob.State.QUARANTINED)
    page = shown(world)
    assert b"In quarantine" in page
    assert b"safetensors" in page
    assert b"/blob/" in page
    assert b"bad.pkl#checks" in page


def test_bytes_that_were_others_are_to_be_uploaded_again(world, settings):
    settings.VERIFY_INLINE_LIMIT = 0
    writer = world.users["writer"]
    sha256 = upload(world.public, writer, b"LIES", claim=b"word")
    commit(world.public, writer, [AddBlob("w.bin", sha256, 4)])
    verify(upload_id=str(Upload.objects.get().pk))
    page = shown(world)
    assert b"Upload the file again" in page
    assert POLLS not in page


def test_htmx_gets_the_part_and_everybody_else_the_page(world):
    assert b"<html" not in shown(world)
    whole = shown(world, "nobody", htmx=False)
    assert b"<html" in whole
    assert b'id="work"' in whole
    assert b"Upload more" not in whole


def test_files_of_a_gated_repository_are_named_without_links(world):
    world.public.gated = "manual"
    world.public.save()
    commit(world.public, world.users["writer"], [AddInline("new.txt", b"new")])
    page = shown(world, "outsider")
    assert b"new.txt" in page
    assert b"/blob/" not in page


def test_a_commit_that_only_removes_brings_no_files(world):
    from hub.revisions.operations import DeleteFile

    commit(world.public, world.users["writer"], [DeleteFile("config.json")])
    assert b"This commit brought no files." in shown(world)


def test_queries_do_not_grow_with_the_files(world):
    def queries(count: int) -> int:
        files = [AddInline(f"{count}/{number}.txt", b"%d %d" % (count, number)) for number in range(count)]
        commit(world.public, world.users["writer"], files)
        shown(world)
        with CaptureQueriesContext(connection) as captured:
            shown(world)
        return len(captured)

    assert queries(2) == queries(40) <= 30
