"""The policies for everybody, and at the desk the policies and automatic rules that leads change."""

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from contributions.moderation.models import AutoRule, Policy
from contributions.moderation.rules import REASON_MIN
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.moderation import decide_case, make_report

OUTSIDE = ("nobody", "outsider", "reader", "writer", "admin")
DESK = ("moderator", "auditor", "lead")
POLICY = {
    "title": "No cats",
    "text": "Models of cats live elsewhere.",
    "reasons": "It shows a cat.",
    "due_hours": "24",
    "confirm_above": "100",
    "appeal_days": "200",
    "waiting_days": "0",
}
NEW_POLICY = POLICY | {"slug": "cats", "cause": "other"}
RULE = {
    "cause": "spam",
    "verdict": "",
    "reports": "2",
    "trusted": "1",
    "younger_than_days": "7",
    "withholds": "on",
    "enabled": "on",
}
NEW_RULE = RULE | {"slug": "spam-twice"}
PAGES = ("/moderation/policies", "/moderation/rules")
ONES = ("/moderation/policies/spam", "/moderation/rules/scanner-found-danger")
# Everything that changes something, with what it is sent.
CHANGES = {
    "/moderation/policies": NEW_POLICY,
    "/moderation/policies/spam": POLICY,
    "/moderation/policies/misuse/delete": {},
    "/moderation/rules": NEW_RULE,
    "/moderation/rules/scanner-suspects": RULE,
    "/moderation/rules/scanner-suspects/switch": {"enabled": "true"},
    "/moderation/rules/scanner-suspects/delete": {},
}


@pytest.fixture
def client(world):
    """A browser in which somebody is logged in, also an auditor or a lead."""

    def of(who: str) -> RawPathClient:
        if who in world.users:
            return world.client(who)
        browser = RawPathClient()
        browser.force_login(make_user(desk_role=who))
        return browser

    return of


def rows() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in (Policy, AutoRule)]


def text(answer) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.mark.parametrize("who", [*OUTSIDE, *DESK])
def test_everybody_reads_the_policies_with_their_deadlines(client, who):
    answer = client(who).get("/policies")
    assert answer.status_code == 200
    shown = text(answer)
    assert "Nothing that harms whoever loads it" in shown
    assert "Cases are to be decided within 24 hours." in shown
    assert "Cases are to be decided within 7 days." in shown
    assert "Those concerned can appeal for 180 days; another moderator decides." in shown
    assert "brings back what was withheld after 14 days" in shown
    assert b'id="spam"' in answer.content


def test_words_that_people_write_into_policies_are_shown_escaped(client):
    Policy.objects.filter(slug="spam").update(title="<b>bold</b>", text="<script>alert(1)</script>")
    shown = client("nobody").get("/policies").content
    assert b"&lt;b&gt;bold" in shown
    assert b"<script>alert" not in shown


@pytest.mark.parametrize("address", [*PAGES, *ONES])
@pytest.mark.parametrize("who", OUTSIDE)
def test_outside_the_desk_its_pages_do_not_exist(client, who, address):
    assert client(who).get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", DESK)
def test_the_desk_reads_and_only_leads_get_forms(client, who, address):
    answer = client(who).get(address)
    assert answer.status_code == 200
    assert (b'name="slug"' in answer.content) == (who == "lead")


@pytest.mark.parametrize("address", ONES)
def test_only_leads_open_one_to_change_it(client, address):
    assert {who: client(who).get(address).status_code for who in DESK} == {
        "moderator": 403,
        "auditor": 403,
        "lead": 200,
    }
    assert client("lead").get(f"{address}-not").status_code == 404


@pytest.mark.parametrize("address", CHANGES)
def test_nobody_but_leads_changes_anything(client, address):
    before = rows()
    for who in (*OUTSIDE, "auditor"):
        assert client(who).post(address, CHANGES[address]).status_code == 404, who
    assert client("moderator").post(address, CHANGES[address]).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("address", [address for address in CHANGES if "misuse" not in address])
def test_a_lead_changes_what_there_is_and_it_is_on_the_record(client, address):
    before = rows()
    answer = client("lead").post(address, CHANGES[address])
    assert (answer.status_code, answer.get("Location")) == (302, "/".join(address.split("/")[:3]))
    assert rows() != before
    assert AuditEvent.objects.latest("pk").event.startswith(("policy.", "rule."))


def test_what_cannot_be_deleted_is_said(client):
    answer = client("lead").post("/moderation/policies/misuse/delete")
    assert answer.status_code == 400
    assert b"this is the last one" in answer.content
    assert Policy.objects.filter(slug="misuse").exists()


@pytest.mark.parametrize(
    ("address", "change"),
    [
        ("/moderation/policies", {"slug": "spam"}),
        ("/moderation/policies", {"slug": "No Cats"}),
        ("/moderation/policies", {"cause": "cats"}),
        ("/moderation/policies", {"due_hours": "0"}),
        ("/moderation/policies", {"appeal_days": "soon"}),
        ("/moderation/policies", {"text": "a\0text that is long"}),
        ("/moderation/rules", {"reports": "0", "trusted": "0"}),
        ("/moderation/rules", {"trusted": "3"}),
        ("/moderation/rules", {"verdict": "dangerous"}),
        ("/moderation/rules", {"withholds": ""}),
        ("/moderation/rules", {"slug": "scanner-suspects"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_changes_nothing(client, address, change):
    before = rows()
    answer = client("lead").post(address, CHANGES[address] | change)
    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert rows() == before


def test_the_rules_are_told_in_words_with_what_they_did_and_what_was_undone(client, world):
    client("lead").post(
        "/moderation/rules", RULE | {"slug": "one", "reports": "1", "trusted": "0", "younger_than_days": "0"}
    )
    decide_case(make_report(world.public).case, "none")
    shown = text(client("auditor").get("/moderation/rules"))
    assert "At least 1 person reports it." in shown
    assert "A scanner finds a file dangerous." in shown
    assert "Its owner has been here for less than 7 days." in shown
    assert "A case is made of it, and nothing is withheld." in shown
    assert "withheld 1 time, 1 of them undone" in shown
    AutoRule.objects.filter(slug="one").delete()
    assert "one Gone withheld 1 time" in text(client("auditor").get("/moderation/rules"))


@pytest.mark.parametrize(
    ("address", "new"), [("/moderation/policies", NEW_POLICY), ("/moderation/rules", NEW_RULE)]
)
def test_the_pages_take_the_same_queries_however_many_rows_there_are(client, address, new):
    browser, taken = client("lead"), []
    for number in range(3):
        browser.post(address, new | {"slug": f"more-{number}"})
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        taken.append(len(captured))
    assert taken[0] == taken[1] == taken[2]


def test_the_decision_form_has_the_first_policys_template_and_those_of_all(client, world):
    Policy.objects.filter(slug="spam").update(reasons="It only advertises.")
    Policy.objects.filter(slug="other").update(reasons='It says "no".')
    case = make_report(world.public).case
    shown = client("moderator").get(f"/moderation/{case.pk}").content.decode()
    assert re.search(r'<textarea name="reason"[^>]*>\s*It only advertises\.</textarea>', shown)
    prepared = json.loads(unescape(re.search(r'data-reasons="([^"]*)"', shown)[1]))
    assert (prepared["spam"], prepared["other"]) == ("It only advertises.", 'It says "no".')


def test_each_cause_of_a_new_hub_has_a_template_in_the_moderators_language(client, world):
    desk = client("moderator")
    desk.cookies["language"] = "de"
    shown = desk.get(f"/moderation/{make_report(world.public).case.pk}").content.decode()
    prepared = json.loads(unescape(re.search(r'data-reasons="([^"]*)"', shown)[1]))
    assert prepared["spam"].startswith("Es wirbt nur")
    assert all(len(words) >= REASON_MIN for words in prepared.values())


def test_case_and_statement_lead_to_the_policy(client, world):
    case = make_report(world.public).case
    decide_case(case, "warn")
    assert b'href="/policies#spam"' in client("moderator").get(f"/moderation/{case.pk}").content
    assert b'href="/policies#spam"' in client("admin").get(f"/moderation/{case.pk}/statement").content


def test_the_queue_leads_to_policies_rules_and_numbers(client):
    shown = client("moderator").get("/moderation").content
    for address in (*PAGES, "/transparency"):
        assert f'href="{address}"'.encode() in shown


def test_a_case_is_claimed_from_the_queue_by_those_who_decide(client, world):
    case = make_report(world.public).case
    claim = f'formaction="/moderation/{case.pk}/claim"'.encode()
    assert claim in client("moderator").get("/moderation").content
    assert claim not in client("auditor").get("/moderation").content
    client("moderator").post(f"/moderation/{case.pk}/claim", {"act": "claim"})
    case.refresh_from_db()
    assert case.claimed_by == world.users["moderator"]
    assert claim not in client("moderator").get("/moderation").content
