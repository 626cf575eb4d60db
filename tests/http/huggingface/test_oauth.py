"""The doors of the device flow: names, statuses and headers as RFC 6749 and RFC 8628 have them."""

from urllib.parse import urlencode

import pytest

from accounts.logins.models import DeviceLogin
from accounts.logins.selectors import login_waiting
from accounts.logins.services import approve, deny
from accounts.models import AccessToken
from accounts.selectors import actor_for_token
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def send(path, body, content_type=FORM):
    """POST a form, or a body as it is."""
    data = body if isinstance(body, str | bytes) else urlencode(body)
    return RawPathClient().generic("POST", path, data, content_type)


def ask():
    """What a program is told that asks for a code."""
    return send("/oauth/device", {"client_id": "a-program"}).json()


def poll(device_code):
    """The answer to a program that asks for its tokens, long after it asked before."""
    DeviceLogin.objects.update(polled_at=None)
    return send(
        "/oauth/token", {"grant_type": DEVICE_CODE, "device_code": device_code, "client_id": "a-program"}
    )


def test_a_code_comes_with_the_page_to_type_it_into():
    answer = send("/oauth/device", {"client_id": "a-program"})
    info = answer.json()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert (info["interval"], info["expires_in"]) == (5, 900)
    assert info["verification_uri"] == "http://testserver/device"
    assert info["verification_uri_complete"] == f"http://testserver/device?user_code={info['user_code']}"
    assert DeviceLogin.objects.get().address == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "ours"),
    [("1.1.1.1", "127.0.0.1"), ("6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"), ("x" * 99 + ",y", "x" * 45)],
)
def test_a_forwarded_address_is_known_as_the_limits_know_it_however_odd(settings, forwarded, ours):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    answer = RawPathClient().post(
        "/oauth/device",
        {"client_id": "a-program"},
        "application/json",
        headers={"X-Forwarded-For": forwarded},
    )
    assert (answer.status_code, DeviceLogin.objects.get().address) == (200, ours)


def test_the_whole_way_to_a_token_and_its_successor():
    user, info = make_user(), ask()
    pending = poll(info["device_code"])
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    hasty = send(
        "/oauth/token",
        {"grant_type": DEVICE_CODE, "device_code": info["device_code"], "client_id": "a-program"},
    )
    assert (hasty.status_code, hasty.json()["error"]) == (400, "slow_down")
    approve(login=login_waiting(info["user_code"]), user=user, role="write")
    answer = poll(info["device_code"])
    tokens = answer.json()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert tokens["token_type"] == "bearer"
    me = RawPathClient().get("/api/whoami-v2", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["auth"]["accessToken"]["displayName"] == "a-program on 127.0.0.1"
    again = send(
        "/oauth/token",
        {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "a-program",
        },
    ).json()
    assert actor_for_token(again["access_token"]).user == user


def test_a_denied_program_hears_it():
    info = ask()
    deny(login=login_waiting(info["user_code"]), user=make_user())
    assert poll(info["device_code"]).json()["error"] == "access_denied"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": DEVICE_CODE}, "invalid_request"),
        ({"grant_type": DEVICE_CODE, "device_code": "x"}, "invalid_request"),
        ({"grant_type": DEVICE_CODE, "device_code": "x", "client_id": ""}, "invalid_request"),
        ({"grant_type": DEVICE_CODE, "device_code": "x", "client_id": "a"}, "invalid_grant"),
        ({"grant_type": DEVICE_CODE, "device_code": "\0", "client_id": "\0"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_id": "a"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_id": "a"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "client_id": "a"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        (f"grant_type={DEVICE_CODE}&device_code=a&device_code=b&client_id=c", "invalid_request"),
        (b"grant_type=\xff\xfe&client_id=%ff", "unsupported_grant_type"),
    ],
)
def test_what_is_wrong_has_its_name(body, error):
    answer = send("/oauth/token", body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (
            '{"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "x"}',
            "application/json",
            "unsupported_grant_type",
        ),
        ('{"grant_type": 1}', "application/json", "invalid_request"),
        ("[]", "application/json", "invalid_request"),
        ("{", "application/json", "invalid_request"),
        ("grant_type=x", "text/plain", "invalid_request"),
        ("grant_type=x", "", "invalid_request"),
    ],
)
def test_other_forms_of_asking_are_refused_by_name_as_well(body, content_type, error):
    answer = send("/oauth/token", body, content_type)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("client_id", ["", "a b", "x" * 101, "\0"])
def test_a_program_without_a_proper_name_gets_no_code(client_id):
    answer = send("/oauth/device", {"client_id": client_id})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert not DeviceLogin.objects.exists()


def test_an_address_gets_only_so_many_codes(settings):
    settings.ACCOUNT_RATE_LIMITS = {"device": "2/m/ip"}
    answers = [send("/oauth/device", {"client_id": "a-program"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "60"
    assert DeviceLogin.objects.count() == 2


@pytest.mark.parametrize("path", ["/oauth/device", "/oauth/token"])
def test_another_method_is_not_allowed(path):
    assert RawPathClient().get(path).status_code == 405


@pytest.mark.parametrize(
    "path", ["/oauth/authorize?client_id=x", "/oauth/userinfo", "/oauth", "/.well-known/openid-configuration"]
)
def test_the_rest_of_oauth_is_not_there(path):
    assert RawPathClient().get(path).status_code == 404
    assert not AccessToken.objects.exists()
