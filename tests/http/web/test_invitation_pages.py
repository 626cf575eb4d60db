"""Inviting, accepting, and an organisation's own settings, on the pages."""

import re

import pytest
from django.core.management import CommandError, call_command

from accounts.addresses import choose_language
from accounts.invitations.selectors import invitations_for
from accounts.models import Invitation, Namespace, User
from accounts.selectors import role_in
from hub.repos.models import Repository
from tests.browsing import RawPathClient
from tests.builders.pictures import JPEG
from tests.factories.accounts import PASSWORD, make_organisation, make_user

MEMBERS = "/organisations/acme/members"
SETTINGS = "/organisations/acme/settings"


def link_in(text: str) -> str:
    return re.search(r"(/invitations/[\w-]{43})", text)[1]


def test_a_person_invited_by_name_gets_a_mail_and_accepts(world, mailoutbox, settings):
    answer = world.client("admin").post(MEMBERS, {"who": "Otto", "role": "write"}, follow=True)
    assert "otto is invited" in answer.content.decode()
    otto = world.users["outsider"]
    assert role_in(otto, world.organisation) is None
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["otto@example.org"], "[Allmende] anna invites you to acme")
    assert settings.LOCAL_URL + "/invitations/" in mail.body
    link = link_in(mail.body)
    page = world.client("outsider").get(link)
    assert "no-store" in page["Cache-Control"]
    assert "Join Acme Research" in page.content.decode()
    assert role_in(otto, world.organisation) is None
    assert world.client("outsider").post(link)["Location"] == "/acme"
    assert role_in(otto, world.organisation) == "write"
    assert world.client("outsider").get(link).status_code == 404


def test_a_mail_to_a_person_is_in_their_language_and_goes_to_a_confirmed_address_alone(world, mailoutbox):
    choose_language(user=world.users["outsider"], language="de")
    admin = world.client("admin")
    admin.cookies["language"] = "zh-hans"
    admin.post(MEMBERS, {"who": "otto", "role": "read"})
    assert [message.to for message in mailoutbox] == [["otto@example.org"]]
    assert "in die Organisation acme" in mailoutbox[0].body
    mailoutbox.clear()
    typed = make_user("typed", confirmed=False)
    admin.post(MEMBERS, {"who": "typed", "role": "read"})
    assert mailoutbox == []
    assert invitations_for(typed).count() == 1


def test_an_invitation_by_name_waits_in_the_settings_and_can_be_declined(world):
    world.client("admin").post(MEMBERS, {"who": "otto", "role": "read"})
    client = world.client("outsider")
    assert "You are invited" in client.get("/settings/organisations").content.decode()
    assert "You are invited" not in world.client("reader").get("/settings/organisations").content.decode()
    number = Invitation.objects.get().pk
    sent = {"invitation": number, "decline": "1"}
    assert world.client("reader").post("/settings/organisations", sent).status_code == 404
    assert client.post("/settings/organisations", sent).status_code == 302
    assert not Invitation.objects.exists()
    assert role_in(world.users["outsider"], world.organisation) is None


def test_somebody_without_an_account_signs_up_first_and_comes_back(world, mailoutbox):
    world.client("admin").post(MEMBERS, {"who": "nora@example.org", "role": "contribute"})
    link = link_in(mailoutbox[-1].body)
    client = RawPathClient()
    page = client.get(link).content.decode()
    assert f"/accounts/signup/?next={link}" in page
    assert "Accept" not in page
    assert client.post(link)["Location"].startswith("/accounts/login/")
    new = {"username": "nora", "email": "nora@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", new | {"next": link})["Location"] == link
    client.post(link)
    assert role_in(User.objects.get(username="nora"), world.organisation) == "contribute"


def test_a_link_is_shown_once_and_revoked(world):
    admin = world.client("admin")
    link = link_in(admin.post(MEMBERS, {"link": "1", "role": "read"}).content.decode())
    listed = admin.get(MEMBERS).content.decode()
    assert link not in listed
    assert "Link for whoever has it" in listed
    world.client("outsider").post(link)
    assert role_in(world.users["outsider"], world.organisation) == "read"
    number = Invitation.objects.get().pk
    assert admin.post(f"/organisations/acme/invitations/{number}/revoke")["Location"] == MEMBERS
    assert world.client("moderator").post(link).status_code == 404
    assert role_in(world.users["moderator"], world.organisation) is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"who": "ghost", "role": "read"}, "There is no user of that name."),
        ({"who": " ", "role": "read"}, "Name a person or give an address, or make a link."),
        ({"who": "a@b", "role": "read"}, "is not an e-mail address"),
        ({"who": "otto", "role": "root"}, "Select a valid choice"),
        ({"who": "anna", "role": "read"}, "is a member of acme already"),
        ({"link": "1", "role": "admin"}, "makes nobody an admin"),
    ],
)
def test_whom_nobody_can_invite_is_said_in_words(world, mailoutbox, sent, words):
    assert words in world.client("admin").post(MEMBERS, sent).content.decode().replace("&#x27;", "'")
    assert not Invitation.objects.exists()
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 302), ("outsider", 404), ("reader", 403), ("writer", 403)]
)
def test_only_admins_invite_revoke_and_change_the_organisation(world, who, status):
    world.client("admin").post(MEMBERS, {"who": "otto", "role": "read"})
    offer, client = Invitation.objects.get(), world.client(who)
    for address in (
        *(MEMBERS, f"/organisations/acme/invitations/{offer.pk}/revoke"),
        *(SETTINGS, f"{SETTINGS}/delete"),
    ):
        sent = {"who": "mia", "role": "admin", "full_name": "Mine", "confirmation": "acme"}
        assert client.post(address, sent).status_code == status, address
    assert client.get(SETTINGS).status_code == status
    assert list(Invitation.objects.all()) == [offer]
    assert Namespace.objects.get(name="acme").full_name == "Acme Research"


def test_an_admin_of_another_organisation_revokes_nothing_here(world):
    world.client("admin").post(MEMBERS, {"who": "otto", "role": "read"})
    make_organisation("other", owner=world.users["outsider"])
    number = Invitation.objects.get().pk
    assert (
        world.client("outsider").post(f"/organisations/other/invitations/{number}/revoke").status_code == 404
    )
    assert Invitation.objects.exists()


def test_a_member_who_follows_a_link_is_told_so_and_asked_nothing(world):
    made = world.client("admin").post(MEMBERS, {"link": "1", "role": "read"})
    link = link_in(made.content.decode())
    page = world.client("writer").get(link).content.decode()
    assert "You are a member of acme already." in page
    assert "Accept" not in page
    assert "Accept" in world.client("outsider").get(link).content.decode()


def test_who_is_invited_has_to_be_said_in_the_language_of_the_page(world):
    admin = world.client("admin")

    def told(who: str, language: str) -> str:
        sent = {"who": who, "role": "read"}
        return admin.post(MEMBERS, sent, headers={"Accept-Language": language}).content.decode()

    assert "Name a person or give an address, or make a link." in told(" ", "en")
    assert "anna ist schon Mitglied von acme." in told("anna", "de")


@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00", "..", "%2F"])
def test_a_made_up_link_says_that_it_does_not_work(client, db, secret):
    assert client.get(f"/invitations/{secret}").status_code in (400, 404)


def test_mails_to_people_who_did_not_ask_are_limited(world, settings, mailoutbox):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"invitation": "2/h/user"}
    for number in range(4):
        answer = world.client("admin").post(MEMBERS, {"who": f"p{number}@example.org", "role": "read"})
    assert answer.status_code == 429
    assert len(mailoutbox) == 2


def test_the_list_of_invitations_takes_as_many_queries_for_ten(world, django_assert_max_num_queries):
    admin = world.client("admin")
    for number in range(10):
        make_user(f"person{number}")
        if number in (1, 9):
            with django_assert_max_num_queries(9):
                admin.get(MEMBERS)
        admin.post(MEMBERS, {"who": f"person{number}", "role": "read"})


def test_an_organisation_says_who_it_is_and_how_its_repositories_begin(world):
    admin = world.client("admin")
    said = {"full_name": "Acme", "description": "We make things.", "homepage": "https://acme.example"}
    assert admin.post(SETTINGS, said | {"default_visibility": "private"})["Location"] == SETTINGS
    shown = world.client("nobody").get("/acme").content.decode()
    assert "We make things." in shown
    form = admin.get("/new?namespace=acme").content.decode()
    assert re.search(r'value="private"[^>]*checked', form)
    assert re.search(r'value="public"[^>]*checked', admin.get("/new").content.decode())
    admin.post("/new", {"namespace": "acme", "name": "open", "kind": "model", "visibility": "public"})
    assert Repository.objects.get(name="open").visibility == "public"
    assert admin.post(SETTINGS, said | {"default_visibility": "x"}).status_code == 200


def test_an_organisation_with_repositories_is_not_deleted(world):
    shown = world.client("admin").post(f"{SETTINGS}/delete", {"confirmation": "acme"})
    assert shown.status_code == 400
    assert "still has repositories (2)" in shown.content.decode()
    assert Namespace.objects.filter(name="acme").exists()


def test_an_empty_organisation_is_deleted_by_typing_its_name_and_the_name_stays_unused(world):
    make_organisation("empty", owner=world.users["admin"])
    admin, address = world.client("admin"), "/organisations/empty/settings/delete"
    assert admin.post(address, {"confirmation": "acme"}).status_code == 400
    assert Namespace.objects.filter(name="empty").exists()
    assert admin.post(address, {"confirmation": "empty"})["Location"] == "/"
    assert admin.get("/empty").status_code == 404
    assert b"is taken" in admin.post("/organisations/new", {"name": "Empty"}).content
    assert not Namespace.objects.filter(name__iexact="empty").exists()


def test_the_mark_of_a_verified_domain_is_set_by_the_operator_alone(world):
    for broken in ("nodots", "a b.org", "-a.org", "1.2.3.4", "a" * 64 + ".org", "x" * 250 + ".org"):
        with pytest.raises(CommandError):
            call_command("verify_organisation", "acme", broken)
    with pytest.raises(CommandError):
        call_command("verify_organisation", "anna", "acme.example")
    with pytest.raises(CommandError):
        call_command("verify_organisation", "acme")
    assert "Verified domain:" not in world.client("nobody").get("/acme").content.decode()
    call_command("verify_organisation", "acme", "Acme.Example")
    for page in ("/acme", "/acme/bert", "/acme/bert/tree/main"):
        shown = world.client("nobody").get(page).content.decode()
        assert "Verified domain:" in shown
        assert "acme.example" in shown
    world.client("admin").post(SETTINGS, {"verified_domain": "evil.example", "default_visibility": "public"})
    assert Namespace.objects.get(name="acme").verified_domain == "acme.example"
    call_command("verify_organisation", "acme", "--remove")
    assert "Verified domain:" not in world.client("nobody").get("/acme").content.decode()


def test_the_picture_of_an_organisation_is_changed_by_its_admin(world, tmp_path):
    file = tmp_path / "logo.jpg"
    file.write_bytes(JPEG)
    with file.open("rb") as sent:
        world.client("admin").post(SETTINGS, {"picture": sent, "default_visibility": "public"})
    assert world.client("nobody").get("/avatars/acme.svg").content == JPEG
