"""Whose uploads are suspended brings nothing by any door, and does everything else.

That every route of a repository answers so is in test_permissions; here is what belongs to no repository yet,
and what the caller was in the middle of.
"""

import base64
import json

import pytest

from accounts.models import AuditEvent
from accounts.suspensions import allow_uploads, suspend_uploads
from contributions.attachments.models import Attachment
from contributions.discussions.models import Discussion
from hub.access.services import SUSPENDED
from hub.repos.models import Repository
from hub.revisions.models import Ref
from tests.builders.pictures import png
from tests.factories.accounts import make_user
from tests.factories.discussions import make_discussion, make_pull
from tests.factories.repositories import make_repository
from tests.http.api import Api
from tests.http.xet.conftest import pass_for

pytestmark = pytest.mark.django_db
FILE = {"key": "file", "value": {"path": "a.txt", "content": base64.b64encode(b"new").decode()}}
HEADER = {"key": "header", "value": {"summary": "Change"}}


@pytest.fixture
def own(owner):
    """The suspended person's own repository."""
    return make_repository(owner.user, name="own", files={"README.md": b"# Own\n"})


@pytest.fixture
def other():
    """Somebody else's public repository."""
    return make_repository(make_user("bob"), name="thing", files={"README.md": b"# Thing\n"})


@pytest.fixture
def suspended(owner, own, other):
    """The caller, who had two pull requests and a pass before it happened."""
    make_pull(other, owner.user)
    make_pull(own, make_user("pia"))
    owner.storage = pass_for(owner, "models/bob/thing", revision="main?create_pr=1")
    suspend_uploads(user=owner.user, actor_user=None)
    return owner


def committing(api, address, query=""):
    body = "\n".join(json.dumps(line) for line in (HEADER, FILE))
    return api.post(f"/api/models/{address}{query}", body, "application/x-ndjson")


def objects(**fields):
    return {"operation": "upload", "objects": [], **fields}


TRIES = {
    "create a repository": lambda api: api.post("/api/repos/create", {"name": "new"}),
    "rename one": lambda api: api.post("/api/repos/move", {"fromRepo": "ada/own", "toRepo": "ada/new"}),
    "duplicate one": lambda api: api.post("/api/models/bob/thing/duplicate", {"repository": "ada/new"}),
    "take large files over": lambda api: api.post(
        "/api/models/bob/thing/lfs-files/duplicate",
        {"target": {"type": "model", "name": "ada/own"}, "files": [{"sha256": "0" * 64}]},
    ),
    "commit": lambda api: committing(api, "ada/own/commit/main"),
    "propose a commit": lambda api: committing(api, "bob/thing/commit/main", "?create_pr=1"),
    "go on with a pull request": lambda api: committing(api, "bob/thing/commit/refs%2Fpr%2F1"),
    "open an empty pull request": lambda api: api.post(
        "/api/models/bob/thing/discussions", {"title": "Mine", "pullRequest": True}
    ),
    "merge": lambda api: api.post("/api/models/ada/own/discussions/1/merge", {}),
    "ask where files go": lambda api: api.post("/api/models/ada/own/preupload/main", {"files": []}),
    "ask where proposed files go": lambda api: api.post(
        "/api/models/bob/thing/preupload/main?create_pr=1", {"files": []}
    ),
    "ask for links": lambda api: api.post("/ada/own.git/info/lfs/objects/batch", objects()),
    "ask for links to propose": lambda api: api.post("/bob/thing.git/info/lfs/objects/batch", objects()),
    "ask for a pass": lambda api: api.get("/api/models/ada/own/xet-write-token/main"),
    "ask for a pass to propose": lambda api: api.get(
        "/api/models/bob/thing/xet-write-token/main?create_pr=1"
    ),
    "show a picture": lambda api: api.post("/uploads", png(), "image/png"),
    "make a branch": lambda api: api.post("/api/models/ada/own/branch/new", {}),
}


@pytest.mark.parametrize("name", TRIES)
def test_nothing_is_brought_and_the_reason_is_said(suspended, name):
    before = stored()
    answer = TRIES[name](suspended)
    assert (answer.status_code, answer.json()["error"]) == (403, str(SUSPENDED))
    assert stored() == before
    allow_uploads(user=suspended.user, actor_user=None)
    assert TRIES[name](suspended).status_code not in (401, 403)


def stored():
    tables = (Repository, Ref, Discussion, Attachment)
    landed = AuditEvent.objects.filter(event="commit.landed")
    return [table.objects.count() for table in tables], landed.count()


def test_a_pass_of_before_brings_no_chunks(suspended):
    for path in ("v1/shards", f"v1/xorbs/default/{'0' * 64}"):
        assert suspended.storage.send("POST", path, b"", media="application/octet-stream").status_code == 403


def test_reading_pulling_talking_and_deleting_stay(suspended, other):
    make_discussion(other, make_user())
    assert suspended.get("/api/models/bob/thing").status_code == 200
    assert suspended.get("/bob/thing/resolve/main/README.md").status_code == 200
    assert suspended.get("/api/models/bob/thing/xet-read-token/main").status_code == 200
    said = suspended.post("/api/models/bob/thing/discussions", {"title": "Why?", "description": "Tell me."})
    assert said.status_code == 200
    answer = suspended.post("/api/models/bob/thing/discussions/2/comment", {"comment": "Ah."})
    assert answer.status_code == 200
    assert suspended.post("/api/models/bob/thing/like", {}).status_code == 200
    assert suspended.send("PUT", "/api/models/ada/own/settings", {"private": True}).status_code == 200
    assert suspended.send("DELETE", "/api/repos/delete", {"name": "own"}).status_code == 200


def test_others_go_on_in_what_was_brought_before(suspended, other):
    admin = Api(other.namespace.user)
    assert committing(admin, "bob/thing/commit/refs%2Fpr%2F1").status_code == 200
