import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from accounts import selectors, services
from accounts.errors import EmailInvalid, EmailTaken, NameInvalid, NameTaken
from accounts.models import AuditEvent, Namespace, User
from tests.factories.accounts import PASSWORD, make_organisation, make_user, suspend
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def nothing_new() -> tuple[int, int, int]:
    return User.objects.count(), Namespace.objects.count(), AuditEvent.objects.count()


def test_a_user_comes_with_a_namespace_of_the_same_name():
    user = make_user("Ada", full_name="Ada Lovelace")
    namespace = Namespace.objects.get(name="Ada")
    assert namespace.user == user
    assert namespace.full_name == user.get_full_name() == "Ada Lovelace"
    assert not namespace.is_organisation
    event = AuditEvent.objects.get(event="user.created")
    assert (event.actor, event.actor_name, event.subject) == (user, "Ada", f"user:{user.pk}")


def test_a_user_without_a_full_name_is_called_by_the_username():
    assert make_user("ada").get_full_name() == "ada"
    assert make_user("bob").get_short_name() == "bob"


def test_a_superuser_made_by_django_has_a_namespace_too():
    user = User.objects.create_superuser("root2", "root2@example.org", PASSWORD)
    assert selectors.namespace_by_name("ROOT2") == user.namespace


@pytest.mark.parametrize(
    ("username", "email", "error"),
    [
        ("datasets", "new@example.org", NameInvalid),
        ("a b", "new@example.org", NameInvalid),
        ("ada", "new@example.org", NameTaken),
        ("ADA", "new@example.org", NameTaken),
        ("Lovers", "new@example.org", NameTaken),
        ("fresh", "ADA@example.org", EmailTaken),
        ("fresh", "no address", EmailInvalid),
        ("fresh", "", EmailInvalid),
    ],
)
def test_a_refused_user_leaves_nothing_behind(username: str, email: str, error: type[Exception]):
    make_organisation("lovers", owner=make_user("ada"))
    before = nothing_new()
    with pytest.raises(error):
        services.create_user(username=username, email=email, password=PASSWORD)
    assert nothing_new() == before


def test_sign_up_forms_find_the_rules_of_names_on_the_username():
    field = User._meta.get_field("username")
    field.run_validators("ada")
    with pytest.raises(ValidationError, match="reserved"):
        field.run_validators("datasets")


@pytest.mark.django_db(transaction=True)
def test_of_two_users_of_one_name_at_once_one_is_made():
    futures = race([lambda: make_user("ada", email="a@x.org"), lambda: make_user("ADA", email="b@x.org")])
    assert failures(futures) == [NameTaken]
    assert User.objects.count() == Namespace.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_user_and_an_organisation_of_one_name_at_once_one_is_made():
    owner = make_user("owner")
    futures = race([lambda: make_user("ada"), lambda: make_organisation("Ada", owner=owner)])
    assert failures(futures) == [NameTaken]
    assert Namespace.objects.filter(name__iexact="ada").count() == 1
    assert User.objects.exclude(pk=owner.pk).count() + owner.memberships.count() == 1


def test_names_are_found_in_any_letter_case_and_strangers_are_not():
    user = make_user("Ada")
    organisation = make_organisation("Lovers", owner=user)
    assert selectors.namespace_by_name("aDA") == user.namespace
    assert selectors.user_by_name("ada") == user
    assert selectors.namespace_by_name("LOVERS") == organisation
    assert selectors.user_by_name("lovers") is None
    for name in ("Ad", "Ada%", "A_a", "", "ada\x00"):
        assert selectors.namespace_by_name(name) is None
        assert selectors.user_by_name(name) is None


def test_a_suspended_user_cannot_log_in_nor_go_on_with_a_session(rf):
    user = make_user("ada")
    assert authenticate(rf.post("/"), username="ada", password=PASSWORD) == user
    suspend(user)
    assert authenticate(rf.post("/"), username="ada", password=PASSWORD) is None
    assert ModelBackend().get_user(user.pk) is None
