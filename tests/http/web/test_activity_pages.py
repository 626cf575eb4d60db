"""Activity on the pages of repositories, organisations and people, and as Atom feeds."""

import re
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.personal.services import delete_account
from hub.repos.services import change_settings
from hub.revisions.operations import AddInline
from hub.revisions.releases import make_release
from tests.factories.activity import note_acts
from tests.factories.discussions import make_discussion, make_pull
from tests.factories.repositories import commit, make_repository

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = ("/acme/bert/activity", "/profile/acme/activity", "/profile/otto/activity")
FEEDS = ("/acme/bert/feed.atom", "/acme/feed.atom", "/otto/feed.atom")


@pytest.fixture
def thread(world):
    """A question of the outsider."""
    made = make_discussion(world.public, world.users["outsider"])
    note_acts()
    return made


def text_of(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def entries(client, address: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(text_of(client, address)).iter(f"{ATOM}entry"))


def titles(client, address: str) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in entries(client, address)]


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_repositorys_page_tells_who_did_what_and_leads_there(world, thread):
    make_release(
        repo=world.public, tag="v1", start="main", title="One", notes="", actor_user=world.users["admin"]
    )
    commit(world.public, world.users["admin"], [AddInline("a.txt", b"a")], summary="Say a")
    note_acts()
    page = text_of(world.client("nobody"), "/acme/bert/activity")
    assert 'aria-current="page">Activity</a>' in page
    for told in ("anna</a> committed", "anna</a> released", "otto</a> opened a discussion"):
        assert told in page
    for address in ("/acme/bert/release/v1", "/acme/bert/discussions/1"):
        assert f'href="{address}"' in page
    commits = re.findall(r'href="(/acme/bert/commit/\w{40})">Say a', page)
    assert world.client("nobody").get(commits[0]).status_code == 200
    assert 'href="/acme/bert/activity"' in text_of(world.client("nobody"), "/acme/bert")


def test_an_organisations_and_a_persons_page_have_a_tab_for_it(world, thread):
    for owner in ("acme", "otto"):
        nobody = world.client("nobody")
        assert f'href="/profile/{owner}/activity"' in text_of(nobody, f"/{owner}")
        page = text_of(nobody, f"/profile/{owner}/activity")
        assert "A question (#1)" in page
        assert '<a href="/acme/bert">acme/bert</a>' in page
        link = f'<link rel="alternate" type="application/atom+xml" href="/{owner}/feed.atom"'
        assert link in page
    assert world.client("nobody").get("/profile/nobody-here/activity").status_code == 404


def test_nothing_of_a_private_repository_is_told_to_others(world, thread):
    make_discussion(world.private, world.users["admin"])
    note_acts()
    for who in ("nobody", "outsider", "moderator"):
        for address in ("/profile/acme/activity", "/profile/anna/activity"):
            assert "acme/secret" not in text_of(world.client(who), address)
        assert world.client(who).get("/acme/secret/activity").status_code == 404
    for address in ("/profile/acme/activity", "/profile/anna/activity", "/acme/secret/activity"):
        assert "/acme/secret/discussions/1" in text_of(world.client("reader"), address)


def test_somebody_who_left_is_not_named(world, thread):
    delete_account(user=world.users["outsider"])
    page = text_of(world.client("nobody"), "/acme/bert/activity")
    assert "somebody who left opened a discussion" in page
    assert "otto" not in page
    assert "somebody who left opened a discussion: A question (#1) · acme/bert" in titles(
        world.client("nobody"), "/acme/feed.atom"
    )


def test_older_acts_are_a_page_away_and_none_is_shown_twice_or_left_out(world):
    for number in range(65):
        commit(world.public, world.users["admin"], [AddInline("a", b"%d" % number)], summary=f"No. {number}.")
    note_acts()
    nobody, address, seen = world.client("nobody"), "/acme/bert/activity", []
    while address:
        page = text_of(nobody, address)
        seen += re.findall(r">(No\. \d+\.)</a>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following and following[1].replace("&amp;", "&")
    assert seen == [f"No. {number}." for number in reversed(range(65))]


@pytest.mark.parametrize("page", PAGES)
def test_a_cursor_that_is_none_is_refused(world, thread, page):
    assert world.client("nobody").get(f"{page}?cursor=x").status_code == 400


def test_queries_do_not_grow_with_the_acts(world, thread):
    nobody, member = world.client("nobody"), world.client("admin")
    few = [queries(client, address) for address in PAGES + FEEDS for client in (nobody, member)]
    for _ in range(4):
        make_discussion(world.public, world.users["outsider"])
        make_repository(world.users["outsider"])
        make_repository(world.users["admin"], namespace=world.organisation)
    note_acts()
    assert [queries(client, address) for address in PAGES + FEEDS for client in (nobody, member)] == few


def test_a_repositorys_feed_has_what_happened_in_it(world, thread):
    make_pull(world.public, world.users["outsider"])
    make_release(
        repo=world.public, tag="v1", start="main", title="One", notes="", actor_user=world.users["admin"]
    )
    note_acts()
    nobody = world.client("nobody")
    assert titles(nobody, "/acme/bert/feed.atom")[:3] == [
        "anna released: v1 · acme/bert",
        "otto opened a pull request: A better card (#2) · acme/bert",
        "otto opened a discussion: A question (#1) · acme/bert",
    ]
    assert titles(nobody, "/acme/bert/feed.atom")[-1] == "anna made this repository: acme/bert · acme/bert"
    answer = nobody.get("/acme/bert/feed.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert "http://testserver/acme/bert/release/v1" in answer.content.decode()
    ids = [entry.findtext(f"{ATOM}id") for entry in entries(nobody, "/acme/bert/feed.atom")]
    assert len(ids) == len(set(ids))
    assert '<link rel="alternate" type="application/atom+xml" href="/acme/bert/feed.atom"' in text_of(
        nobody, "/acme/bert"
    )


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_that_did_not_change_is_not_sent_again(world, thread, feed):
    nobody = world.client("nobody")
    tag = nobody.get(feed)["ETag"]
    assert nobody.get(feed, headers={"If-None-Match": tag}).status_code == 304
    make_discussion(world.public, world.users["outsider"])
    note_acts()
    assert nobody.get(feed, headers={"If-None-Match": tag}).status_code == 200


def test_a_private_repositorys_feed_is_its_peoples(world):
    make_discussion(world.private, world.users["admin"])
    note_acts()
    assert world.client("nobody").get("/acme/secret/feed.atom").status_code == 404
    assert world.client("outsider").get("/acme/secret/feed.atom").status_code == 404
    assert "A question (#1)" in "".join(titles(world.client("reader"), "/acme/secret/feed.atom"))
    assert "feed.atom" not in text_of(world.client("reader"), "/acme/secret/activity")


def test_the_feed_of_a_namespace_has_what_is_public_whoever_asks(world, thread):
    make_discussion(world.private, world.users["admin"])
    own = make_repository(world.users["outsider"], name="own")
    note_acts()
    asked = "otto opened a discussion: A question (#1) · acme/bert"
    made = f"otto made this repository: {own.full_name} · otto/own"
    for who in ("nobody", "admin", "outsider"):
        assert titles(world.client(who), "/acme/feed.atom")[0] == asked
        assert not any("secret" in title for title in titles(world.client(who), "/acme/feed.atom"))
        assert titles(world.client(who), "/otto/feed.atom") == [made, asked]
    change_settings(repository=world.public, actor_user=world.users["admin"], visibility="private")
    assert titles(world.client("admin"), "/otto/feed.atom") == [made]
    assert titles(world.client("admin"), "/acme/feed.atom") == []
    assert world.client("nobody").get("/nothing/feed.atom").status_code == 404
