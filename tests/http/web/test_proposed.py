"""What somebody proposes in the browser is held to their own limit, and nothing is told of the owner's."""

import base64
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.limits.services import set_storage_limit
from contributions.discussions.models import Discussion
from hub.revisions.room import kept_by
from storage.models import Blob
from storage.services import keep_scan_states
from tests.browsing import RawPathClient
from tests.factories.discussions import make_pull, push
from tests.http.web.uploading import PAGE, announced, begun, head, post, send

TEXT = {"path": "a.txt", "content": base64.b64encode(b"a" * 60).decode()}


@pytest.fixture
def guest(world) -> RawPathClient:
    """Somebody else's browser, who may keep 100 bytes; the owner has no room at all."""
    owner = world.public.namespace
    set_storage_limit(namespace=owner, limit=kept_by(owner))
    set_storage_limit(namespace=world.users["outsider"].namespace, limit=100)
    return world.client("outsider")


def refused(answer, status: int = 403) -> bool:
    """It does not fit, in words about the proposer."""
    words = answer.content.decode()
    assert not re.search("acme (uses|would keep)", words)
    return answer.status_code == status and re.search("otto (uses|would keep)", words) is not None


def test_the_upload_page_looks_begins_and_finishes(world, guest):
    chosen = [{"path": "w.bin", "size": 101}]
    assert refused(post(guest, f"{PAGE}/check", {"files": chosen}))
    assert post(guest, f"{PAGE}/check", {"files": [{"path": "w.bin", "size": 100}]}).status_code == 200
    assert refused(post(guest, f"{PAGE}/begin", {"files": [announced("w.bin", b"w" * 101)]}))
    data = b"w" * 70
    plan = begun(guest, announced("w.bin", data))
    send(plan, data)
    post(guest, f"{PAGE}/{plan['upload_id']}/done", {})
    said = {"pull": True, "seen": head(world.public)}
    assert refused(post(guest, f"{PAGE}/finish", said | {"files": [announced("w.bin", data), TEXT]}))
    assert not Discussion.objects.exists()
    assert post(guest, f"{PAGE}/finish", said | {"files": [announced("w.bin", data)]}).status_code == 200
    assert kept_by(world.users["outsider"].namespace) == 70


def test_the_plain_form(world, guest):
    assert refused(guest.post(PAGE, {"files": SimpleUploadedFile("a.txt", b"a" * 101)}), 400)
    assert guest.post(PAGE, {"files": SimpleUploadedFile("a.txt", b"a" * 100)}).status_code == 302


def test_the_editor_of_a_pull_request(world, guest):
    pull = make_pull(world.public, world.users["outsider"], {"a.txt": b"a" * 60})
    address = "/acme/bert/new/refs%2Fpr%2F1"
    form = {"path": "b.txt", "text": "b" * 41, "where": "here", "do": "commit", "base": "", "commit": ""}
    assert refused(guest.post(address, form), 400)
    assert guest.post(address, form | {"text": "b" * 39}).status_code == 302
    assert push(pull, world.users["outsider"], {"a.txt": None})


def test_who_merges_is_told_that_it_does_not_fit(world, guest):
    make_pull(world.public, world.users["outsider"], {"a.txt": b"a" * 60})
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))
    thread = "/acme/bert/discussions/1"
    form = {"do": "merge", "seen": head(world.public, "refs/pr/1")}
    answer = world.client("writer").post(thread, form)
    assert (answer.status_code, "acme would keep" in answer.content.decode()) == (403, True)
    owner = world.public.namespace
    set_storage_limit(namespace=owner, limit=kept_by(owner) + 60)
    assert world.client("writer").post(thread, form).status_code == 302
    assert kept_by(world.users["outsider"].namespace) == 0
