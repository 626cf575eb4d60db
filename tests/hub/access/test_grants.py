"""What a fine-grained token may do: never more than its user, and only where it is granted."""

import pytest

from accounts.actors import Actor
from accounts.errors import GrantsInvalid
from accounts.grants import Grant, Scope
from accounts.models import TokenGrant
from accounts.roles import Role
from accounts.selectors import actor_for_token
from accounts.services import change_role, remove_member
from hub.access.grants import Place, grant_at, places_of
from hub.access.policy import Action
from hub.access.services import open_namespace, permissions
from hub.errors import Forbidden
from hub.repos.models import Repository
from hub.repos.selectors import repository_by_id, visible_to
from hub.repos.services import change_settings, delete_repository, take_down
from hub.revisions.moving import move_repository
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_token, make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
SEEING = {Action.READ, Action.PULL}
TAKING_PART = {Action.LIKE, Action.CONTRIBUTE, Action.BRING}
WRITING = {Action.WRITE, Action.PULL_WITHHELD}
LEVELS = {
    "read": {*SEEING},
    "contribute": {*SEEING, *TAKING_PART},
    "write": {*SEEING, *TAKING_PART, *WRITING},
    "admin": {*SEEING, *TAKING_PART, *WRITING, Action.ADMIN},
}


@pytest.fixture
def admin():
    return make_user("ada")


@pytest.fixture
def lab(admin):
    return make_organisation("the-lab", owner=admin)


@pytest.fixture
def private(admin, lab):
    return make_repository(admin, namespace=lab, name="secret", visibility="private")


@pytest.fixture
def public(admin, lab):
    return make_repository(admin, namespace=lab, name="open")


def acting(user, *grants, everywhere=()):
    """The actor of a fine-grained token with those grants."""
    _, plaintext = make_token(user, role="fine-grained", grants=grants, everywhere=everywhere)
    return actor_for_token(plaintext)


def powers(actor, repository):
    """Everything the actor may do with the repository as it is stored."""
    return set(permissions(actor, repository_by_id(repository.pk)))


@pytest.mark.parametrize("granted", LEVELS)
@pytest.mark.parametrize("role", ["read", "contribute", "write", "admin"])
def test_the_powers_are_the_intersection_of_role_and_grant(admin, lab, private, granted, role):
    user = admin if role == "admin" else make_member(lab, role)
    for grant in (Grant(granted, namespace_id=lab.pk), Grant(granted, repository_id=private.pk)):
        expected = powers(Actor(user, None), private) & LEVELS[granted]
        assert powers(acting(user, grant), private) == expected


def test_without_a_grant_only_what_is_public_can_be_read(admin, public, private):
    actor = acting(admin)
    assert powers(actor, public) == SEEING
    assert powers(actor, private) == set()
    assert list(visible_to(actor)) == [public]


def test_a_token_may_take_part_everywhere_and_still_sees_nothing_private(admin, public, private):
    actor = acting(admin, everywhere=["contribute"])
    assert powers(actor, public) == SEEING | TAKING_PART
    assert powers(actor, private) == set()


def test_gated_files_come_to_a_token_that_may_pull_them_and_to_its_user(admin, lab, public):
    change_settings(repository=public, gated="auto", actor_user=admin)
    outsider = make_user()
    assert powers(acting(admin), public) == {Action.READ}
    assert powers(acting(admin, everywhere=["gated"]), public) == SEEING
    assert powers(acting(admin, Grant("read", repository_id=public.pk)), public) == SEEING
    assert powers(acting(outsider, everywhere=["gated"]), public) == {Action.READ}
    assert powers(acting(outsider, everywhere=["gated", "contribute"]), public) == {
        Action.READ,
        *TAKING_PART,
    }


def test_a_grant_gives_nothing_to_whom_the_table_gives_nothing(lab, private, public):
    outsider = make_user()
    actor = acting(outsider, Grant("admin", namespace_id=lab.pk), Grant("admin", repository_id=private.pk))
    assert powers(actor, private) == set()
    assert powers(actor, public) == SEEING | TAKING_PART
    assert list(visible_to(actor)) == [public]
    with pytest.raises(Forbidden):
        open_namespace(actor, "the-lab")


def test_moderating_takes_a_session_or_a_full_token(public):
    moderator = make_moderator()
    assert Action.MODERATE in powers(Actor(moderator, None), public)
    actor = acting(moderator, Grant("admin", repository_id=public.pk), everywhere=["contribute"])
    assert Action.MODERATE not in powers(actor, public)


def test_a_withheld_repository_is_seen_only_where_it_is_granted(admin, public):
    take_down(repository=public, actor_user=None)
    assert powers(acting(admin), public) == set()
    seen = SEEING | {Action.PULL_WITHHELD}
    assert powers(acting(admin, Grant("admin", repository_id=public.pk)), public) == seen


def test_two_tokens_of_one_user_keep_apart_on_one_repository(admin, private):
    repository = repository_by_id(private.pk)
    assert permissions(acting(admin), repository) == frozenset()
    assert permissions(acting(admin, Grant("read", repository_id=private.pk)), repository) == SEEING
    assert Action.ADMIN in permissions(Actor(admin, None), repository)


def test_lists_hold_what_is_granted_and_no_other_private_repository(admin, lab, private, public):
    mine = make_repository(admin, name="diary", visibility="private")
    assert set(visible_to(acting(admin, Grant("read", repository_id=private.pk)))) == {public, private}
    assert set(visible_to(acting(admin, Grant("read", namespace_id=lab.pk)))) == {public, private}
    assert set(visible_to(acting(admin, Grant("read", namespace_id=admin.namespace.pk)))) == {public, mine}


def test_a_grant_follows_its_repository_and_ends_with_it(admin, lab, private):
    user = make_member(lab, "write")
    actor = acting(user, Grant("write", repository_id=private.pk))
    moved = move_repository(repository=private, namespace=lab, name="renamed", actor_user=admin)
    assert Action.WRITE in powers(actor, moved)
    delete_repository(repository=moved, actor_user=admin)
    assert not TokenGrant.objects.exists()
    again = make_repository(admin, namespace=lab, name="renamed", visibility="private")
    assert powers(actor, again) == set()


def test_a_namespaces_grant_stays_when_a_repository_leaves(admin, lab, private):
    actor = acting(admin, Grant("write", namespace_id=lab.pk))
    moved = move_repository(repository=private, namespace=admin.namespace, name="secret", actor_user=admin)
    assert powers(actor, moved) == set()


def test_losing_the_role_takes_the_tokens_power(admin, lab, private):
    user = make_member(lab, "admin")
    actor = acting(user, Grant("admin", namespace_id=lab.pk))
    change_role(organisation=lab, user=user, role=Role.READ, actor=admin)
    assert powers(actor, private) == SEEING | {Action.LIKE}
    remove_member(organisation=lab, user=user, actor=admin)
    assert powers(actor, private) == set()
    change_settings(repository=private, visibility="public", actor_user=admin)
    assert powers(actor, private) == SEEING | TAKING_PART


@pytest.mark.parametrize(("granted", "may"), [("read", False), ("contribute", False), ("write", True)])
def test_repositories_are_created_where_writing_is_granted(admin, lab, granted, may):
    actor = acting(admin, Grant(granted, namespace_id=lab.pk))
    if may:
        assert open_namespace(actor, "THE-LAB") == lab
    else:
        with pytest.raises(Forbidden):
            open_namespace(actor, "the-lab")
    with pytest.raises(Forbidden):
        open_namespace(actor, None)


def test_a_refusal_does_not_tell_a_membership_from_a_missing_namespace(admin, lab, private):
    make_organisation("others")
    actor = acting(admin, Grant("admin", repository_id=private.pk))
    words = set()
    for name in ("the-lab", "others", "nothing"):
        with pytest.raises(Forbidden) as refused:
            open_namespace(actor, name)
        words.add(str(refused.value).replace(name, "…"))
    assert len(words) == 1


def test_places_are_named_by_those_who_see_them(admin, lab, private, public):
    session = Actor(admin, None)
    data = make_repository(admin, namespace=lab, name="open", kind="dataset")
    assert grant_at(session, "the-lab", "read") == Grant("read", namespace_id=lab.pk)
    assert grant_at(session, "The-Lab/Secret", "write") == Grant("write", repository_id=private.pk)
    assert grant_at(session, " models/the-lab/open ", "read") == Grant("read", repository_id=public.pk)
    assert grant_at(session, "datasets/the-lab/open", "read") == Grant("read", repository_id=data.pk)
    for place in ("", "a/b/c/d", "spaces/the-lab/open", "the-lab/none", "nobody", "the-lab/\0"):
        with pytest.raises(GrantsInvalid):
            grant_at(session, place, "read")


def test_missing_and_invisible_places_are_refused_alike(lab, private):
    outsider = Actor(make_user(), None)
    for hidden, missing in (("the-lab", "no-lab"), ("the-lab/secret", "the-lab/nothing")):
        words = []
        for place in (hidden, missing):
            with pytest.raises(GrantsInvalid) as refused:
                grant_at(outsider, place, "read")
            words.append(str(refused.value).replace(place, "…"))
        assert words[0] == words[1]


def test_only_places_that_the_user_still_sees_are_named(admin, lab, private, django_assert_max_num_queries):
    user = make_member(lab, "write")
    grants = {
        "lab": Grant("read", namespace_id=lab.pk),
        "secret": Grant("read", repository_id=private.pk),
        "gone": Grant("read", repository_id=10**12),
    }
    with django_assert_max_num_queries(2):
        places = places_of(user, grants.values())
    assert places == {
        grants["lab"]: Place("org", lab.pk, "the-lab", "/the-lab"),
        grants["secret"]: Place("model", private.pk, "the-lab/secret", "/the-lab/secret"),
    }
    remove_member(organisation=lab, user=user, actor=admin)
    assert places_of(user, grants.values()) == {}
    assert Repository.objects.count() == 1


def test_a_scope_of_nothing_is_the_default():
    assert Scope().role_in(1) is None
