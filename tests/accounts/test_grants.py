import pytest

from accounts import selectors, services
from accounts.actors import Actor
from accounts.errors import ExpiryInvalid, GrantsInvalid, RoleUnknown, TokenNameInvalid
from accounts.grants import Grant, Scope, strongest
from accounts.models import AccessToken, AuditEvent, TokenGrant
from tests.factories.accounts import make_organisation, make_token, make_user

HOME, REPOSITORY = 1, 7


def test_the_strongest_of_several_grants_counts():
    assert strongest([]) is None
    assert strongest([Grant("write", namespace_id=1), Grant("read", namespace_id=1)]) == "write"


def test_a_repository_has_its_own_grants_and_those_of_its_namespace():
    scope = Scope(frozenset({Grant("read", namespace_id=HOME), Grant("write", repository_id=REPOSITORY)}))
    assert scope.role_for(repository_id=REPOSITORY, namespace_id=HOME) == "write"
    assert scope.role_for(repository_id=8, namespace_id=HOME) == "read"
    assert scope.role_for(repository_id=REPOSITORY, namespace_id=2) == "write"
    assert scope.role_for(repository_id=8, namespace_id=2) is None


def test_a_grant_for_a_repository_says_nothing_of_its_namespace():
    # The numbers are the same on purpose: they count different things.
    scope = Scope(frozenset({Grant("admin", repository_id=HOME)}))
    assert scope.role_in(HOME) is None
    assert scope.role_for(repository_id=2, namespace_id=HOME) is None
    assert (scope.namespace_ids, scope.repository_ids) == ([], [HOME])


@pytest.mark.django_db
def test_a_token_is_read_with_its_grants_in_one_query(django_assert_num_queries):
    user = make_user()
    places = [make_organisation(owner=user).pk for _ in range(5)]
    grants = [Grant("read", namespace_id=place) for place in places] + [Grant("admin", repository_id=3)]
    make_token(user, role="fine-grained", grants=[Grant("write", repository_id=99)])
    _, plaintext = make_token(user, role="fine-grained", grants=grants, everywhere=["contribute"])
    selectors.actor_for_token(plaintext)
    with django_assert_num_queries(1):
        actor = selectors.actor_for_token(plaintext)
    assert actor.scope == Scope(frozenset(grants), frozenset({"contribute"}))
    assert not actor.may_write


@pytest.mark.django_db
def test_a_fine_grained_token_never_acts_without_its_scope():
    token, plaintext = make_token(role="fine-grained")
    with pytest.raises(ValueError, match="scope"):
        Actor(token.user, token)
    assert selectors.actor_for_token(plaintext).scope == Scope()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"role": "write", "grants": [Grant("read", namespace_id=1)]}, GrantsInvalid),
        ({"role": "read", "everywhere": ["contribute"]}, GrantsInvalid),
        ({"role": "fine-grained", "grants": [Grant("root", namespace_id=1)]}, GrantsInvalid),
        ({"role": "fine-grained", "grants": [Grant("read")]}, GrantsInvalid),
        ({"role": "fine-grained", "grants": [Grant("read", 1, 1)]}, GrantsInvalid),
        (
            {"role": "fine-grained", "grants": [Grant("read", repository_id=n) for n in range(101)]},
            GrantsInvalid,
        ),
        ({"role": "fine-grained", "everywhere": ["admin"]}, GrantsInvalid),
        ({"role": "fineGrained"}, RoleUnknown),
        ({"role": "read", "name": "two\nlines"}, TokenNameInvalid),
        ({"role": "read", "name": "nul\0"}, TokenNameInvalid),
        ({"role": "read", "expires_at": services.timezone.now()}, ExpiryInvalid),
    ],
)
def test_a_token_that_breaks_a_rule_is_not_made(fields, error):
    user = make_user()
    with pytest.raises(error):
        services.create_token(**{"user": user, "name": "ci", **fields})
    assert not AccessToken.objects.exists()
    assert not TokenGrant.objects.exists()
    assert not AuditEvent.objects.filter(event="token.created").exists()


@pytest.mark.django_db
def test_the_log_says_what_was_granted():
    user = make_user()
    make_token(user, role="fine-grained", grants=[Grant("write", namespace_id=user.namespace.pk)])
    data = AuditEvent.objects.get(event="token.created").data
    assert data["role"] == "fine-grained"
    assert data["grants"] == [
        {"permission": "write", "namespace_id": user.namespace.pk, "repository_id": None}
    ]
