"""Names that nobody gets: not by making a user or an organisation, in no letter case."""

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import NameForbidden, NameInvalid
from accounts.forbidden import allow_name, forbid_name, is_forbidden
from accounts.models import AuditEvent, ForbiddenName, Namespace, User
from tests.factories.accounts import make_moderator, make_organisation, make_user

pytestmark = pytest.mark.django_db


def forbid(name, **fields):
    return forbid_name(name=name, why="It was another's.", **{"actor_user": None} | fields)


def test_a_name_is_forbidden_once_and_allowed_once_and_on_the_record():
    moderator = make_moderator()
    assert forbid("Fake-Lab", actor_user=moderator)
    assert not forbid("fake-lab", actor_user=moderator)
    assert ForbiddenName.objects.get().why == "It was another's."
    assert allow_name(name="FAKE-LAB", why="A mistake.", actor_user=None)
    assert not allow_name(name="fake-lab", why="", actor_user=None)
    first, second = AuditEvent.objects.filter(subject="name:fake-lab").order_by("pk")
    assert (first.event, first.actor) == ("name.forbidden", moderator)
    assert first.data == {"name": "Fake-Lab", "why": "It was another's."}
    assert (second.event, second.actor, second.data["why"]) == ("name.allowed", None, "A mistake.")


def test_names_are_compared_whole_and_without_case(django_assert_num_queries):
    forbid("fake-lab")
    forbid("ada/Bert")
    with django_assert_num_queries(1):
        assert is_forbidden("nothing", "ADA/bert")
    assert is_forbidden("FAKE-lab")
    for other in ("ada", "bert", "fake", "fake-lab/bert", "ada/bert-2"):
        assert not is_forbidden(other)


@pytest.mark.parametrize("name", ["", "/", "a/b/c", "ada/", "/bert", "a b", "nul\0", "x" * 97])
def test_what_cannot_be_a_name_cannot_be_forbidden(name):
    with pytest.raises(NameInvalid):
        forbid(name)
    assert not ForbiddenName.objects.exists()


@pytest.mark.parametrize("make", [make_user, make_organisation])
def test_nobody_gets_a_forbidden_name(make):
    owner = make_user()
    before = User.objects.count(), Namespace.objects.count(), AuditEvent.objects.count()
    forbid("fake-lab")
    fields = {"owner": owner} if make is make_organisation else {}
    with pytest.raises(NameForbidden, match="The name 'Fake-Lab' may not be used on this hub") as refused:
        make("Fake-Lab", **fields)
    assert refused.value.field == "name"
    after = User.objects.count(), Namespace.objects.count(), AuditEvent.objects.count() - 1
    assert after == before
    allow_name(name="fake-lab", why="", actor_user=None)
    assert make("Fake-Lab", **fields)


def test_who_has_the_name_keeps_it(client):
    make_organisation("fake-lab")
    forbid("fake-lab")
    assert client.get("/fake-lab").status_code == 200


def test_sign_up_and_the_form_for_organisations_say_it(client):
    forbid("fake-lab")
    fields = {"email": "new@example.org", "password1": "a long phrase 1", "password2": "a long phrase 1"}
    answer = client.post("/accounts/signup/", fields | {"username": "FAKE-lab"})
    assert answer.status_code == 200
    assert "may not be used on this hub" in answer.content.decode()
    client.force_login(make_user())
    answer = client.post("/organisations/new", {"name": "fake-LAB"})
    assert "may not be used on this hub" in answer.content.decode()
    assert not Namespace.objects.filter(name__iexact="fake-lab").exists()


def test_the_operator_forbids_by_a_command(capsys):
    call_command("forbid_name", "ada/bert", "--why", "Copied.")
    assert capsys.readouterr().out.strip() == "The name ada/bert is forbidden."
    assert ForbiddenName.objects.get().why == "Copied."
    call_command("forbid_name", "Ada/Bert", "--lift")
    assert capsys.readouterr().out.strip() == "The name Ada/Bert is not forbidden."
    assert not ForbiddenName.objects.exists()
    with pytest.raises(CommandError, match="write owner, or owner/name"):
        call_command("forbid_name", "a/b/c")
