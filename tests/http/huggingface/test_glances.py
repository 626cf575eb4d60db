"""Who pulls again is answered by one query less, and everything about it is as fresh as the first time."""

import pytest
from django.utils import timezone

from accounts.models import AccessToken
from accounts.roles import Role
from accounts.services import remove_member, revoke_token
from hub.repos.services import change_settings, delete_repository, take_down
from hub.revisions.operations import AddInline
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.factories.repositories import commit, make_repository
from tests.http.api import Api

FILE = "/the-lab/thing/resolve/main/d/f"


@pytest.fixture
def admin(db):
    return make_user()


@pytest.fixture
def lab(admin):
    return make_organisation("the-lab", owner=admin)


@pytest.fixture
def thing(lab, admin):
    return make_repository(admin, namespace=lab, name="thing", files={"d/f": b"one"})


@pytest.fixture
def member(lab):
    """A member with a token that was used before."""
    caller = Api(make_member(lab, Role.READ))
    AccessToken.objects.update(last_used_at=timezone.now())
    return caller


def pull(caller: Api) -> int:
    """The status of a pull."""
    return caller.get(FILE).status_code


def test_pulling_again_asks_once_beside_the_token(thing, admin, member, anybody, django_assert_num_queries):
    for caller, queries in ((anybody, 1), (member, 2)):
        assert pull(caller) == 200
        with django_assert_num_queries(queries):
            assert caller.get(FILE).content == b"one"
        with django_assert_num_queries(queries):
            assert caller.get(FILE.replace("/d/f", "/d/none")).status_code == 404
    commit(thing, admin, [AddInline("d/f", b"two")])
    assert anybody.get(FILE).content == member.get(FILE).content == b"two"


def test_a_repository_that_was_closed_is_missing_at_once_and_costs_the_same(
    thing, admin, anybody, django_assert_num_queries
):
    assert [pull(anybody), pull(anybody)] == [200, 200]
    change_settings(repository=thing, actor_user=admin, visibility="private")
    for address in (FILE, FILE, FILE.replace("thing", "other")):
        with django_assert_num_queries(2):
            assert anybody.get(address).status_code == 401
    change_settings(repository=thing, actor_user=admin, visibility="public", gated="manual")
    assert anybody.get(FILE).headers["X-Error-Code"] == "GatedRepo"


def test_who_lost_their_role_their_token_or_their_account_is_refused_at_once(thing, lab, admin, member):
    change_settings(repository=thing, actor_user=admin, visibility="private")
    others = [Api(make_member(lab, Role.READ)) for _ in range(2)]
    for caller in (member, *others):
        assert [pull(caller), pull(caller)] == [200, 200]
    remove_member(organisation=lab, user=member.user, actor=admin)
    revoke_token(token=AccessToken.objects.get(user=others[0].user), actor=others[0].user)
    suspend(others[1].user)
    assert [pull(member), pull(others[0]), pull(others[1])] == [404, 401, 401]


def test_a_taken_down_repository_is_gone_at_once(thing, admin, anybody):
    assert [pull(anybody), pull(anybody)] == [200, 200]
    take_down(repository=thing, actor_user=admin)
    assert pull(anybody) == 401


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "deleted"])
def test_what_is_at_the_address_now_is_served(thing, lab, admin, anybody, moved):
    assert [pull(anybody), pull(anybody)] == [200, 200]
    if moved:
        names = {"fromRepo": "the-lab/thing", "toRepo": "the-lab/elsewhere", "type": "model"}
        assert Api(admin).post("/api/repos/move", names).status_code == 200
        assert pull(anybody) == 307
    else:
        delete_repository(repository=thing, actor_user=admin)
        assert pull(anybody) == 401
    make_repository(admin, namespace=lab, name="thing", files={"d/f": b"another"})
    for _ in range(2):
        assert anybody.get(FILE).content == b"another"


def test_the_new_repository_is_served_to_who_never_saw_the_old_one_leave(thing, lab, admin, anybody):
    assert [pull(anybody), pull(anybody)] == [200, 200]
    delete_repository(repository=thing, actor_user=admin)
    make_repository(admin, namespace=lab, name="thing", files={"d/f": b"another"})
    assert anybody.get(FILE).content == b"another"
