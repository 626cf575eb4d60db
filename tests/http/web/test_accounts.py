"""Sign-up, log-in, organisations and tokens."""

import re

import pytest

from accounts.models import AccessToken, AuditEvent, Namespace, User
from accounts.selectors import actor_for_token, role_in
from tests.factories.accounts import PASSWORD, make_member, make_organisation, make_token, make_user, suspend

NEW = {"username": "nora", "email": "nora@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.mark.django_db
def test_signing_up_makes_a_user_with_a_page_and_logs_in(client):
    answer = client.post("/accounts/signup/", NEW)
    assert answer.status_code == 302
    assert Namespace.objects.get(name="nora").user.email == "nora@example.org"
    assert client.get("/nora").status_code == 200
    assert b"/settings/tokens" in client.get("/").content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "models"),
        ("username", "a--b"),
        ("username", "TAKEN"),
        ("username", "Acme"),
        ("username", "a/b"),
        ("password1", "short"),
        ("password1", "password1234"),
        ("email", "not an address"),
    ],
)
def test_a_bad_sign_up_is_refused_and_leaves_nothing(client, field, value):
    make_organisation("acme", owner=make_user("taken"))
    data = NEW | {field: value} | ({"password2": value} if field == "password1" else {})
    answer = client.post("/accounts/signup/", data)
    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert not User.objects.exclude(username="taken").exists()


@pytest.mark.django_db
def test_a_user_logs_in_by_name_or_address_and_out(client):
    make_user("otto")
    for login in ("otto", "otto@example.org"):
        assert client.post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 302
        assert client.get("/settings/tokens").status_code == 200
        assert client.post("/accounts/logout/").status_code == 302
        assert client.get("/settings/tokens").status_code == 302


@pytest.mark.django_db
def test_a_wrong_password_does_not_log_in(client):
    make_user("otto")
    assert client.post("/accounts/login/", {"login": "otto", "password": "wrong"}).status_code == 200
    assert client.get("/settings/tokens").status_code == 302


@pytest.mark.django_db
def test_a_suspended_user_cannot_log_in(client):
    user = make_user("otto")
    suspend(user)
    client.post("/accounts/login/", {"login": "otto", "password": PASSWORD})
    assert client.get("/settings/tokens").status_code == 302


def test_the_sessions_of_a_user_end_with_the_suspension(world):
    client = world.client("writer")
    assert client.get("/acme/secret").status_code == 200
    suspend(world.users["writer"])
    assert client.get("/acme/secret").status_code == 404
    assert client.get("/settings/tokens").status_code == 302
    assert client.post("/organisations/new", {"name": "late"}).status_code == 302
    assert not Namespace.objects.filter(name="late").exists()


def test_a_changed_password_ends_the_sessions_elsewhere(world):
    here, elsewhere = world.client("outsider"), world.client("outsider")
    new = "another long passphrase"
    here.post("/settings/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert here.get("/settings/tokens").status_code == 200
    assert elsewhere.get("/settings/tokens").status_code == 302


@pytest.mark.django_db
def test_a_password_is_changed_and_reset(client, mailoutbox, settings):
    user = make_user("otto")
    client.force_login(user)
    new = "another long passphrase"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/settings/password", data).status_code == 302
    user.refresh_from_db()
    assert user.check_password(new)
    client.logout()
    assert client.post("/accounts/password/reset/", {"email": user.email}).status_code == 302
    link = re.search(settings.LOCAL_URL + r"(/accounts/password/reset/key/\S+)", mailoutbox[-1].body).group(1)
    form = client.get(link, follow=True)
    assert b"Choose a new password" in form.content


@pytest.mark.django_db
def test_each_change_of_a_password_is_in_the_log(client, mailoutbox):
    user = make_user("otto")
    client.force_login(user)
    new = {"password1": "another long passphrase", "password2": "another long passphrase"}
    client.post("/settings/password", new | {"oldpassword": PASSWORD})
    client.logout()
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/\s]+(/accounts/password/reset/key/\S+)", mailoutbox[-1].body).group(1)
    client.post(client.get(link)["Location"], new)
    rows = AuditEvent.objects.filter(event="user.password_set", subject=f"user:{user.pk}")
    assert [row.actor for row in rows] == [user, user]


@pytest.mark.django_db
def test_a_mail_leads_to_this_hub_whatever_host_was_asked(client, mailoutbox, settings):
    user = make_user("otto")
    client.post("/accounts/password/reset/", {"email": user.email}, headers={"Host": "evil.example"})
    client.post("/accounts/signup/", NEW, headers={"Host": "evil.example"})
    assert [message.to for message in mailoutbox] == [[user.email], [NEW["email"]]]
    for message in mailoutbox:
        assert settings.LOCAL_URL in message.body
        assert "evil.example" not in message.subject + message.body


@pytest.mark.django_db
def test_without_a_mail_server_one_can_sign_up_and_is_told_that_no_mail_comes(client, settings):
    # Nothing listens on the port of discard.
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
    assert client.post("/accounts/signup/", NEW).status_code == 302
    shown = client.get("/").content
    assert b"cannot send mails at the moment" in shown
    assert b"/settings/tokens" in shown
    assert client.post("/accounts/password/reset/", {"email": NEW["email"]}).status_code == 302


@pytest.mark.django_db
def test_no_mail_goes_to_an_address_without_an_account_and_the_page_does_not_tell(client, mailoutbox):
    make_user("otto")
    known = client.post("/accounts/password/reset/", {"email": "otto@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "ghost@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mailoutbox] == [["otto@example.org"]]


@pytest.mark.django_db
def test_log_in_attempts_are_limited_without_redis(client, redis_connection):
    make_user("otto")
    for _ in range(5):
        client.post("/accounts/login/", {"login": "otto", "password": "wrong"})
    refused = client.post("/accounts/login/", {"login": "otto", "password": PASSWORD})
    assert b"Too many failed login attempts" in refused.content
    assert client.get("/settings/tokens").status_code == 302
    # What the hub counts of requests ends with its window; the attempts are kept where nothing is forgotten.
    assert all(key.startswith(b"rate:") for key in redis_connection.scan_iter())


@pytest.mark.django_db
def test_behind_a_proxy_everybody_has_attempts_of_their_own(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    make_user("otto")
    for _ in range(12):
        client.post(
            "/accounts/login/", {"login": "x", "password": "y"}, headers={"X-Forwarded-For": "10.0.0.1"}
        )
    data = {"login": "otto", "password": PASSWORD}
    assert client.post("/accounts/login/", data, headers={"X-Forwarded-For": "10.0.0.2"}).status_code == 302


@pytest.mark.django_db
def test_who_signs_up_a_moment_too_late_is_told_that_the_name_is_taken(client, monkeypatch):
    make_user("nora")
    monkeypatch.setattr("hub.http.adapters.namespace_by_name", lambda name: None)
    answer = client.post("/accounts/signup/", NEW | {"email": "other@example.org"})
    assert answer.status_code == 400
    assert b"is taken" in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
)
def test_logging_in_never_leads_to_another_site(client, address):
    make_user("otto")
    answer = client.post("/accounts/login/", {"login": "otto", "password": PASSWORD, "next": address})
    assert answer["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["email/", "login/code/", "3rdparty/", "2fa/", "social/login/cancelled/"])
def test_nothing_else_of_the_account_library_is_exposed(client, page):
    client.force_login(make_user())
    assert client.get(f"/accounts/{page}", follow=True).status_code == 404


def test_an_organisation_is_made_with_its_maker_as_admin(world):
    client = world.client("outsider")
    answer = client.post("/organisations/new", {"name": "ottos", "full_name": "Otto's"})
    assert answer["Location"] == "/ottos"
    assert role_in(world.users["outsider"], Namespace.objects.get(name="ottos")) == "admin"


@pytest.mark.parametrize("name", ["acme", "ACME", "otto", "models", "a b", ""])
def test_an_organisation_with_a_bad_name_is_refused(world, name):
    before = Namespace.objects.count()
    answer = world.client("outsider").post("/organisations/new", {"name": name})
    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert Namespace.objects.count() == before


def test_an_admin_changes_and_removes_a_member(world):
    client, otto = world.client("admin"), world.users["outsider"]
    make_member(world.organisation, "read", otto)
    client.post("/organisations/acme/members/otto", {"role": "write"})
    assert role_in(otto, world.organisation) == "write"
    client.post("/organisations/acme/members/otto", {"remove": ""})
    assert role_in(otto, world.organisation) is None


@pytest.mark.parametrize("who", ["reader", "writer"])
def test_members_who_are_no_admins_cannot_change_members(world, who):
    client = world.client(who)
    added = client.post("/organisations/acme/members", {"who": "otto", "role": "admin"})
    raised = client.post(f"/organisations/acme/members/{world.users[who].username}", {"role": "admin"})
    assert (added.status_code, raised.status_code) == (403, 403)
    assert role_in(world.users["outsider"], world.organisation) is None
    assert role_in(world.users[who], world.organisation) != "admin"


def test_outsiders_cannot_change_members_and_do_not_see_that_they_could(world):
    client = world.client("outsider")
    assert client.post("/organisations/acme/members", {"who": "otto", "role": "admin"}).status_code == 404
    assert client.post("/organisations/acme/members/anna", {"remove": ""}).status_code == 404


def test_the_last_admin_stays(world):
    client, anna = world.client("admin"), world.users["admin"]
    for data in ({"remove": ""}, {"role": "read"}):
        answer = client.post("/organisations/acme/members/anna", data, follow=True)
        assert b"no admin left" in answer.content
        assert role_in(anna, world.organisation) == "admin"


def test_a_member_may_leave(world):
    username = world.users["reader"].username
    answer = world.client("reader").post(f"/organisations/acme/members/{username}", {"remove": ""})
    assert answer["Location"] == "/acme"
    assert role_in(world.users["reader"], world.organisation) is None


def test_a_token_is_shown_once_and_works_until_it_is_revoked(world):
    client = world.client("outsider")
    answer = client.post("/settings/tokens", {"name": "laptop", "role": "write", "days": "30"})
    plaintext = re.search(r"alm_[\w-]{40}", answer.content.decode()).group()
    assert "no-store" in answer["Cache-Control"]
    assert actor_for_token(plaintext).user == world.users["outsider"]
    listing = client.get("/settings/tokens").content.decode()
    assert plaintext not in listing
    assert f"…{plaintext[-4:]}" in listing
    client.post(f"/settings/tokens/{AccessToken.objects.get(name='laptop').pk}/revoke")
    assert actor_for_token(plaintext) is None


def test_a_token_needs_a_name_and_a_known_role(world):
    client = world.client("outsider")
    for data in ({"name": "", "role": "write", "days": "30"}, {"name": "x", "role": "root", "days": "30"}):
        assert b'class="errorlist"' in client.post("/settings/tokens", data).content
    assert not AccessToken.objects.exists()


def test_nobody_revokes_or_sees_anothers_token(world):
    token, plaintext = make_token(world.users["admin"])
    client = world.client("outsider")
    assert client.post(f"/settings/tokens/{token.pk}/revoke").status_code == 404
    assert actor_for_token(plaintext) is not None
    assert f"…{token.hint}" not in client.get("/settings/tokens").content.decode()


def test_a_bearer_token_does_not_open_pages(world):
    _, plaintext = make_token(world.users["reader"])
    headers = {"Authorization": f"Bearer {plaintext}"}
    assert world.client("nobody").get("/acme/secret", headers=headers).status_code == 404
    bad = {"Authorization": "Bearer nonsense"}
    assert world.client("nobody").get("/acme/bert", headers=bad).status_code == 200
