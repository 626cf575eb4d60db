"""What goes wrong is told in the client's terms: status, code, words and an id, and nothing from inside."""

import pytest

from hub.repos.services import take_down
from tests.browsing import RawPathClient
from tests.factories.repositories import make_repository
from tests.http.api import Api

NOWHERE = [
    ("GET", "/api/spaces/ada/demo"),
    ("GET", "/api/spaces/ada/demo/revision/main"),
    ("GET", "/spaces/ada/demo/resolve/main/app.py"),
    ("HEAD", "/spaces/ada/demo/resolve/main/app.py"),
    ("POST", "/api/buckets/ada/pail/batch"),
    ("GET", "/api/kernels/ada/fast"),
]
WITHOUT_AN_OWNER = [
    ("GET", "/api/models/gpt2"),
    ("GET", "/api/models/gpt2/revision/main"),
    ("GET", "/api/models/gpt2/tree/main/additional_chat_templates"),
    ("POST", "/api/models/gpt2/paths-info/main"),
    ("GET", "/api/datasets/squad"),
    ("GET", "/api/datasets/squad/refs"),
    ("HEAD", "/gpt2/resolve/main/config.json"),
    ("GET", "/datasets/squad/resolve/main/a/b.csv"),
]
NOT_SERVED = [
    ("GET", "/api/spaces"),
    ("GET", "/api/papers/search"),
    ("GET", "/api/daily_papers"),
    ("POST", "/api/jobs/ada"),
    ("GET", "/api/scheduled-jobs/ada"),
    ("POST", "/api/sandboxes"),
    ("GET", "/api/kernels"),
    ("PATCH", "/api/nothing"),
    ("DELETE", "/api/nothing/at/all"),
    ("GET", "/api/models/ada/thing/nothing"),
    ("GET", "/api/models/ada/thing/nothing/main"),
]


@pytest.mark.parametrize(("method", "path"), NOWHERE)
def test_repositories_of_kinds_that_are_not_served_are_not_found(db, owner, method, path):
    for api in (owner, Api()):
        answer = api.send(method, path, {})
        assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RepoNotFound")
        assert "models and datasets only" in answer.headers["X-Error-Message"]


@pytest.mark.parametrize(("method", "path"), WITHOUT_AN_OWNER)
def test_an_id_without_an_owner_is_that_of_no_repository(db, owner, method, path):
    for api in (owner, Api()):
        answer = api.send(method, path, {})
        assert answer.status_code in (401, 404)
        assert answer.headers["X-Error-Code"] == "RepoNotFound"


def test_a_repository_may_be_called_like_a_part_of_an_address(owner, anybody):
    make_repository(owner.user, name="resolve", files={"a.txt": b"text"})
    for page in ("", "/tree/main", "/blob/main/a.txt", "/commits/main"):
        assert anybody.get(f"/ada/resolve{page}").status_code == 200, page
    assert anybody.get("/ada/resolve/resolve/main/a.txt").content == b"text"
    assert anybody.get("/api/models/ada/resolve/tree/main").status_code == 200


@pytest.mark.parametrize(("method", "path"), NOT_SERVED)
def test_what_is_not_served_is_a_clean_404(db, owner, method, path):
    answer = owner.send(method, path, {})
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})
    assert answer.headers["X-Error-Code"] == "NotServed"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/absent/absent",
        "/absent",
        "/api/absent",
        "/api/models",
        "/static/web/site.css",
        "/%00",
    ],
)
def test_every_answer_has_the_id_that_was_sent_or_one_of_its_own(db, client, path):
    for sent, length in (("mine-1", 6), ("not one: ä", 32), ("", 32)):
        answer = client.head(path, headers={"X-Request-Id": sent})
        assert len(answer["X-Request-Id"]) == length
        assert (answer["X-Request-Id"] == sent) is (sent == "mine-1")


@pytest.mark.parametrize(
    "path", ["/api/models", "/api/models/ada/bert", "/ada/bert/resolve/main/x", "/models"]
)
def test_a_failure_inside_says_its_id_and_nothing_else(db, monkeypatch, path):
    def broken(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("hub.http.huggingface.lists.list_repositories", broken)
    monkeypatch.setattr("hub.http.web.browse.list_repositories", broken)
    monkeypatch.setattr("hub.repos.selectors.could_be_name", broken)
    monkeypatch.setattr("hub.http.huggingface.resolve.Resolve.open", broken)
    answer = RawPathClient(raise_request_exception=False).get(path, headers={"X-Request-Id": "mine-2"})
    assert (answer.status_code, answer["X-Request-Id"]) == (500, "mine-2")
    assert b"secret" not in answer.content
    if path != "/models":
        assert "mine-2" in answer.json()["error"]
        assert answer["X-Error-Code"] == "InternalError"


def test_a_host_that_is_not_this_hub_is_told_so_in_json(db, settings, client):
    settings.ALLOWED_HOSTS = ["hub.example.org"]
    answer = client.get("/api/models?limit=1&search=x&cursor=", headers={"Host": "evil.example.org"})
    assert (answer.status_code, answer["X-Error-Code"]) == (400, "BadRequest")


def test_a_401_says_how_to_log_in_and_a_404_what_may_be_missing(db, owner):
    asked_to_log_in = Api().get("/api/models/ada/nothing")
    assert asked_to_log_in.status_code == 401
    assert "hf auth login" in asked_to_log_in.json()["error"]
    told = owner.get("/api/models/ada/nothing")
    assert told.status_code == 404
    assert "your access token has no access" in told.json()["error"]


def test_a_withheld_repository_tells_its_people_that_it_is_disabled(owner):
    repository = make_repository(owner.user, name="bert")
    take_down(repository=repository, actor_user=None)
    answer = owner.send("POST", "/api/models/ada/bert/branch/new", {})
    assert answer.status_code == 403
    assert answer.headers["X-Error-Message"] == "Access to this resource is disabled."
    assert "withheld by a moderator's decision" in answer.json()["error"]
    assert owner.get("/api/models/ada/bert").json()["disabled"] is True
    assert Api().get("/api/models/ada/bert").headers["X-Error-Code"] == "RepoNotFound"
