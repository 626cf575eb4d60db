"""A fine-grained token learns what binds what it is granted, and no name of another private repository."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.grants import Grant
from hub.repos.models import Repository
from hub.revisions.moving import move_repository
from tests.factories.licences import model
from tests.http.api import Api

pytestmark = pytest.mark.django_db
HIDDEN = "a repository that this token is not granted"
REQUIRE = {"commercial": True, "no_conflict": True, "no_unknown": True, "allow": ["mit"], "deny": ["gpl-3.0"]}


@pytest.fixture
def family(owner) -> list[Repository]:
    """A private model, the private one that it names, and the private ones that only that one names."""
    private = {"owner": owner.user, "visibility": "private"}
    deepest = model("gpl-3.0", name="deepest", **private)
    deeper = model("cc-by-nc-4.0", deepest, name="deeper", **private)
    secret = model("llama2", deeper, name="secret", **private)
    return [model("mit", secret, name="child", **private), secret, deeper, deepest]


def granted(owner: Api, *repositories: Repository) -> Api:
    grants = [Grant("read", repository_id=repository.pk) for repository in repositories]
    return Api(owner.user, role="fine-grained", grants=grants)


def told(asker: Api) -> tuple[str, ...]:
    """All that is told of the child: its report, its findings beside it, and why it does not pass."""
    paths = ("/api/models/ada/child/licence", "/api/models/ada/child")
    answers = [asker.get(path) for path in paths]
    answers.append(asker.post("/api/licences/check", {"repos": [{"id": "ada/child"}], "require": REQUIRE}))
    assert {answer.status_code for answer in answers} == {200}
    return tuple(json.dumps(answer.json()) for answer in answers)


def test_only_names_that_its_card_spells_are_told(owner, family):
    every = told(owner)
    assert all("ada/deeper" in answer for answer in every)
    for answer in told(granted(owner, family[0])):
        assert "ada/deep" not in answer
        assert HIDDEN in answer


def test_what_binds_is_told_all_the_same(owner, family):
    seen, all_of_it = (json.loads(told(asker)[0]) for asker in (granted(owner, family[0]), owner))
    assert seen["bases"] == all_of_it["bases"]
    assert [each["key"] for each in seen["inherited"]] == [each["key"] for each in all_of_it["inherited"]]
    assert seen["terms"]["commercial"]["answer"] == "no"
    assert [each["id"] for each in seen["findings"]] == [each["id"] for each in all_of_it["findings"]]
    codes = [
        [reason["code"] for reason in json.loads(told(asker)[2])["results"][0]["reasons"]]
        for asker in (granted(owner, family[0]), owner)
    ]
    assert codes[0] == codes[1] != []


def test_a_name_that_it_is_granted_is_told_and_one_like_it_is_not(owner, family):
    for answer in told(granted(owner, family[0], family[2])):
        assert "ada/deeper" in answer
        assert "ada/deepest" not in answer


def test_a_name_that_a_base_got_later_is_not_told(owner, family):
    space = owner.user.namespace
    move_repository(repository=family[1], namespace=space, name="renamed", actor_user=owner.user)
    every = json.loads(told(owner)[0])
    assert every["bases"][0]["name"] == "ada/renamed"
    for answer in told(granted(owner, family[0])):
        assert "ada/renamed" not in answer


def test_older_commits_tell_no_more(owner, family):
    child = family[0]
    path = f"/api/models/ada/child/licence/{child.head}"
    Repository.objects.filter(pk=child.pk).update(head="0" * 40)
    assert "ada/deeper" in json.dumps(owner.get(path).json())
    assert "ada/deep" not in json.dumps(granted(owner, child).get(path).json())


def test_it_costs_two_queries_however_many_names_there_are(owner, family):
    def queries(asker: Api) -> int:
        asker.get("/api/models/ada/child/licence")
        with CaptureQueriesContext(
            connection,
        ) as found:
            asker.get("/api/models/ada/child/licence")
        return len(found)

    assert queries(granted(owner, family[0])) - queries(granted(owner, *family)) == 0
    assert queries(granted(owner, family[0])) - queries(owner) <= 4
