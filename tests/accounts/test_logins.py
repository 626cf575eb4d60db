"""Logging in devices: every answer of RFC 8628 and RFC 6749, one after the other and at once."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.errors import RoleUnknown
from accounts.logins import codes, services
from accounts.logins.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    InvalidRequest,
    LoginAnswered,
    SlowDown,
)
from accounts.logins.models import DeviceLogin, RefreshToken
from accounts.logins.selectors import login_waiting
from accounts.models import AccessToken, AuditEvent
from accounts.selectors import actor_for_token, tokens_of
from accounts.services import revoke_token
from tests.factories.accounts import make_user, suspend
from tests.racing import failures, race

CLIENT = codes.HF_CLIENT
ADDRESS = "192.0.2.7"


def begin(client_id=CLIENT):
    """A login that waits, and its device code."""
    return services.begin(client_id=client_id, address=ADDRESS)


def collect(device_code, client_id=CLIENT):
    """Ask for the tokens as if the last time was long ago."""
    DeviceLogin.objects.update(polled_at=None)
    return services.collect(device_code=device_code, client_id=client_id)


def refresh(refresh_token, client_id=CLIENT):
    """New secrets."""
    return services.refresh(refresh_token=refresh_token, client_id=client_id)


def logged_in(user, role="write"):
    """The secrets of a device that the user let in."""
    login, device_code = begin()
    services.approve(login=login, user=user, role=role)
    return collect(device_code)


def test_a_user_code_is_eight_letters_that_cannot_be_mistaken():
    for _ in range(50):
        assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{8}", codes.make_user_code())
    assert codes.shown("BCDFGHJK") == "BCDF-GHJK"


@pytest.mark.parametrize("text", ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk\t", "b.c-d_fghjk"])
def test_a_code_is_understood_however_it_is_typed(text):
    assert codes.typed(text) == "BCDFGHJK"


@pytest.mark.parametrize(
    "text", ["", "BCDF-GHJ", "BCDFGHJKL", "ABCDEFGH", "BCDF\0GHJK", "É" * 8, "B" * 10**6]
)
def test_what_is_no_code_is_none(text):
    assert codes.typed(text) == ""


@pytest.mark.django_db
def test_a_device_waits_is_approved_and_collects_once():
    user, bystander = make_user(), make_user()
    login, device_code = begin()
    with pytest.raises(AuthorizationPending):
        collect(device_code)
    services.approve(login=login_waiting(codes.shown(login.user_code)), user=user, role="write")
    assert login_waiting(login.user_code) is None
    issued = collect(device_code)
    token = tokens_of(user).get()
    assert (token.name, token.role) == (f"hf on {ADDRESS}", "write")
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
    assert issued.expires_in == 30 * 86400
    assert actor_for_token(issued.access_token).user == user
    assert not tokens_of(bystander).exists()
    with pytest.raises(InvalidGrant):
        collect(device_code)
    assert tokens_of(user).count() == 1


@pytest.mark.django_db
def test_no_secret_is_stored_or_logged():
    login, device_code = begin()
    services.approve(login=login, user=make_user(), role="read")
    issued = collect(device_code)
    stored = str(
        [list(model.objects.values()) for model in (DeviceLogin, RefreshToken, AccessToken, AuditEvent)]
    )
    for secret in (device_code, issued.access_token, issued.refresh_token):
        assert secret not in stored
    events = list(AuditEvent.objects.exclude(event="user.created").values_list("event", flat=True))
    assert events == ["login.approved", "token.created"]


@pytest.mark.django_db
def test_a_denied_device_gets_nothing_and_hears_it():
    user = make_user()
    login, device_code = begin()
    services.deny(login=login, user=user)
    with pytest.raises(AccessDenied):
        collect(device_code)
    with pytest.raises(LoginAnswered):
        services.approve(login=login, user=user, role="write")
    assert not AccessToken.objects.exists()
    assert AuditEvent.objects.filter(event="login.denied", actor=user).count() == 1
    assert not AuditEvent.objects.filter(event="login.approved").exists()


@pytest.mark.django_db
def test_a_suspended_user_logs_no_device_in():
    user = make_user()
    login, device_code = begin()
    services.approve(login=login, user=user, role="write")
    suspend(user)
    with pytest.raises(AccessDenied):
        collect(device_code)
    assert not AccessToken.objects.exists()


@pytest.mark.django_db
def test_a_code_works_for_a_quarter_of_an_hour():
    login, device_code = begin()
    DeviceLogin.objects.update(expires_at=timezone.now())
    assert login_waiting(login.user_code) is None
    with pytest.raises(LoginAnswered):
        services.approve(login=login, user=make_user(), role="write")
    with pytest.raises(ExpiredToken):
        collect(device_code)
    DeviceLogin.objects.update(expires_at=F("expires_at") - services.CODE_REMEMBERED)
    begin()
    with pytest.raises(InvalidGrant):
        collect(device_code)


@pytest.mark.django_db
def test_asking_too_often_is_told_and_changes_nothing():
    login, device_code = begin()
    with pytest.raises(AuthorizationPending):
        collect(device_code)
    services.approve(login=login, user=make_user(), role="write")
    with pytest.raises(SlowDown):
        services.collect(device_code=device_code, client_id=CLIENT)
    assert not AccessToken.objects.exists()
    assert collect(device_code)


@pytest.mark.django_db
def test_codes_and_refresh_tokens_belong_to_the_program_that_got_them():
    login, device_code = begin()
    services.approve(login=login, user=make_user(), role="write")
    with pytest.raises(InvalidGrant):
        collect(device_code, "another")
    issued = collect(device_code)
    with pytest.raises(InvalidGrant):
        refresh(issued.refresh_token, "another")
    assert refresh(issued.refresh_token)


@pytest.mark.django_db
@pytest.mark.parametrize("client_id", ["", "x" * 101, "a b", "<b>", "nul\0"])
def test_a_program_with_a_bad_name_gets_no_code(client_id):
    with pytest.raises(InvalidRequest):
        begin(client_id)
    assert not DeviceLogin.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["fine-grained", "admin", ""])
def test_a_device_reads_or_writes(role):
    login, _ = begin()
    with pytest.raises(RoleUnknown):
        services.approve(login=login, user=make_user(), role=role)
    assert login_waiting(login.user_code) == login


@pytest.mark.django_db
def test_a_refresh_gives_new_secrets_to_the_same_token(django_assert_max_num_queries):
    user = make_user()
    first = logged_in(user)
    before = tokens_of(user).get()
    AccessToken.objects.update(expires_at=timezone.now() + timedelta(hours=3))
    with django_assert_max_num_queries(8):
        second = refresh(first.refresh_token)
    after = tokens_of(user).get()
    assert (after.pk, after.name, after.role) == (before.pk, before.name, before.role)
    assert after.hint == second.access_token[-4:]
    assert after.expires_at - timezone.now() > timedelta(days=29)
    assert {first.access_token, first.refresh_token}.isdisjoint({second.access_token, second.refresh_token})
    assert actor_for_token(second.access_token).user == user
    # What runs with the former secret goes on until that secret's own end, and at most for a day.
    assert actor_for_token(first.access_token).user == user
    assert after.former_until - timezone.now() < timedelta(hours=3)
    AccessToken.objects.update(former_until=timezone.now())
    assert actor_for_token(first.access_token) is None
    assert refresh(second.refresh_token)


@pytest.mark.django_db
def test_a_refresh_token_used_twice_ends_the_login_for_both():
    user, bystander = make_user(), make_user()
    first, other = logged_in(user), logged_in(bystander)
    second = refresh(first.refresh_token)
    with pytest.raises(InvalidGrant):
        refresh(first.refresh_token)
    for secret in (first.access_token, second.access_token):
        assert actor_for_token(secret) is None
    with pytest.raises(InvalidGrant):
        refresh(second.refresh_token)
    assert actor_for_token(other.access_token).user == bystander
    revoked = AuditEvent.objects.get(event="token.revoked")
    assert revoked.actor is None
    assert "twice" in revoked.data["reason"]


@pytest.mark.django_db
def test_a_revoked_token_is_not_refreshed_and_its_refresh_token_not_spent():
    user = make_user()
    issued = logged_in(user)
    revoke_token(token=tokens_of(user).get(), actor=user)
    with pytest.raises(InvalidGrant):
        refresh(issued.refresh_token)
    assert actor_for_token(issued.access_token) is None
    assert RefreshToken.objects.count() == 1


@pytest.mark.django_db
def test_old_refresh_tokens_expire_and_are_swept_with_the_next_refresh():
    user = make_user()
    first = logged_in(user)
    second = refresh(first.refresh_token)
    RefreshToken.objects.exclude(used_at=None).update(expires_at=timezone.now())
    with pytest.raises(InvalidGrant):
        refresh(first.refresh_token)
    assert actor_for_token(second.access_token) is not None
    assert refresh(second.refresh_token)
    assert RefreshToken.objects.count() == 2


@pytest.mark.django_db
def test_a_suspended_user_refreshes_nothing():
    user = make_user()
    issued = logged_in(user)
    suspend(user)
    with pytest.raises(InvalidGrant):
        refresh(issued.refresh_token)


@pytest.mark.django_db(transaction=True)
def test_of_two_polls_at_once_one_gets_the_token():
    user = make_user()
    login, device_code = begin()
    services.approve(login=login, user=user, role="write")
    polls = [lambda: services.collect(device_code=device_code, client_id=CLIENT)] * 4
    refused = failures(race(polls))
    assert len(refused) == 3
    assert set(refused) <= {SlowDown, InvalidGrant}
    assert tokens_of(user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts():
    user, other = make_user(), make_user()
    login, _ = begin()
    refused = failures(
        race(
            [
                lambda: services.approve(login=login, user=user, role="write"),
                lambda: services.deny(login=login, user=other),
                lambda: services.approve(login=login, user=other, role="read"),
            ]
        )
    )
    assert refused == [LoginAnswered] * 2
    assert AuditEvent.objects.filter(event__startswith="login.").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_refreshes_at_once_one_succeeds_and_the_login_ends():
    user = make_user()
    issued = logged_in(user)
    futures = race([lambda: refresh(issued.refresh_token)] * 2)
    assert failures(futures) == [InvalidGrant]
    assert not tokens_of(user).exists()
