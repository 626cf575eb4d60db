"""Single sign-on with an OpenID Connect provider, a small real one on the loopback interface."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken

from accounts.models import User
from hub import settings as hub_settings
from tests.browsing import RawPathClient
from tests.factories.accounts import make_organisation, make_user, suspend

IN = "/accounts/sign-on/school/"


@dataclass
class Provider:
    """A provider that knows one person, whoever asks."""

    claims: dict = field(default_factory=lambda: {"sub": "42", "email": "nora@school.example"})
    url: str = ""

    def answer(self, path: str) -> dict:
        if path.endswith("/openid-configuration"):
            ends = {
                f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "userinfo")
            }
            return ends | {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/token":
            said = {"iss": self.url, "aud": "hub", "exp": 2**33, "iat": 1} | self.claims
            token = jwt.encode(said, "k" * 32, algorithm="HS256")
            return {"access_token": "a", "token_type": "Bearer", "id_token": token}
        return self.claims


@pytest.fixture
def school(settings) -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = json.dumps(provider.answer(self.path)).encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        provider.url = f"http://127.0.0.1:{server.server_port}"
        app = {"provider_id": "school", "name": "The School", "client_id": "hub", "secret": "s"}
        apps = [app | {"settings": {"server_url": provider.url}}]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps, "OAUTH_PKCE_ENABLED": True}}
        yield provider
        server.shutdown()


def come_back(client: RawPathClient, address: str = IN):
    """Go to the provider and come back as it sends one."""
    page = client.post(address)
    assert page.status_code == 200
    leads = unescape(re.search('href="(http://127[^"]+)"', page.content.decode())[1])
    asked = parse_qs(urlsplit(leads).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://testserver{IN}back/"]
    return client.get(f"{IN}back/?code=c&state={asked['state'][0]}")


@pytest.mark.django_db
def test_who_is_known_there_chooses_a_name_the_first_time_and_is_let_in_the_second(client, school):
    assert b"Continue with The School" in client.get("/accounts/login/").content
    answer = come_back(client)
    assert answer["Location"] == "/accounts/sign-on/new/"
    form = client.get("/accounts/sign-on/new/")
    assert b"The School knows you" in form.content
    sent = {"username": "nora", "email": "nora@school.example"}
    assert client.post("/accounts/sign-on/new/", sent)["Location"] == "/"
    nora = User.objects.get(username="nora")
    assert nora.namespace.name == "nora"
    assert not nora.has_usable_password()
    other = RawPathClient()
    assert come_back(other)["Location"] == "/"
    assert other.get("/settings/sign-on").status_code == 200
    assert b"The School" in other.get("/settings/sign-on").content
    assert not SocialToken.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["acme", "models", "a b", ""])
def test_a_name_that_is_taken_or_reserved_is_refused_there_too(client, school, name):
    make_organisation("acme")
    come_back(client)
    users = User.objects.count()
    shown = client.post("/accounts/sign-on/new/", {"username": name, "email": "nora@school.example"})
    assert b'class="errorlist"' in shown.content
    assert User.objects.count() == users
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db
def test_an_address_that_somebody_has_here_lets_nobody_into_their_account(client, school):
    make_user("nora", email="nora@school.example")
    come_back(client)
    client.post("/accounts/sign-on/new/", {"username": "nora2", "email": "nora@school.example"})
    assert client.get("/settings/tokens").status_code == 302
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db
def test_who_has_an_account_connects_it_and_a_suspended_user_stays_out(client, school):
    otto = make_user("otto")
    client.force_login(otto)
    come_back(client, f"{IN}?process=connect")
    assert SocialAccount.objects.get().user == otto
    suspend(otto)
    other = RawPathClient()
    come_back(other)
    assert other.get("/settings/tokens").status_code == 302


@pytest.mark.django_db
def test_a_forged_return_lets_nobody_in(client, school):
    for query in ("", "?code=c", "?code=c&state=made-up", "?error=access_denied&state=x"):
        answer = client.get(f"{IN}back/{query}")
        assert answer.status_code in (302, 401), query
    assert client.get("/settings/tokens").status_code == 302
    assert not SocialAccount.objects.exists()


@pytest.mark.django_db
def test_a_provider_that_does_not_answer_is_said_to(client, school, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = client.post(IN)
    assert answer.status_code == 502
    assert b"does not answer" in answer.content


@pytest.mark.django_db
def test_a_provider_that_nobody_named_is_missing(client):
    assert client.get(IN).status_code == client.post(IN).status_code == 404
    assert b"Continue with" not in client.get("/accounts/login/").content


def test_going_there_needs_a_form_of_the_hub(client, school):
    answer = RawPathClient(enforce_csrf_checks=True).post(IN)
    assert answer.status_code == 403


@pytest.mark.parametrize("said", ["{", "{}", "[1]", '[{"id": "school"}]', '"x"'])
def test_a_broken_list_of_providers_stops_the_hub_and_says_what_is_missing(monkeypatch, said):
    monkeypatch.setenv("HUB_SIGN_ON", said)
    with pytest.raises(hub_settings.ImproperlyConfigured, match="HUB_SIGN_ON is"):
        hub_settings.sign_on_providers("HUB_SIGN_ON")


def test_a_list_of_providers_is_read_as_the_account_library_has_it(monkeypatch):
    one = {"id": "a", "name": "A", "client_id": "c", "secret": "s", "server_url": "https://a.example"}
    monkeypatch.setenv("HUB_SIGN_ON", json.dumps([one]))
    [read] = hub_settings.sign_on_providers("HUB_SIGN_ON")
    assert (read["provider_id"], read["settings"]) == ("a", {"server_url": "https://a.example"})
    monkeypatch.delenv("HUB_SIGN_ON")
    assert hub_settings.sign_on_providers("HUB_SIGN_ON") == []
