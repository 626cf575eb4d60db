"""Suspending uploads and accounts, and giving them back."""

from threading import Event

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.logins.errors import AccessDenied, InvalidGrant
from accounts.logins.models import DeviceLogin
from accounts.logins.services import approve, begin, collect, refresh
from accounts.models import AuditEvent, User
from accounts.selectors import actor_for_token, actor_still, people_with_role
from accounts.suspensions import allow_uploads, reinstate_account, suspend_account, suspend_uploads
from tests.factories.accounts import PASSWORD, make_moderator, make_token, make_user
from tests.racing import SECONDS, failures, race, wait_until_somebody_waits

pytestmark = pytest.mark.django_db
PAIRS = [
    (
        suspend_uploads,
        allow_uploads,
        "uploads_suspended_at",
        "user.uploads_suspended",
        "user.uploads_allowed",
    ),
    (suspend_account, reinstate_account, "suspended_at", "user.suspended", "user.reinstated"),
]


def acts(event):
    return list(AuditEvent.objects.filter(event=event).order_by("pk"))


@pytest.mark.parametrize(("take", "give", "field", "taken", "given"), PAIRS)
def test_each_is_done_once_and_undone_once_and_on_the_record(take, give, field, taken, given):
    user, bystander, moderator = make_user("ada"), make_user(), make_moderator()
    assert not give(user=user, actor_user=moderator)
    assert take(user=user, actor_user=moderator)
    since = getattr(user, field)
    assert not take(user=User.objects.get(pk=user.pk), actor_user=moderator)
    assert getattr(User.objects.get(pk=user.pk), field) == since is not None
    assert getattr(User.objects.get(pk=bystander.pk), field) is None
    assert give(user=user, actor_user=None)
    assert getattr(user, field) is None is getattr(User.objects.get(pk=user.pk), field)
    (first,), (second,) = acts(taken), acts(given)
    assert (first.actor, first.subject, first.data) == (moderator, f"user:{user.pk}", {"username": "ada"})
    assert second.actor is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_suspend_at_once_one_does():
    user = make_user()
    found = race([lambda: suspend_uploads(user=User.objects.get(pk=user.pk), actor_user=None)] * 2)
    assert sorted(future.result() for future in found) == [False, True]
    assert len(acts("user.uploads_suspended")) == 1


@pytest.mark.django_db(transaction=True)
def test_the_operators_word_waits_for_a_moderators_who_gives_back_at_that_moment():
    user, moderator, given = make_user(), make_moderator(), Event()
    suspend_uploads(user=user, actor_user=moderator)

    def give_back() -> None:
        with transaction.atomic():
            assert allow_uploads(user=User.objects.get(pk=user.pk), actor_user=moderator)
            given.set()
            wait_until_somebody_waits()

    def say() -> None:
        assert given.wait(SECONDS)
        call_command("suspend", user.username, "--uploads")

    assert failures(race([give_back, say])) == []
    user.refresh_from_db()
    assert user.uploads_suspended_at
    assert not allow_uploads(user=user, actor_user=moderator)


def test_what_the_hub_itself_suspends_moderators_give_back_and_what_the_operator_did_they_do_not():
    user, moderator = make_user("ada"), make_moderator()
    suspend_uploads(user=user, actor_user=None)
    assert allow_uploads(user=user, actor_user=moderator)
    call_command("suspend", "ada", "--uploads")
    for actor_user in (moderator, None):
        assert not allow_uploads(user=user, actor_user=actor_user)
    call_command("suspend", "ada", "--uploads", "--lift")
    assert [act.data.get("by") for act in acts("user.uploads_suspended")] == [None, "operator"]
    assert [act.data.get("by") for act in acts("user.uploads_allowed")] == [None, "operator"]


def test_suspended_uploads_leave_the_account_as_it_is(rf):
    user = make_user("ada")
    _, plaintext = make_token(user)
    suspend_uploads(user=user, actor_user=None)
    assert authenticate(rf.post("/"), username="ada", password=PASSWORD) == user
    assert actor_for_token(plaintext).user == user
    assert user.is_active


def test_a_suspended_account_acts_by_no_password_token_or_pass_until_it_is_reinstated(rf):
    user = make_user("ada")
    token, plaintext = make_token(user)
    suspend_account(user=user, actor_user=None)
    assert not user.is_active
    assert authenticate(rf.post("/"), username="ada", password=PASSWORD) is None
    assert actor_for_token(plaintext) is None
    assert actor_still(user_id=user.pk, token_id=token.pk) is None
    assert actor_still(user_id=user.pk, token_id=None) is None
    assert people_with_role([user.namespace.pk], "admin") == {user.namespace.pk: []}
    reinstate_account(user=user, actor_user=None)
    assert authenticate(rf.post("/"), username="ada", password=PASSWORD) == user
    assert actor_for_token(plaintext).user == user


def test_a_device_of_a_suspended_account_gets_no_tokens():
    user = make_user()
    _, device_code = begin(client_id="a-program", address="")
    waiting, late_code = begin(client_id="a-program", address="")
    for login in DeviceLogin.objects.all():
        approve(login=login, user=user, role="write")
    issued = collect(device_code=device_code, client_id="a-program")
    suspend_account(user=user, actor_user=None)
    with pytest.raises(AccessDenied):
        collect(device_code=late_code, client_id="a-program")
    with pytest.raises(InvalidGrant):
        refresh(refresh_token=issued.refresh_token, client_id="a-program")
    assert user.tokens.count() == 1
    reinstate_account(user=user, actor_user=None)
    assert refresh(refresh_token=issued.refresh_token, client_id="a-program")


def test_the_sessions_of_a_suspended_account_stay_ended(client):
    user, moderator = make_user("ada"), make_moderator()
    client.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert client.get("/settings/tokens").status_code == 200
    suspend_account(user=user, actor_user=moderator)
    assert client.get("/settings/tokens").status_code == 302
    reinstate_account(user=user, actor_user=moderator)
    assert client.get("/settings/tokens").status_code == 302
    assert [act.actor for act in acts("sessions.ended")] == [moderator]


def test_no_mail_lets_a_suspended_account_choose_a_password(client, mailoutbox):
    user = make_user("ada")
    suspend_account(user=user, actor_user=None)
    client.post("/accounts/password/reset/", {"email": user.email})
    assert mailoutbox == []


def test_the_operator_suspends_and_ends_it_by_a_command(capsys):
    user = make_user("ada")
    for arguments, words, field, held in [
        (["--uploads"], "The uploads of ada are suspended.", "uploads_suspended_at", True),
        (["--uploads", "--lift"], "The uploads of ada are not suspended.", "uploads_suspended_at", False),
        ([], "The account of ada is suspended.", "suspended_at", True),
        (["--lift"], "The account of ada is not suspended.", "suspended_at", False),
    ]:
        call_command("suspend", "Ada", *arguments)
        assert capsys.readouterr().out.strip() == words
        assert (getattr(User.objects.get(pk=user.pk), field) is not None) == held
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        call_command("suspend", "nobody")
