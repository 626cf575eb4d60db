"""Second factors: codes of an app, recovery codes, and who is let in without them."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time

import pytest

from accounts.models import User
from tests.browsing import RawPathClient
from tests.factories.accounts import PASSWORD, make_user, suspend

WITH = "/accounts/factor/"


def code_of(secret: str, moment: float | None = None) -> str:
    """The code that an authenticator app shows (RFC 6238, six digits, 30 seconds)."""
    counter = struct.pack(">Q", int(moment or time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, start)[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_the_code_is_that_of_the_standard():
    assert code_of(base64.b32encode(b"12345678901234567890").decode(), 59) == "287082"


def log_in(client: RawPathClient, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": "otto", "password": password})


def confirm(client: RawPathClient):
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD})


@pytest.fixture
def otto(db: None) -> User:
    return make_user("otto")


@pytest.fixture
def secured(otto: User) -> tuple[str, list[str]]:
    """The secret of Otto's app, and the recovery codes."""
    client = RawPathClient()
    log_in(client)
    confirm(client)
    page = client.get("/settings/two-factor/app").content.decode()
    secret = re.search(r'id="secret">(\w+)<', page)[1]
    answer = client.post("/settings/two-factor/app", {"code": code_of(secret)})
    codes = client.get(answer["Location"]).content.decode()
    return secret, re.findall(r"^\d{8}$", re.search(r"<pre[^>]*>(.*?)</pre>", codes, re.S)[1], re.M)


def test_an_app_is_set_up_only_after_the_password_was_said_again(otto):
    client = RawPathClient()
    client.force_login(otto)
    for page in ("/settings/two-factor/app", "/settings/passkeys/new", "/settings/two-factor/codes/new"):
        assert client.get(page)["Location"] == f"/accounts/reauthenticate/?next={page.replace('/', '%2F')}"
        assert client.post(page, {"code": "123456"}).status_code == 302
    assert not otto.authenticator_set.exists()


def test_a_wrong_code_sets_nothing_up(otto):
    client = RawPathClient()
    log_in(client)
    confirm(client)
    client.get("/settings/two-factor/app")
    assert b"Incorrect code" in client.post("/settings/two-factor/app", {"code": "000000"}).content
    assert not otto.authenticator_set.exists()


def test_with_an_app_the_password_alone_lets_nobody_in(secured):
    client = RawPathClient()
    assert log_in(client)["Location"] == WITH
    assert client.get("/settings/tokens").status_code == 302
    assert client.post(WITH, {"code": "000000"}).status_code == 200
    assert client.get("/settings/tokens").status_code == 302
    assert client.post(WITH, {"code": code_of(secured[0])})["Location"] == "/"
    assert client.get("/settings/tokens").status_code == 200


def test_a_wrong_password_asks_for_no_code(secured):
    client = RawPathClient()
    assert log_in(client, "wrong").status_code == 200
    assert client.get(WITH)["Location"].startswith("/accounts/login/")


def test_a_recovery_code_lets_in_once(secured):
    _secret, codes = secured
    assert len(set(codes)) == 10
    for expected in (302, 200):
        client = RawPathClient()
        log_in(client)
        assert client.post(WITH, {"code": codes[0]}).status_code == expected


def test_guesses_at_a_code_are_counted(secured):
    client = RawPathClient()
    log_in(client)
    answers = [client.post(WITH, {"code": f"{number:06d}"}) for number in range(12)]
    assert b"Too many" in answers[-1].content
    assert b"Too many" in client.post(WITH, {"code": code_of(secured[0])}).content


def test_who_was_suspended_between_password_and_code_stays_out(secured, otto):
    client = RawPathClient()
    log_in(client)
    suspend(otto)
    client.post(WITH, {"code": code_of(secured[0])})
    assert client.get("/settings/tokens").status_code == 302


def test_after_the_code_one_comes_back_to_where_one_was_going(secured):
    client = RawPathClient()
    client.post("/accounts/login/", {"login": "otto", "password": PASSWORD, "next": "/new"})
    assert client.post(WITH, {"code": code_of(secured[0])})["Location"] == "/new"


def test_an_app_is_turned_off_and_the_owner_is_told_by_mail(secured, mailoutbox):
    client = RawPathClient()
    log_in(client)
    client.post(WITH, {"code": code_of(secured[0])})
    confirm(client)
    assert client.post("/settings/two-factor/app/remove").status_code == 302
    assert mailoutbox[-1].to == ["otto@example.org"]
    assert "http" not in mailoutbox[-1].subject
    assert log_in(RawPathClient())["Location"] == "/"


def test_codes_are_new_after_new_ones_are_made(secured):
    client = RawPathClient()
    log_in(client)
    client.post(WITH, {"code": code_of(secured[0])})
    confirm(client)
    client.post("/settings/two-factor/codes/new")
    saved = client.get("/settings/two-factor/codes/file")
    assert saved["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    fresh = saved.content.decode().split()
    assert len(fresh) == 10
    assert not set(fresh) & set(secured[1])
    assert "no-store" in client.get("/settings/two-factor/codes")["Cache-Control"]


def test_nonsense_for_a_passkey_lets_nobody_in(secured):
    client = RawPathClient()
    asked = client.get("/accounts/passkey/", headers={"Accept": "application/json"}).json()
    assert asked["request_options"]["publicKey"]["challenge"]
    answer = {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "MQ"}
    whole = json.dumps({"id": "eA", "rawId": "eA", "type": "public-key", "response": answer})
    for sent in ("", "{}", "[]", "null", "3", '{"id": "x"}', whole, "x" * 5000):
        assert client.post("/accounts/passkey/", {"credential": sent}).status_code == 302
    assert client.get("/settings/tokens").status_code == 302


def test_the_pages_of_keys_that_are_not_ones_own_are_missing(secured, otto):
    key = otto.authenticator_set.first()
    client = RawPathClient()
    make_user("eve")
    client.post("/accounts/login/", {"login": "eve", "password": PASSWORD})
    confirm(client)
    for page in ("name", "remove"):
        assert client.post(f"/settings/passkeys/{key.pk}/{page}", {"name": "x"}).status_code == 404
    assert otto.authenticator_set.count() == 2
