"""The settings: profile, pictures, addresses and sessions."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEvent, Namespace
from accounts.profiles.services import set_picture
from accounts.suspensions import suspend_uploads
from tests.browsing import RawPathClient
from tests.builders.pictures import JPEG, WEBP, png
from tests.factories.accounts import PASSWORD, make_user

PAGES = (
    *("/settings/profile", "/settings/emails", "/settings/password", "/settings/two-factor"),
    *("/settings/passkeys", "/settings/sessions", "/settings/tokens", "/settings/sign-on"),
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def logged_in(username: str, agent: str = FIREFOX) -> RawPathClient:
    """A browser in which somebody logged in with a password."""
    client = RawPathClient(headers={"User-Agent": agent})
    answer = client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def upload(client: RawPathClient, data: bytes, name: str = "me.png"):
    return client.post("/settings/profile", {"picture": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize("page", PAGES)
def test_each_page_of_the_settings_needs_a_log_in_and_leads_to_the_others(world, page):
    assert world.client("nobody").get(page).status_code == 302
    shown = world.client("outsider").get(page)
    assert shown.status_code == 200
    assert all(other in shown.content.decode() for other in PAGES if other != "/settings/sign-on")


def test_a_person_says_who_they_are_and_everybody_reads_it(world):
    client = world.client("outsider")
    said = {"full_name": "Otto <b>", "description": "Builds\nthings", "homepage": "https://otto.example"}
    assert client.post("/settings/profile", said)["Location"] == "/settings/profile"
    page = world.client("nobody").get("/otto").content.decode()
    assert "Otto &lt;b&gt;" in page
    assert 'href="https://otto.example" rel="nofollow ugc noopener"' in page
    assert "Edit profile" not in page
    assert "Edit profile" in client.get("/otto").content.decode()


@pytest.mark.parametrize("homepage", ["javascript:alert(1)", "data:text/html,x", "otto"])
def test_a_home_page_that_is_none_is_refused(world, homepage):
    shown = world.client("outsider").post("/settings/profile", {"homepage": homepage}).content.decode()
    assert "A home page is an address that begins with https://." in shown
    assert Namespace.objects.get(name="otto").homepage == ""


@pytest.mark.parametrize(
    ("data", "type_"),
    [(png(), "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")],
    ids=["png", "jpg", "webp"],
)
def test_a_picture_is_served_by_its_own_type_and_can_do_nothing(world, data, type_):
    client = world.client("outsider")
    # Whatever the file is called.
    assert upload(client, data, "page.html").status_code == 302
    address = Namespace.objects.get(name="otto").picture_path
    assert address in client.get("/otto").content.decode()
    for path in (address, "/avatars/OTTO.svg"):
        shown = world.client("nobody").get(path)
        assert (shown["Content-Type"], shown.content) == (type_, data)
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
        again = world.client("nobody").get(path, headers={"If-None-Match": shown["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "max-age=31536000" in world.client("nobody").get(address)["Cache-Control"]
    assert "max-age=600" in world.client("nobody").get("/avatars/otto.svg")["Cache-Control"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "PNG, JPEG or WebP"),
        (png(20, 20), "this one has 20 × 20"),
        (png() + bytes(1024 * 1024), "at most 1 MiB"),
        (b"", "PNG, JPEG or WebP"),
    ],
    ids=["svg", "tiny", "large", "empty"],
)
def test_what_is_no_picture_is_refused_in_words(world, data, words):
    shown = upload(world.client("outsider"), data).content.decode()
    assert words in shown
    assert Namespace.objects.get(name="otto").picture == ""


def test_whose_uploads_are_suspended_shows_no_new_picture(world):
    suspend_uploads(user=world.users["outsider"], actor_user=None)
    answer = upload(world.client("outsider"), png())
    assert answer.status_code == 403
    assert "Your uploads are suspended" in answer.content.decode()
    assert Namespace.objects.get(name="otto").picture == ""


def test_a_picture_is_removed(world):
    otto = world.users["outsider"]
    set_picture(namespace=otto.namespace, actor=otto, data=JPEG)
    client = world.client("outsider")
    assert "Remove the picture" in client.get("/settings/profile").content.decode()
    client.post("/settings/profile", {"remove_picture": "on"})
    assert world.client("nobody").get("/avatars/otto.svg")["Content-Type"] == "image/svg+xml"
    assert "Remove the picture" not in client.get("/settings/profile").content.decode()


def test_an_address_is_added_confirmed_made_the_first_and_the_old_one_removed(world, mailoutbox):
    client, otto = world.client("outsider"), world.users["outsider"]
    client.post("/settings/emails", {"email": "new@example.org", "action_add": "1"})
    link = next(word for word in mailoutbox[-1].body.split() if "/accounts/confirm-email/" in word)
    assert mailoutbox[-1].to == ["new@example.org"]
    client.post(link[link.index("/accounts") :])
    client.post("/settings/emails", {"email": "new@example.org", "action_primary": "1"})
    client.post("/settings/emails", {"email": "otto@example.org", "action_remove": "1"})
    otto.refresh_from_db()
    assert otto.email == "new@example.org"
    client.get("/settings/emails")
    shown = client.get("/settings/emails").content.decode()
    assert "new@example.org" in shown
    assert "otto@example.org" not in shown


def test_an_address_of_somebody_else_is_not_told_to_exist(world):
    world.client("outsider").post("/settings/emails", {"email": "anna@example.org", "action_add": "1"})
    anna = world.users["admin"]
    anna.refresh_from_db()
    assert anna.email == "anna@example.org"
    assert "anna@example.org" not in world.client("outsider").get("/otto").content.decode()


@pytest.mark.django_db
def test_sessions_are_listed_and_ended_one_by_one():
    make_user("otto")
    here, there = logged_in("otto"), logged_in("otto", "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Edg/140.0")
    shown = here.get("/settings/sessions").content.decode()
    assert "Firefox on Linux" in shown
    assert "Edge on Windows" in shown
    assert shown.count("This browser") == 1
    number = shown.partition('name="session" value="')[2].partition('"')[0]
    assert here.post("/settings/sessions", {"session": number}).status_code == 302
    assert there.get("/settings/sessions").status_code == 302
    assert "Edge on Windows" not in here.get("/settings/sessions").content.decode()
    assert AuditEvent.objects.filter(event="sessions.ended").count() == 1


@pytest.mark.django_db
def test_all_other_sessions_end_at_once_and_nobody_elses():
    make_user("otto")
    make_user("eve")
    here, there, third, other = (logged_in(name) for name in ("otto", "otto", "otto", "eve"))
    here.post("/settings/sessions", {"others": "1"})
    assert [client.get("/settings/sessions").status_code for client in (here, there, third, other)] == [
        *(200, 302, 302, 200)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", "0", "x", "9" * 30, "-1"])
def test_nobody_ends_a_session_that_is_not_their_own(sent):
    make_user("otto")
    make_user("eve")
    eve, otto = logged_in("eve"), logged_in("otto")
    otto.get("/settings/sessions")
    number = UserSession.objects.get(user__username="otto").pk if sent == "0" else sent
    assert eve.post("/settings/sessions", {"session": number}).status_code == 404
    assert otto.get("/settings/sessions").status_code == 200


@pytest.mark.django_db
def test_a_session_of_an_old_password_is_not_listed():
    make_user("otto")
    here, there = logged_in("otto"), logged_in("otto", "Edg/1 Windows")
    new = "another long passphrase"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/settings/password", data).status_code == 302
    shown = here.get("/settings/sessions").content.decode()
    assert "This browser" in shown
    assert "Edge on Windows" not in shown
    assert there.get("/settings/sessions").status_code == 302


@pytest.mark.django_db
def test_the_list_of_sessions_takes_as_many_queries_for_ten(django_assert_num_queries):
    make_user("otto")
    here = logged_in("otto")
    here.get("/settings/sessions")
    with django_assert_num_queries(6):
        here.get("/settings/sessions")
    for _ in range(9):
        logged_in("otto")
    with django_assert_num_queries(6):
        assert here.get("/settings/sessions").content.decode().count('name="session"') == 9


@pytest.mark.django_db
def test_the_cookies_of_a_session_stay_with_the_hub(settings):
    make_user("otto")
    client = RawPathClient()
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client.get("/accounts/login/")
    answer = client.post("/accounts/login/", {"login": "otto", "password": PASSWORD})
    session = answer.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["secure"]) == (True, "Lax", True)
    assert (client.cookies["csrftoken"]["samesite"], client.cookies["csrftoken"]["secure"]) == ("Lax", True)


@pytest.mark.django_db
def test_a_log_in_gets_a_session_of_another_key():
    make_user("otto")
    client = RawPathClient()
    client.post("/accounts/login/", {"login": "otto", "password": "wrong"})
    client.cookies["sessionid"] = "a" * 32
    client.post("/accounts/login/", {"login": "otto", "password": PASSWORD})
    assert client.cookies["sessionid"].value != "a" * 32
