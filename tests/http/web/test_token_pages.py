"""The page of access tokens: what is chosen is what the token may do, and what the list says."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.grants import Grant, Scope
from accounts.models import AccessToken
from accounts.selectors import actor_for_token
from accounts.services import remove_member
from tests.factories.accounts import make_token

PAGE = "/settings/tokens"


def create(client, **fields):
    """Send the form; the page, and the actor of the token on it if there is one."""
    data = {"name": "ci", "role": "fine-grained", "days": "never", **fields}
    shown = client.post(PAGE, data).content.decode()
    plaintext = re.search(r"alm_[\w-]{40}", shown)
    return shown, plaintext and actor_for_token(plaintext.group())


def test_what_is_chosen_is_what_the_token_is_granted(world):
    data = {
        f"namespace-{world.organisation.pk}": "read",
        "place-0": "acme/secret",
        "permission-0": "write",
        "place-2": " ACME/bert ",
        "permission-2": "contribute",
        "everywhere": ["gated"],
        "days": "30",
    }
    _, actor = create(world.client("writer"), **data)
    assert actor.user == world.users["writer"]
    assert actor.scope == Scope(
        frozenset(
            {
                Grant("read", namespace_id=world.organisation.pk),
                Grant("write", repository_id=world.private.pk),
                Grant("contribute", repository_id=world.public.pk),
            }
        ),
        frozenset({"gated"}),
    )
    assert timedelta(days=29) < actor.token.expires_at - timezone.now() < timedelta(days=31)


def test_other_roles_take_no_grants_and_may_have_no_end(world):
    _, actor = create(
        world.client("writer"), role="write", **{"place-0": "acme/secret", "permission-0": "write"}
    )
    assert (actor.token.role, actor.scope, actor.token.expires_at) == ("write", None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"place-0": "acme/nothing", "permission-0": "read"}, "not found"),
        ({"place-0": "acme/bert"}, "Choose what it may do there."),
        ({"place-0": "one", "permission-0": "read"}, "not a member"),
        ({"place-0": "a/b/c/d", "permission-0": "read"}, "not an address"),
        ({"place-0": "acme/bert", "permission-0": "root"}, "Select a valid choice"),
        ({"everywhere": ["admin"]}, "Select a valid choice"),
        ({"days": ""}, "required"),
        ({"days": "9999"}, "Select a valid choice"),
        ({"name": "two\nlines"}, "on one line"),
    ],
)
def test_what_cannot_be_granted_is_said_and_nothing_is_made(world, fields, words):
    shown, actor = create(world.client("writer"), **fields)
    assert words in shown
    assert actor is None
    assert not AccessToken.objects.exists()


def test_an_outsider_cannot_tell_hidden_from_missing(world):
    client = world.client("outsider")
    assert f"namespace-{world.organisation.pk}" not in client.get(PAGE).content.decode()
    answers = [
        create(client, **{"place-0": place, "permission-0": "read"})[0].replace(place, "…")
        for place in ("acme/secret", "acme/absent")
    ]
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", answers[0]) == token.sub("", answers[1])
    _, actor = create(client, **{f"namespace-{world.organisation.pk}": "admin"})
    assert actor.scope == Scope()


def test_more_rows_keep_what_was_typed_and_make_nothing(world):
    data = {
        "place-0": "acme/bert",
        "permission-0": "write",
        "everywhere": ["gated"],
        "rows": "3",
        "more": "1",
    }
    shown, _ = create(world.client("writer"), **data)
    assert 'name="place-5"' in shown
    assert 'name="place-6"' not in shown
    assert 'value="acme/bert"' in shown
    assert 'class="errorlist"' not in shown
    assert not AccessToken.objects.exists()
    many, _ = create(world.client("writer"), rows="999", more="1")
    assert 'name="place-47"' in many
    assert 'name="place-48"' not in many


def test_only_the_visitors_own_places_are_offered(world):
    offered = '<option value="acme/secret">'
    assert offered in world.client("reader").get(PAGE).content.decode()
    assert "acme/secret" not in world.client("outsider").get(PAGE).content.decode()


def test_the_list_says_in_words_what_each_token_may_do(world, django_assert_max_num_queries):
    user = world.users["writer"]
    grants = [
        Grant("write", namespace_id=world.organisation.pk),
        Grant("read", repository_id=world.private.pk),
    ]
    make_token(user, role="fine-grained", grants=grants, everywhere=["contribute"])
    ended, _ = make_token(user, role="read")
    AccessToken.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    client = world.client("writer")
    with django_assert_max_num_queries(12):
        shown = client.get(PAGE).content.decode()
    assert 'Write: <a href="/acme">acme</a>' in shown
    assert 'Read: <a href="/acme/secret">acme/secret</a>' in shown
    assert "Take part in discussions of public repositories" in shown
    assert '<span class="state bad">ended</span>' in shown
    for _ in range(5):
        make_token(user, role="fine-grained", grants=grants)
    with django_assert_max_num_queries(12):
        client.get(PAGE)
    remove_member(organisation=world.organisation, user=user, actor=world.users["admin"])
    shown = client.get(PAGE).content.decode()
    assert "acme" not in shown
    assert "2 places that you no longer see" in shown


def test_enter_in_the_form_creates_the_token_and_asks_for_no_more_rows(world):
    shown = world.client("writer").get(PAGE).content.decode()
    form = shown[shown.index('class="fields token-form"') :]
    assert "name=" not in re.search(r"<button[^>]*>", form)[0]
