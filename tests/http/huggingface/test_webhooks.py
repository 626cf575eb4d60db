"""A user's webhooks over the API: their own alone, and nothing of what they may not see."""

import pytest

from accounts.models import AuditEvent
from hub.repos.services import change_settings
from hub.webhooks import services
from hub.webhooks.models import Watch, Webhook
from tests.factories.accounts import make_moderator, make_organisation, make_token, make_user, suspend
from tests.factories.repositories import make_repository
from tests.factories.webhooks import make_webhook
from tests.http.api import Api

pytestmark = pytest.mark.django_db
PATH = "/api/settings/webhooks"
URL = "https://example.org/hook"
OWN = {"watched": [{"type": "user", "name": "ada"}], "url": URL}


def test_a_webhook_is_made_listed_changed_and_deleted(owner):
    make_organisation("lab")
    made = owner.post(PATH, {**OWN, "domains": ["discussion", "repo"], "secret": "word"}).json()["webhook"]
    expected = {
        "id": made["id"],
        "url": URL,
        "watched": [{"type": "user", "name": "ada"}],
        "domains": ["repo", "discussion"],
        "secret": "word",
        "disabled": False,
    }
    assert made == expected
    assert len(made["id"]) == 24
    path = f"{PATH}/{made['id']}"
    assert owner.get(path).json() == {"webhook": expected}
    assert owner.get(PATH).json() == [expected]
    change = {"watched": [{"type": "org", "name": "LAB"}], "domains": ["repo"], "url": f"{URL}/2"}
    changed = owner.post(path, change).json()["webhook"]
    assert changed == expected | change | {"watched": [{"type": "org", "name": "lab"}]}
    # The client sends an empty list when nothing is said of it.
    assert owner.post(path, {"watched": [], "secret": ""}).json()["webhook"]["watched"] == changed["watched"]
    assert "secret" not in owner.get(path).json()["webhook"]
    assert owner.post(f"{path}/disable", {}).json()["webhook"]["disabled"] is True
    assert owner.post(f"{path}/enable", {}).json()["webhook"]["disabled"] is False
    assert owner.send("DELETE", path, {}).json() == {}
    assert (owner.get(path).status_code, owner.get(PATH).json()) == (404, [])
    acts = AuditEvent.objects.filter(event__startswith="webhook.").order_by("pk")
    assert [act.event for act in acts] == ["webhook.created", *["webhook.changed"] * 4, "webhook.deleted"]
    assert "word" not in str([act.data for act in acts])


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nobody_gets_at_anothers_webhook(people, method):
    webhook = make_webhook(people["admin"])
    for who in (*people.values(), make_moderator()):
        if who == people["admin"]:
            continue
        expected = 401 if who is None else 404
        assert Api(who).send(method, f"{PATH}/{webhook.key}", {}).status_code == expected
        assert Api(who).post(f"{PATH}/{webhook.key}/disable", {}).status_code == expected
        if who is not None:
            assert Api(who).get(PATH).json() == []
    assert Api(people["admin"]).get(f"{PATH}/{'0' * 24}").status_code == 404
    webhook.refresh_from_db()
    assert not webhook.disabled


def test_a_token_that_may_not_write_everything_learns_no_secret(owner):
    webhook = make_webhook(owner.user, secret="word")
    fine = Api()
    fine.headers = {"Authorization": f"Bearer {make_token(owner.user, role='fine-grained')[1]}"}
    for api in (Api(owner.user, role="read"), fine):
        for method, path in (
            *(("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/{webhook.key}")),
            *(("POST", f"{PATH}/{webhook.key}"), ("DELETE", f"{PATH}/{webhook.key}")),
            *(("POST", f"{PATH}/{webhook.key}/enable"), ("POST", f"{PATH}/{webhook.key}/disable")),
        ):
            answer = api.get(path) if method == "GET" else api.send(method, path, OWN)
            assert (answer.status_code, b"word" in answer.content) == (403, False)
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": None}, "url"),
        ({"url": 7}, "url"),
        ({"url": "example.org"}, "url"),
        ({"url": "http://127.0.0.1:6379/"}, "url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://example.org/\nX: y"}, "url"),
        ({"watched": []}, "watched"),
        ({"watched": "ada"}, "watched"),
        ({"watched": [{"type": "user"}]}, "watched"),
        ({"watched": [{"type": "user", "name": 7}]}, "watched"),
        ({"watched": [{"type": "org", "name": "ada"}]}, "watched"),
        ({"watched": [{"type": "user", "name": "nobody"}]}, "watched"),
        ({"watched": [{"type": "user", "name": "gone"}]}, "watched"),
        ({"watched": [{"type": "model", "name": "ada"}]}, "watched"),
        ({"watched": [{"type": "space", "name": "ada/thing"}]}, "watched"),
        ({"watched": [{"type": "bucket", "name": "ada/thing"}]}, "watched"),
        ({"watched": [{"type": "user", "name": "ada"}] * 101}, "watched"),
        ({"domains": []}, "domains"),
        ({"domains": "repo"}, "domains"),
        ({"domains": ["papers"]}, "domains"),
        ({"domains": [["repo"]]}, "domains"),
        ({"secret": "x" * 257}, "secret"),
        ({"secret": "a\nb"}, "secret"),
        ({"secret": " a"}, "secret"),
        ({"secret": "ä"}, "secret"),
        ({"secret": 7}, "secret"),
        ({"jobSourceId": "a" * 24}, "jobSourceId"),
        ({"secrets": {"A": "b"}}, "secrets"),
    ],
)
def test_a_bad_webhook_is_refused_by_name_and_nothing_is_left(owner, change, field):
    suspend(make_user("gone"))
    answer = owner.post(PATH, OWN | change)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Webhook.objects.exists()
    assert not Watch.objects.exists()


def test_what_one_may_not_see_is_watched_as_little_as_what_is_not_there(owner):
    secret = make_repository(make_user("bob"), name="secret", visibility="private")
    answers = [
        owner.post(PATH, OWN | {"watched": [{"type": "model", "name": name}]})
        for name in ("bob/secret", "bob/absent")
    ]
    assert {answer.status_code for answer in answers} == {400}
    said = [answer.json()["error"].replace("absent", "secret") for answer in answers]
    assert said[0] == said[1]
    change_settings(repository=secret, actor_user=secret.namespace.user, visibility="public")
    answer = owner.post(PATH, OWN | {"watched": [{"type": "model", "name": "bob/secret"}]})
    assert answer.status_code == 200
    change_settings(repository=secret, actor_user=secret.namespace.user, visibility="private")
    assert b"secret" not in owner.get(PATH).content


def test_a_bad_change_changes_nothing(owner):
    webhook = make_webhook(owner.user)
    body = {"url": "https://example.org/other", "watched": [{"type": "user", "name": "nobody"}]}
    assert owner.post(f"{PATH}/{webhook.key}", body).status_code == 400
    webhook.refresh_from_db()
    assert (webhook.url, webhook.watches.get().namespace) == (URL, owner.user.namespace)


def test_one_user_has_so_many_and_no_more(owner, monkeypatch):
    monkeypatch.setattr(services, "WEBHOOKS_MAX", 2)
    for expected in (200, 200, 400):
        assert owner.post(PATH, OWN).status_code == expected
    assert Webhook.objects.count() == 2
