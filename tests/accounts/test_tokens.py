import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import selectors, services, tokens
from accounts.actors import ANONYMOUS, actor_for_session
from accounts.errors import NotYourToken, RoleUnknown, TokenNameInvalid
from accounts.models import AccessToken, AuditEvent
from tests.factories.accounts import make_token, make_user, suspend
from tests.plans import recorded

pytestmark = pytest.mark.django_db


def test_a_token_is_a_prefix_and_forty_url_safe_characters():
    assert re.fullmatch(r"alm_[A-Za-z0-9_-]{40}", tokens.make())
    assert tokens.make() != tokens.make()


def test_the_plain_text_of_a_token_is_stored_nowhere():
    token, plaintext = make_token()
    row = AccessToken.objects.filter(pk=token.pk).values().get()
    log = list(AuditEvent.objects.values_list("data", flat=True))
    assert plaintext not in str(row)
    assert plaintext not in str(log)
    assert row["digest"] == tokens.digest(plaintext)
    assert row["hint"] == plaintext[-4:]


def test_a_token_acts_for_its_user_within_its_role():
    make_token()
    user = make_user()
    _, reading = make_token(user, role="read")
    _, writing = make_token(user, role="write")
    assert selectors.actor_for_token(reading).user == user
    assert not selectors.actor_for_token(reading).may_write
    assert selectors.actor_for_token(writing).may_write


def test_an_unknown_token_acts_for_nobody():
    make_token()
    assert selectors.actor_for_token(tokens.make()) is None
    assert selectors.actor_for_token("") is None
    assert selectors.actor_for_token("alm_\x00é") is None


def test_a_revoked_token_acts_no_more_while_the_others_do():
    user = make_user()
    token, plaintext = make_token(user)
    other, still = make_token(user)
    services.revoke_token(token=token, actor=user)
    assert selectors.actor_for_token(plaintext) is None
    assert selectors.actor_for_token(still).user == user
    assert list(selectors.tokens_of(user)) == [other]
    assert selectors.token_of(user, token.pk) is None


def test_revoking_twice_is_one_revocation_in_the_log():
    user = make_user()
    token, _ = make_token(user)
    services.revoke_token(token=token, actor=user)
    services.revoke_token(token=token, actor=user)
    assert AuditEvent.objects.filter(event="token.revoked").count() == 1


@pytest.mark.parametrize("stranger", [make_user, lambda: None])
def test_nobody_else_revokes_a_token(stranger):
    token, plaintext = make_token()
    with pytest.raises(NotYourToken):
        services.revoke_token(token=token, actor=stranger())
    assert selectors.actor_for_token(plaintext) is not None
    assert selectors.token_of(make_user(), token.pk) is None


def test_a_suspended_users_tokens_and_sessions_act_for_nobody():
    user = make_user()
    _, plaintext = make_token(user)
    _, bystander = make_token()
    suspend(user)
    user.refresh_from_db()
    assert selectors.actor_for_token(plaintext) is None
    assert actor_for_session(user) == ANONYMOUS
    assert not user.is_active
    assert selectors.actor_for_token(bystander) is not None


def test_the_last_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    token, plaintext = make_token()
    with django_assert_num_queries(2):
        selectors.actor_for_token(plaintext)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        selectors.actor_for_token(plaintext)
    token.refresh_from_db()
    assert token.last_used_at == first
    AccessToken.objects.filter(pk=token.pk).update(last_used_at=first - selectors.LAST_USED_STEP)
    selectors.actor_for_token(plaintext)
    token.refresh_from_db()
    assert token.last_used_at >= first


@pytest.mark.parametrize(
    ("name", "role", "error"),
    [
        ("", "read", TokenNameInvalid),
        ("  ", "read", TokenNameInvalid),
        ("x" * 101, "read", TokenNameInvalid),
        ("laptop", "admin", RoleUnknown),
    ],
)
def test_a_token_that_breaks_a_rule_leaves_no_row(name: str, role: str, error: type[Exception]):
    user = make_user()
    with pytest.raises(error):
        services.create_token(user=user, name=name, role=role)
    assert not AccessToken.objects.exists()
    assert not AuditEvent.objects.filter(event="token.created").exists()


def test_a_token_past_its_end_acts_for_nobody():
    token, plaintext = make_token(expires_at=timezone.now() + timedelta(hours=1))
    _, lasting = make_token(token.user)
    assert selectors.actor_for_token(plaintext).user == token.user
    AccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert selectors.actor_for_token(plaintext) is None
    assert selectors.actor_for_token(lasting).user == token.user
    assert token in selectors.tokens_of(token.user)


def test_a_new_password_leaves_tokens_alone():
    token, plaintext = make_token()
    services.set_password(user=token.user, password="another long passphrase")
    assert selectors.actor_for_token(plaintext).user == token.user


def test_a_token_is_found_by_its_hashes_and_not_by_a_scan():

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with recorded() as plans:
        list(selectors._working_token("a" * 64, timezone.now())[:1])
    assert "former_digest" in plans[0]
    assert "Seq Scan on accounts_accesstoken" not in plans[0]
