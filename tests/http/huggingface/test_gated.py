"""A gated repository: anybody may know of it, only its people have what is in its files."""

import pytest

from tests.factories.repositories import add_large, make_repository
from tests.http.api import Api

ID = "the-lab/thing"
API = f"/api/models/{ID}"
FILES = (f"/{ID}/resolve/main/config.json", f"/{ID}/resolve/main/README.md", f"/{ID}/resolve/main/big.bin")
WORDS = (
    f"Access to model {ID} is restricted and you are not in the authorized list. "
    f"Visit http://testserver/{ID} to ask for access."
)


@pytest.fixture
def gated(people):
    """The organisation's public repository behind a gate, with a card and a large file."""
    admin = people["admin"]
    files = {"README.md": b"---\nlicense: mit\n---\n# Thing", "config.json": b'{"secret": 1}'}
    repository = make_repository(
        admin, namespace=admin.memberships.get().organisation, name="thing", files=files
    )
    add_large(repository, admin, "big.bin", b"weights" * 100)
    assert Api(admin).send("PUT", f"{API}/settings", {"gated": "manual"}).json() == {
        "private": False,
        "gated": "manual",
    }
    return repository


@pytest.mark.parametrize("who", ["nobody", "outsider"])
def test_strangers_see_what_there_is_but_get_no_bytes(people, gated, who):
    api = Api(people[who])
    info = api.get(API).json()
    assert info["gated"] == "manual"
    assert info["cardData"] == {"license": "mit"}
    assert "big.bin" in [file["rfilename"] for file in info["siblings"]]
    assert api.get(f"{API}/tree/main").status_code == 200
    assert [item["gated"] for item in api.get("/api/models?author=the-lab").json()] == ["manual"]
    for path in FILES:
        for response in (api.get(path), api.head(path)):
            assert response.status_code == (401 if who == "nobody" else 403)
            assert response.headers["X-Error-Code"] == "GatedRepo"
            assert response.headers["X-Error-Message"].startswith(WORDS)
            for header in ("Location", "ETag", "X-Repo-Commit", "X-Linked-Etag", "X-Linked-Size"):
                assert header not in response.headers
            assert b"secret" not in response.content


def test_the_clients_own_question_whether_it_may_download_is_answered_at_the_gate(people, gated):
    stranger, reader = Api(people["outsider"]), Api(people["read"])
    refused = stranger.get(f"{API}/auth-check")
    assert (refused.status_code, refused["X-Error-Code"]) == (403, "GatedRepo")
    assert reader.get(f"{API}/auth-check").status_code == 200


@pytest.mark.parametrize("who", ["read", "contribute", "write", "admin"])
@pytest.mark.parametrize("role", ["read", "write"])
def test_members_pull_with_any_token(people, gated, who, role):
    api = Api(people[who], role=role)
    assert [api.get(path).status_code for path in FILES] == [200, 200, 302]


def test_the_way_in_is_named_on_the_host_that_was_asked(people, gated):
    answer = Api(people["outsider"]).get(FILES[0], Host="models.example.org")
    assert f"Visit http://models.example.org/{ID} to ask" in answer.json()["error"]


def test_private_and_gated_is_private_to_strangers(people, gated):
    Api(people["admin"]).send("PUT", f"{API}/settings", {"visibility": "private"})
    hidden = Api(people["outsider"]).get(FILES[0])
    assert (hidden.status_code, hidden.headers["X-Error-Code"]) == (404, "RepoNotFound")
    assert Api(people["read"]).get(FILES[0]).status_code == 200


def test_the_gate_opens_again(people, gated):
    answer = Api(people["admin"]).send("PUT", f"{API}/settings", {"gated": False, "visibility": "public"})
    assert answer.json() == {"private": False, "gated": False}
    assert Api().get(FILES[0]).status_code == 200
    assert Api().get(API).json()["gated"] is False


@pytest.mark.parametrize("value", ["", "true", "open", True, 1, [], {}, "a" * 1000])
def test_a_gate_that_is_none_is_refused_and_changes_nothing(people, gated, value):
    answer = Api(people["admin"]).send("PUT", f"{API}/settings", {"gated": value, "visibility": "private"})
    assert (answer.status_code, answer.json()["field"]) == (400, "gated")
    gated.refresh_from_db()
    assert (gated.gated, gated.visibility) == ("manual", "public")


def test_a_setting_must_be_named(people, gated):
    answer = Api(people["admin"]).send("PUT", f"{API}/settings", {"gated": None})
    assert (answer.status_code, answer.json()["field"]) == (400, "visibility")
