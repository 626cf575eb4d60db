"""Protected branches and tags, as the people of a repository and of an organisation set them."""

import pytest

from hub.errors import RefProtected
from hub.revisions.operations import AddInline
from hub.revisions.protection import rules_of
from tests.factories.repositories import commit

pytestmark = pytest.mark.django_db
REPOSITORY = "/acme/bert/settings/protect"
ORGANISATION = "/organisations/acme/settings/protect"


def patterns(**place) -> list[tuple[str, int]]:
    return [(rule.pattern, rule.approvals) for rule in rules_of(**place)]


def test_an_admin_protects_a_branch_of_a_repository_and_takes_it_back(world):
    admin = world.client("admin")
    form = {"pattern": "release/*", "what": "branches", "approvals": "2"}
    assert admin.post(REPOSITORY, form)["Location"] == "/acme/bert/settings#protected"
    admin.post(REPOSITORY, {"pattern": "v*", "what": "tags", "approvals": "2"})
    assert patterns(repository=world.public) == [("refs/heads/release/*", 2), ("refs/tags/v*", 0)]
    page = admin.get("/acme/bert/settings").content.decode()
    assert "branches, 2 approvals" in page
    [first, _] = rules_of(repository=world.public)
    admin.post(REPOSITORY, {"remove": first.pk})
    assert patterns(repository=world.public) == [("refs/tags/v*", 0)]


def test_a_rule_of_an_organisation_holds_in_all_of_its_repositories(world):
    admin = world.client("admin")
    admin.post(ORGANISATION, {"pattern": "main", "what": "branches", "approvals": "1"})
    assert patterns(namespace=world.organisation) == [("refs/heads/main", 1)]
    for repository in (world.public, world.private):
        with pytest.raises(RefProtected):
            commit(repository, world.users["admin"], [AddInline("a.txt", b"1")])
    answer = world.client("writer").post(
        "/acme/bert/new/main", {"do": "commit", "path": "b.txt", "text": "1", "base": "", "where": "here"}
    )
    assert b"protected" in answer.content
    assert "main" in admin.get("/organisations/acme/settings").content.decode()


@pytest.mark.parametrize(
    "form", [{"pattern": "a b"}, {"pattern": ""}, {"pattern": "x", "approvals": "99"}, {"remove": "x"}]
)
def test_what_is_no_rule_protects_nothing(world, form):
    world.client("admin").post(REPOSITORY, {"what": "branches"} | form)
    assert patterns(repository=world.public) == []


def test_another_places_rule_is_not_removed_from_here(world):
    admin = world.client("admin")
    admin.post(ORGANISATION, {"pattern": "main", "what": "branches"})
    [rule] = rules_of(namespace=world.organisation)
    admin.post(REPOSITORY, {"remove": rule.pk})
    assert patterns(namespace=world.organisation) == [("refs/heads/main", 0)]


@pytest.mark.parametrize(("who", "status"), [("nobody", 302), ("outsider", 404), ("writer", 403)])
def test_only_an_organisations_admins_set_its_rules(world, who, status):
    form = {"pattern": "main", "what": "branches"}
    assert world.client(who).post(ORGANISATION, form).status_code == status
    assert patterns(namespace=world.organisation) == []
