"""The page where a person lets a program log in."""

import pytest

from accounts.logins import services
from accounts.logins.codes import HF_CLIENT
from accounts.logins.models import DeviceLogin
from accounts.models import AuditEvent
from tests.browsing import RawPathClient


@pytest.fixture
def login(world):
    """A program that waits."""
    return services.begin(client_id=HF_CLIENT, address="192.0.2.7")[0]


def state():
    """How the login stands."""
    return DeviceLogin.objects.get().state


def test_a_visitor_logs_in_first_and_comes_back(world, login):
    answer = RawPathClient().get(f"/device?user_code={login.shown_code}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/device%3Fuser_code%3D")


def test_the_page_asks_for_a_code_and_then_shows_who_asks(world, login):
    client = world.client("reader")
    assert b'name="user_code"' in client.get("/device").content
    shown = client.get(f"/device?user_code={login.shown_code.lower()}")
    for words in (login.shown_code, "192.0.2.7", "hf, the Hugging Face command line"):
        assert words in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert shown["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in shown["Content-Security-Policy"]
    assert state() == "waiting"


@pytest.mark.parametrize("role", ["read", "write"])
def test_allowing_lets_the_program_in_with_the_chosen_role(world, login, role):
    client = world.client("reader")
    data = {"user_code": login.user_code, "role": role, "approve": "1"}
    answer = client.post("/device", data, follow=True)
    assert "logs in within a few seconds" in answer.content.decode()
    row = DeviceLogin.objects.get()
    assert (row.state, row.user, row.role) == ("approved", world.users["reader"], role)


def test_denying_turns_it_away(world, login):
    answer = world.client("reader").post("/device", {"user_code": login.user_code, "deny": "1"}, follow=True)
    assert "was turned away" in answer.content.decode()
    assert state() == "denied"


@pytest.mark.parametrize("data", [{}, {"approve": "1"}, {"approve": "1", "role": "admin"}, {"role": "write"}])
def test_nothing_is_allowed_by_half(world, login, data):
    answer = world.client("reader").post("/device", {"user_code": login.user_code, **data})
    assert answer.status_code == 200
    assert state() == "waiting"


def test_another_site_cannot_press_the_button(world, login):
    client = RawPathClient(enforce_csrf_checks=True)
    client.force_login(world.users["reader"])
    data = {"user_code": login.user_code, "role": "write", "approve": "1"}
    assert client.post("/device", data).status_code == 403
    assert client.get("/device", data).status_code == 200
    assert state() == "waiting"


def test_wrong_used_and_expired_codes_are_refused_alike(world, login):
    client = world.client("reader")
    services.deny(login=login, user=world.users["admin"])
    expired, _ = services.begin(client_id="late", address="192.0.2.8")
    DeviceLogin.objects.filter(pk=expired.pk).update(expires_at=expired.created_at)
    for code in (login.user_code, expired.user_code, "BBBBBBBB", "", "\0"):
        shown = client.post("/device", {"user_code": code, "role": "write", "approve": "1"})
        assert "No program waits with this code" in shown.content.decode()
        assert b"192.0.2" not in shown.content
    assert not AuditEvent.objects.filter(event="login.approved").exists()


def test_somebody_who_guesses_codes_is_stopped(world, login, settings):
    settings.ACCOUNT_RATE_LIMITS = {"device_code": "2/m/user"}
    client = world.client("reader")
    guesses = [client.get(f"/device?user_code={code}") for code in ("BBBBBBBB", "CCCCCCCC", login.user_code)]
    assert [answer.status_code for answer in guesses] == [200, 200, 429]
    data = {"user_code": login.user_code, "role": "write", "approve": "1"}
    assert client.post("/device", data).status_code == 429
    assert state() == "waiting"
    assert world.client("writer").get(f"/device?user_code={login.user_code}").status_code == 200
