"""Every route × every kind of caller × public and private: nobody learns what they may not."""

import pytest

from hub.revisions.operations import AddInline
from tests.factories.repositories import commit, make_repository
from tests.http.huggingface.conftest import Api

ID = "the-lab/thing"
READS = [
    ("GET", f"/api/models/{ID}"),
    ("GET", f"/api/models/{ID}/revision/main"),
    ("GET", f"/api/models/{ID}/auth-check"),
    ("GET", f"/api/models/{ID}/tree/main"),
    ("GET", f"/api/models/{ID}/tree/main/folder"),
    ("POST", f"/api/models/{ID}/paths-info/main"),
    ("GET", f"/api/models/{ID}/commits/main"),
    ("GET", f"/api/models/{ID}/refs"),
    ("GET", f"/api/models/{ID}/downloads"),
    ("HEAD", f"/{ID}/resolve/main/folder/file.txt"),
    ("GET", f"/{ID}/resolve/main/folder/file.txt"),
]
WRITES = [
    ("GET", f"/api/models/{ID}/auth-check/write"),
    ("POST", f"/api/models/{ID}/preupload/main"),
    ("POST", f"/api/models/{ID}/commit/main"),
    ("POST", f"/api/models/{ID}/branch/new"),
    ("DELETE", f"/api/models/{ID}/branch/new"),
    ("POST", f"/api/models/{ID}/tag/main"),
    ("DELETE", f"/api/models/{ID}/tag/v1"),
    ("POST", f"/{ID}.git/info/lfs/objects/batch"),
    ("POST", f"/{ID}.git/info/lfs/objects/verify"),
]
ADMINS = [("PUT", f"/api/models/{ID}/settings"), ("DELETE", "/api/repos/delete")]
# Who may, by the table in hub/access/policy.py.
MAY = {
    ("public", "read"): {"nobody", "outsider", "read", "contribute", "write", "admin"},
    ("private", "read"): {"read", "contribute", "write", "admin"},
    ("public", "write"): {"write", "admin"},
    ("private", "write"): {"write", "admin"},
    ("public", "admin"): {"admin"},
    ("private", "admin"): {"admin"},
}


@pytest.fixture(params=["public", "private"])
def visibility(request, people):
    """One repository of the organisation, public or private."""
    admin = people["admin"]
    namespace = admin.memberships.get().organisation
    repository = make_repository(admin, namespace=namespace, name="thing", visibility=request.param)
    commit(repository, admin, [AddInline("folder/file.txt", b"text")])
    return request.param


def ask(who, method, path):
    """Send a request with a body that says nothing useful, so that nothing is changed by those who may."""
    body = {"name": "thing", "organization": "the-lab"} if path.endswith("delete") else {}
    return Api(who).send(method, path, body)


def refused(response, who, *, visible):
    """Whether the answer is the one that somebody gets who may not."""
    if not visible:
        code = response.headers.get("X-Error-Code")
        return code == "RepoNotFound" and response.status_code == (401 if who is None else 404)
    return response.status_code == (401 if who is None else 403)


@pytest.mark.parametrize(
    ("action", "method", "path"),
    [("read", *route) for route in READS]
    + [("write", *route) for route in WRITES]
    + [("admin", *route) for route in ADMINS],
)
def test_every_door_answers_as_the_table_says(people, visibility, action, method, path):
    for name, who in people.items():
        if name == "admin" and path.endswith("delete"):
            continue
        response = ask(who, method, path)
        may = name in MAY[visibility, action]
        visible = name in MAY[visibility, "read"]
        assert may != refused(response, who, visible=visible), (name, response.status_code, response.content)
        if not visible:
            assert b"file.txt" not in response.content


def test_missing_and_invisible_answer_alike(people, visibility):
    for method, path in READS + WRITES:
        for who in (people["nobody"], people["outsider"]):
            if visibility == "public":
                continue
            hidden, missing = ask(who, method, path), ask(who, method, path.replace("thing", "nothing"))
            assert hidden.status_code == missing.status_code
            assert hidden.content == missing.content.replace(b"nothing", b"thing")
            assert hidden.headers.get("X-Error-Code") == missing.headers.get("X-Error-Code")


def test_a_token_that_may_only_read_cannot_write(people, visibility):
    admin = Api(people["admin"], role="read")
    assert admin.get(f"/api/models/{ID}").status_code == 200
    for method, path in WRITES + ADMINS:
        body = {"name": "thing", "organization": "the-lab"} if path.endswith("delete") else {}
        assert admin.send(method, path, body).status_code == 403
    created = admin.post("/api/repos/create", {"name": "other", "organization": "the-lab"})
    assert created.status_code == 403


def test_lists_hold_only_what_the_caller_may_see(people, visibility):
    for name, who in people.items():
        listed = [item["id"] for item in Api(who).get("/api/models?author=the-lab").json()]
        assert listed == ([ID] if name in MAY[visibility, "read"] else [])
        found = [item["id"] for item in Api(who).get("/api/models?search=thing").json()]
        assert found == listed


def test_a_bad_token_is_told_so_and_not_taken_for_nobody(visibility):
    api = Api()
    for header in ("Bearer wrong", "Bearer ", "Basic eDp5", "Basic %%%", "Nonsense"):
        response = api.get(f"/api/models/{ID}", Authorization=header)
        assert response.status_code == 401
        assert response.headers["X-Error-Message"] == "Invalid credentials in Authorization header"
        assert "X-Error-Code" not in response.headers
