"""Fine-grained and expiring tokens at the doors: nothing is learned or changed beyond what is granted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.grants import Grant
from accounts.models import AccessToken
from accounts.services import remove_member
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from tests.factories.repositories import commit, make_repository
from tests.http.api import Api

CARD = {"path": "README.md", "content": "SGk=", "encoding": "base64"}


@pytest.fixture
def lab(people):
    """The organisation with a private and a public model."""
    admin = people["admin"]
    namespace = admin.memberships.get().organisation
    for name, visibility in (("secret", "private"), ("open", "public")):
        repository = make_repository(admin, namespace=namespace, name=name, visibility=visibility)
        commit(repository, admin, [AddInline("folder/file.txt", b"text")])
    return namespace


def granted(user, *grants, **token):
    """An API client with a fine-grained token."""
    return Api(user, role="fine-grained", grants=grants, **token)


def secret():
    """The private model."""
    return Repository.objects.get(name="secret")


def test_a_token_without_grants_meets_private_repositories_like_an_outsider(people, lab):
    admin, outsider = granted(people["admin"]), Api(people["outsider"])
    for method, path in (
        ("GET", "/api/models/the-lab/secret"),
        ("GET", "/api/models/the-lab/secret/auth-check"),
        ("GET", "/api/models/the-lab/secret/tree/main"),
        ("GET", "/api/models/the-lab/secret/commits/main"),
        ("GET", "/api/models/the-lab/secret/refs"),
        ("GET", "/the-lab/secret/resolve/main/folder/file.txt"),
        ("GET", "/api/models?author=the-lab"),
        ("GET", "/api/models?search=secret"),
        ("POST", "/api/models/the-lab/secret/preupload/main"),
        ("POST", "/api/models/the-lab/secret/commit/main"),
        ("POST", "/api/models/the-lab/secret/tag/main"),
        ("PUT", "/api/models/the-lab/secret/settings"),
        ("POST", "/the-lab/secret.git/info/lfs/objects/batch"),
    ):
        mine, theirs = admin.send(method, path, {}), outsider.send(method, path, {})
        assert (mine.status_code, mine.content) == (theirs.status_code, theirs.content)
        assert mine.headers.get("X-Error-Code") == theirs.headers.get("X-Error-Code")
    assert admin.get("/the-lab/open/resolve/main/folder/file.txt").status_code == 200
    assert admin.commit("models/the-lab/open", {"key": "file", "value": CARD}).status_code == 403
    assert admin.get("/api/models/the-lab/open/auth-check/write").status_code == 403


@pytest.mark.parametrize("granted_role", ["read", "contribute", "write", "admin"])
def test_a_grant_opens_one_repository_and_no_other_door(people, lab, granted_role):
    api = granted(people["admin"], Grant(granted_role, repository_id=secret().pk))
    may_write = granted_role in ("write", "admin")
    assert api.get("/api/models/the-lab/secret").status_code == 200
    assert [item["id"] for item in api.get("/api/models?search=secret").json()] == ["the-lab/secret"]
    committed = api.commit("models/the-lab/secret", {"key": "file", "value": CARD})
    assert committed.status_code == (200 if may_write else 403)
    changed = api.send("PUT", "/api/models/the-lab/secret/settings", {"visibility": "private"})
    assert changed.status_code == (200 if granted_role == "admin" else 403)
    assert api.commit("models/the-lab/open", {"key": "file", "value": CARD}).status_code == 403
    created = api.post("/api/repos/create", {"name": "another", "organization": "the-lab"})
    assert created.status_code == 403
    assert api.post("/api/repos/create", {"name": "another"}).status_code == 403
    assert not Repository.objects.filter(name="another").exists()


def test_a_grant_in_a_namespace_creates_there_and_only_there(people, lab):
    api = granted(people["admin"], Grant("write", namespace_id=lab.pk))
    assert api.post("/api/repos/create", {"name": "new", "organization": "the-lab"}).status_code == 200
    assert api.post("/api/repos/create", {"name": "new"}).status_code == 403
    moving = {"fromRepo": "the-lab/new", "toRepo": "the-lab/newer", "type": "model"}
    assert api.post("/api/repos/move", moving).status_code == 403
    away = {"fromRepo": "the-lab/new", "toRepo": f"{people['admin'].username}/new", "type": "model"}
    all_of_it = granted(people["admin"], Grant("admin", namespace_id=lab.pk))
    assert all_of_it.post("/api/repos/move", away).status_code == 403
    assert all_of_it.post("/api/repos/move", moving).status_code == 200


def test_whoami_says_what_is_granted_in_the_clients_words(people, lab, django_assert_max_num_queries):
    admin = people["admin"]
    api = granted(
        admin,
        Grant("write", namespace_id=lab.pk),
        Grant("read", repository_id=secret().pk),
        Grant("read", repository_id=10**12),
        everywhere=["contribute"],
        expires_at=timezone.now() + timedelta(days=1),
    )
    api.get("/api/whoami-v2")
    with django_assert_max_num_queries(4):
        me = api.get("/api/whoami-v2").json()
    token = me["auth"]["accessToken"]
    assert [org["name"] for org in me["orgs"]] == ["the-lab"]
    assert token["role"] == "fineGrained"
    assert token["createdAt"].endswith("Z")
    assert token["expiresAt"].endswith("Z")
    assert token["fineGrained"] == {
        "canReadGatedRepos": False,
        "global": ["discussion.write"],
        "scoped": [
            {
                "entity": {"_id": f"{secret().pk:024x}", "type": "model", "name": "the-lab/secret"},
                "permissions": ["repo.content.read"],
            },
            {
                "entity": {"_id": f"{lab.pk:024x}", "type": "org", "name": "the-lab"},
                "permissions": ["repo.content.read", "discussion.write", "repo.write"],
            },
        ],
    }


def test_whoami_names_no_place_that_the_user_lost_and_no_organisation_without_a_grant(people, lab):
    reader = people["read"]
    blind = granted(reader, Grant("read", namespace_id=reader.namespace.pk)).get("/api/whoami-v2").json()
    assert blind["orgs"] == []
    api = granted(reader, Grant("read", namespace_id=lab.pk), Grant("read", repository_id=secret().pk))
    remove_member(organisation=lab, user=reader, actor=people["admin"])
    me = api.get("/api/whoami-v2").json()
    assert (me["orgs"], me["auth"]["accessToken"]["fineGrained"]["scoped"]) == ([], [])


def test_an_expired_token_is_answered_like_an_unknown_one(people, lab):
    api = Api(people["admin"], expires_at=timezone.now() + timedelta(hours=1))
    assert api.get("/api/models/the-lab/secret").status_code == 200
    AccessToken.objects.update(expires_at=timezone.now())
    unknown = Api()
    unknown.headers = {"Authorization": "Bearer alm_unknown"}
    for path in ("/api/models/the-lab/open", "/api/whoami-v2", "/the-lab/open/resolve/main/folder/file.txt"):
        expired, bad = api.get(path), unknown.get(path)
        assert (expired.status_code, expired.content) == (bad.status_code, bad.content)
        assert expired.status_code == 401
        assert expired["X-Error-Message"] == "Invalid credentials in Authorization header"
        assert "X-Error-Code" not in expired.headers
