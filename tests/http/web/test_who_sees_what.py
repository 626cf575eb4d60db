"""Every page for everybody: who sees it, who is sent to log in, and for whom it does not exist."""

import re

import pytest

EVERYBODY = ("nobody", "outsider", "reader", "writer", "admin", "moderator")
MEMBERS = ("reader", "writer", "admin")
READ = (
    "",
    "/tree/main",
    "/tree/main/docs",
    "/blob/main/README.md",
    "/commits/main",
    "/commits/main/README.md",
    "/compare",
    "/compare/main...main",
    "/report",
    "/checks/main",
    "/activity",
    "/licence",
)


def statuses(world, address: str) -> dict[str, int]:
    return {who: world.client(who).get(address).status_code for who in EVERYBODY}


def without_token(content: bytes) -> bytes:
    """The page without the form token, which is masked anew each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)


@pytest.mark.parametrize("page", READ)
def test_everybody_reads_a_public_repository(world, page):
    assert statuses(world, f"/acme/bert{page}") == dict.fromkeys(EVERYBODY, 200)


@pytest.mark.parametrize("page", READ)
def test_only_members_read_a_private_repository(world, page):
    expected = {who: 200 if who in MEMBERS else 404 for who in EVERYBODY}
    assert statuses(world, f"/acme/secret{page}") == expected


@pytest.mark.parametrize("page", [*READ, "/upload", "/settings"])
def test_an_invisible_repository_looks_like_a_missing_one(world, page):
    for who in ("nobody", "outsider", "moderator"):
        client = world.client(who)
        invisible, missing = client.get(f"/acme/secret{page}"), client.get(f"/acme/absent{page}")
        assert invisible.status_code == missing.status_code == 404
        assert without_token(invisible.content) == without_token(missing.content)


@pytest.mark.parametrize(
    ("page", "allowed"),
    [
        ("/upload", [who for who in EVERYBODY if who != "nobody"]),
        ("/settings", ("admin",)),
        ("/settings/access", ("admin",)),
    ],
)
def test_only_those_who_may_propose_or_change_something_get_the_pages_for_it(world, page, allowed):
    found = statuses(world, f"/acme/bert{page}")
    assert found == {who: 200 if who in allowed else 302 if who == "nobody" else 403 for who in EVERYBODY}


def test_who_must_log_in_is_sent_there_and_back(world):
    answer = world.client("nobody").get("/acme/bert/upload")
    assert answer["Location"] == "/accounts/login/?next=/acme/bert/upload"


@pytest.mark.parametrize("address", ["/new", "/organisations/new", "/settings/tokens", "/settings/webhooks"])
def test_pages_of_ones_own_need_a_log_in(world, address):
    found = statuses(world, address)
    assert found == {who: 302 if who == "nobody" else 200 for who in EVERYBODY}


def test_the_moderators_desk_exists_for_moderators_only(world):
    expected = {who: 200 if who == "moderator" else 404 for who in EVERYBODY}
    assert statuses(world, "/moderation") == expected


def test_an_organisations_member_page_exists_for_members_only(world):
    expected = {who: 200 if who in MEMBERS else 404 for who in EVERYBODY} | {"nobody": 302}
    assert statuses(world, "/organisations/acme/members") == expected


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/models",
        "/datasets",
        "/licences",
        "/licences/mit",
        "/design",
        "/acme",
        "/anna",
        "/profile/anna/report",
        "/accounts/login/",
    ],
)
def test_public_pages_are_open_to_somebody_without_an_account(world, address):
    assert world.client("nobody").get(address).status_code == 200


@pytest.mark.parametrize("address", ["/absent", "/acme/bert/absent", "/a/b/c/d", "/acme/bert/tree/absent"])
def test_an_unknown_address_is_a_page_that_says_so(world, address):
    answer = world.client("nobody").get(address)
    assert answer.status_code == 404
    assert b"There is nothing here." in answer.content


def test_lists_show_private_repositories_to_members_only(world):
    for address in ("/", "/models", "/acme"):
        for who in EVERYBODY:
            shown = b"acme/secret" in world.client(who).get(address).content
            assert shown == (who in MEMBERS), (address, who)
            assert b"acme/bert" in world.client(who).get(address).content
