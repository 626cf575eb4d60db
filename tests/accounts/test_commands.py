import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import selectors
from accounts.grants import Grant, Scope
from accounts.models import AccessToken, Namespace, User
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def typed(monkeypatch):
    """Let the command read a password from standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_create_user_makes_a_user_with_the_password_it_read(typed):
    typed(f"{PASSWORD}\n")
    run("create_user", "ada", "ada@example.org", "--full-name", "Ada Lovelace")
    user = User.objects.get(username="ada")
    assert user.check_password(PASSWORD)
    assert user.get_full_name() == "Ada Lovelace"
    assert not user.is_moderator


def test_create_user_gives_a_role_at_the_desk_when_told(typed):
    typed(f"{PASSWORD}\n")
    run("create_user", "mod", "mod@example.org", "--desk-role", "moderator")
    assert User.objects.get(username="mod").is_moderator


def test_a_role_at_the_desk_is_given_and_taken_away():
    make_user("ada")
    assert "ada is auditor at the desk" in run("desk_role", "Ada", "auditor")
    assert User.objects.get(username="ada").reads_desk
    assert "ada is nothing at the desk" in run("desk_role", "ada", "none")
    assert User.objects.get(username="ada").desk_role == ""
    for arguments in (("nobody", "lead"), ("ada", "king")):
        with pytest.raises(CommandError):
            run("desk_role", *arguments)


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("ada", "short", "too short"),
        ("api", PASSWORD, "reserved"),
        ("bob", PASSWORD, "taken"),
        ("ada", "", "short"),
    ],
)
def test_create_user_refuses_in_words_and_leaves_nothing(typed, username: str, password: str, words: str):
    make_user("bob", email="other@example.org")
    typed(f"{password}\n")
    with pytest.raises(CommandError, match=words):
        run("create_user", username, "ada@example.org")
    assert list(User.objects.values_list("username", flat=True)) == ["bob"]
    assert Namespace.objects.count() == 1


def test_create_organisation_makes_its_owner_admin():
    ada = make_user("ada")
    run("create_organisation", "lovers", "--owner", "ADA", "--full-name", "The Lovers")
    organisation = selectors.namespace_by_name("lovers")
    assert organisation.full_name == "The Lovers"
    assert selectors.role_in(ada, organisation) == "admin"


@pytest.mark.parametrize(("name", "owner", "words"), [("lovers", "bob", "no user"), ("ada", "ada", "taken")])
def test_create_organisation_refuses_in_words(name: str, owner: str, words: str):
    make_user("ada")
    with pytest.raises(CommandError, match=words):
        run("create_organisation", name, "--owner", owner)
    assert Namespace.objects.count() == 1


def test_create_token_prints_a_token_that_works_and_nothing_else():
    ada = make_user("ada")
    plaintext = run("create_token", "ada", "laptop", "--role", "write").removesuffix("\n")
    actor = selectors.actor_for_token(plaintext)
    assert actor.user == ada
    assert actor.may_write


def test_create_token_refuses_in_words():
    make_user("ada")
    with pytest.raises(CommandError, match="no user"):
        run("create_token", "bob", "laptop")
    with pytest.raises(CommandError, match="1 to 100"):
        run("create_token", "ada", "")
    assert not AccessToken.objects.exists()


def test_create_token_makes_a_fine_grained_token_that_ends():
    ada = make_user("ada")
    words = ("--role", "fine-grained", "--days", "7", "--grant", "write:ada", "--everywhere", "gated")
    actor = selectors.actor_for_token(run("create_token", "ada", "ci", *words).strip())
    assert actor.scope == Scope(
        frozenset({Grant("write", namespace_id=ada.namespace.pk)}), frozenset({"gated"})
    )
    assert timedelta(days=6) < actor.token.expires_at - timezone.now() < timedelta(days=8)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--grant", "root:ada"), "PERMISSION:PLACE"),
        (("--grant", "write"), "PERMISSION:PLACE"),
        (("--grant", "write:nobody"), "not a member"),
        (("--grant", "write:ada/nothing"), "not found"),
        (("--days", "0"), "--days"),
        (("--days", str(10**9)), "--days"),
        (("--role", "write", "--grant", "write:ada"), "fine-grained"),
    ],
)
def test_create_token_refuses_wrong_grants_and_ends(words, problem):
    make_user("ada")
    with pytest.raises(CommandError, match=problem):
        run("create_token", "ada", "ci", "--role", "fine-grained", *words)
    assert not AccessToken.objects.exists()


def test_storage_limit_sets_and_clears_the_limit_of_a_namespace():
    make_user("ada")
    assert run("storage_limit", "ADA", "1000") == "ada may keep 1000 bytes.\n"
    assert Namespace.objects.get(name="ada").storage_limit == 1000
    assert "any number" in run("storage_limit", "ada", "0")
    assert "the hub's own limit" in run("storage_limit", "ada", "--default")
    assert Namespace.objects.get(name="ada").storage_limit is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "5"), "no user or organisation 'nobody'"),
        (("ada",), "Say how many bytes"),
        (("ada", "5", "--default"), "Say how many bytes"),
        (("ada", "--", "-1"), "from 0 to"),
        (("ada", str(2**63)), "from 0 to"),
    ],
)
def test_storage_limit_refuses_in_words(arguments: tuple[str, ...], words: str):
    make_user("ada")
    with pytest.raises(CommandError, match=words):
        run("storage_limit", *arguments)
    assert Namespace.objects.get(name="ada").storage_limit is None
