"""The page on which an organisation rules what is done with its scanned files, and what pages then offer."""

import pytest

from accounts.models import AuditEvent
from hub.events import Event
from hub.repos.models import ScanPolicy
from hub.repos.policies import set_scan_policy
from hub.revisions.selectors import find_file, resolve_revision
from storage import services as storage
from storage.models import Blob

PAGE = "/organisations/acme/scans"


def test_the_page_is_for_the_organisations_admins(world):
    expected = {"nobody": 302, "outsider": 404, "reader": 403, "writer": 403, "admin": 200, "moderator": 404}
    assert {who: world.client(who).get(PAGE).status_code for who in expected} == expected
    for who in expected.keys() - {"admin"}:
        world.client(who).post(PAGE, {"suspicious": "refuse"})
    assert not ScanPolicy.objects.exists()
    assert world.client("admin").get("/organisations/anna/scans").status_code == 404
    assert PAGE in world.client("admin").get("/organisations/acme/members").content.decode()
    assert PAGE not in world.client("writer").get("/organisations/acme/members").content.decode()


def test_an_admin_makes_the_rules_stricter_and_takes_them_back(world):
    admin = world.client("admin")
    assert admin.post(PAGE, {"suspicious": "refuse", "queued": "refuse"}).status_code == 302
    row = ScanPolicy.objects.get()
    assert (row.organisation, row.kind) == (world.organisation, "")
    assert (row.dangerous, row.suspicious, row.error, row.queued) == ("", "refuse", "", "refuse")
    shown = admin.get(PAGE).content.decode()
    assert shown.count('<option value="refuse" selected>') == 2
    assert AuditEvent.objects.get(event=Event.SCAN_POLICY_CHANGED).actor == world.users["admin"]
    admin.post(PAGE, {"suspicious": "", "queued": ""})
    row.refresh_from_db()
    assert (row.suspicious, row.queued) == ("", "")


@pytest.mark.parametrize("said", [{"suspicious": "serve"}, {"dangerous": "warn"}, {"error": "delete"}])
def test_only_what_is_stricter_is_offered_and_taken(world, said):
    admin = world.client("admin")
    shown = admin.get(PAGE).content.decode()
    assert 'value="serve"' not in shown
    assert shown.count('value="refuse"') == 3
    assert admin.post(PAGE, said).status_code == 200
    assert not ScanPolicy.objects.exists()


def test_what_the_hub_serves_can_be_warned_of(world):
    set_scan_policy(organisation=None, kind="model", said={"error": "serve"}, actor_user=None)
    shown = world.client("admin").get(PAGE).content.decode()
    assert shown.count('value="warn"') == 1
    assert "As this hub does: give them out<" in shown.replace("\n", "")


def test_the_pages_offer_and_show_what_the_visitor_is_given(world):
    readme = find_file(resolve_revision(world.public, None), "README.md")
    set_scan_policy(organisation=world.organisation, kind="", said={"queued": "refuse"}, actor_user=None)
    for who, given in (("nobody", False), ("reader", False), ("writer", True), ("moderator", True)):
        pages = world.client(who)
        assert ("resolve/main/config.json" in pages.get("/acme/bert/tree/main").content.decode()) == given
        file = pages.get("/acme/bert/blob/main/config.json").content.decode()
        assert ("resolve/main/config.json" in file) == given
        assert (">384</span>" in file) == given
        assert ("Turns sentences into vectors" in pages.get("/acme/bert").content.decode()) == given
    Blob.objects.update(scan_state="safe")
    assert ">384</span>" in world.client("nobody").get("/acme/bert/blob/main/config.json").content.decode()
    storage.quarantine(sha256=readme.sha256)
    for who, given in (("nobody", False), ("reader", False), ("writer", True)):
        listing = world.client(who).get("/acme/bert/tree/main").content.decode()
        assert ("resolve/main/README.md" in listing) == given


def test_a_list_costs_as_many_queries_with_rules_as_without(world, django_assert_max_num_queries):
    client = world.client("nobody")
    client.get("/acme/bert/tree/main")
    with django_assert_max_num_queries(20) as without:
        client.get("/acme/bert/tree/main")
    set_scan_policy(organisation=world.organisation, kind="", said={"queued": "refuse"}, actor_user=None)
    set_scan_policy(organisation=None, kind="model", said={"error": "refuse"}, actor_user=None)
    with django_assert_max_num_queries(len(without.captured_queries)):
        client.get("/acme/bert/tree/main")
