"""The form at a gate, what its asker sees afterwards, and the queue of its admins."""

import csv
import io

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from hub.gates.selectors import request_by
from hub.gates.services import decide, decide_several, grant
from hub.http.web.gate_queue import _cell
from hub.personal.services import delete_account
from hub.repos.gate_forms import OUTSIDE_EU
from hub.repos.gates import AccessRequest
from hub.repos.services import change_settings
from hub.revisions.operations import AddInline
from tests.factories.accounts import make_user, suspend
from tests.factories.gates import ANSWERS, CARD, ask_for, make_gated
from tests.factories.repositories import commit

ASK = "/acme/voice/ask-access"
QUEUE = "/acme/voice/settings/access"
FIELDS = ("Organisation", "Country", "Since when", "What for", "Web page", "I agree to be kind")


@pytest.fixture
def voice(world):
    return make_gated(world.users["admin"], namespace=world.organisation, name="voice", card=CARD)


def filled(client, **changes: str) -> dict[str, str]:
    """The form as the page has it, filled in."""
    seen = client.get(ASK).content.decode().partition('name="seen" value="')[2].partition('"')[0]
    answers = {f"answer-{number}": ANSWERS.get(label, "") for number, label in enumerate(FIELDS)}
    return {"seen": seen, **answers, **changes}


def text(client, address: str = "/acme/voice") -> str:
    return client.get(address).content.decode()


def test_the_form_is_what_the_card_asks(world, voice):
    page = text(world.client("outsider"), ASK)
    for words in ("Who are you?", "<strong>kind</strong>", "I agree</button>", "otto@example.org", *FIELDS):
        assert words in page
    assert 'type="date"' in page
    assert '<option value="other">Anything else</option>' in page
    assert '<option value="Kenya">Kenya</option>' in page
    assert "cc-by-nc-4.0" in page
    assert page.count("optional") == 1
    stranger = text(world.client("nobody"), ASK)
    assert "Who are you?" in stranger
    assert f"/accounts/login/?next={ASK}" in stranger
    assert "answer-0" not in stranger


def test_whoever_asks_waits_and_sees_what_became_of_it(world, voice):
    client, owner = world.client("outsider"), world.users["admin"]
    assert "Ask for access" in text(client)
    answer = client.post(ASK, filled(client))
    assert (answer.status_code, answer["Location"]) == (302, "/acme/voice")
    request = request_by(voice, world.users["outsider"])
    assert (request.status, request.language, request.fields["Country"]) == ("pending", "en", "Kenya")
    assert request.terms.startswith("Be **kind** with it.")
    for page in (text(client), text(client, ASK), text(client, "/acme/voice/tree/main")):
        assert "waits for the owners" in page
        assert "Withdraw the request" in page
    decide(request=request, status="rejected", actor_user=owner, reason="<b>Who</b> are you?")
    page = text(client)
    assert "was rejected" in page
    assert "&lt;b&gt;Who&lt;/b&gt; are you?" in page
    assert "Withdraw" not in page
    assert client.get("/acme/voice/blob/main/config.json").status_code == 403
    decide(request=request, status="accepted", actor_user=owner)
    assert "You have access to these files." in text(client)
    assert client.get("/acme/voice/blob/main/config.json").status_code == 200
    decide(request=request, status="pending", actor_user=owner)
    assert "They took a decision back" in text(client)
    assert client.get("/acme/voice/blob/main/config.json").status_code == 403


def test_who_confirmed_no_address_is_promised_no_mail(world, voice):
    client, admin, mailed = world.client("outsider"), world.client("admin"), "You are told by mail"
    assert mailed in text(client, ASK)
    assert mailed not in text(world.client("nobody"), ASK)
    EmailAddress.objects.filter(user=world.users["outsider"]).update(verified=False)
    page = text(client, ASK)
    assert mailed not in page
    assert "your address is not confirmed" in page
    client.post(ASK, filled(client))
    page = text(client)
    assert mailed not in page
    assert "your address is not confirmed" in page
    request = request_by(voice, world.users["outsider"])
    for confirmed, status, words in (
        (False, "accepted", "otto has access now. They get no mail"),
        (True, "pending", "otto has no access any more, and waits again. They are told by mail."),
        (True, "rejected", "otto was rejected. They are told by mail."),
    ):
        EmailAddress.objects.filter(user=world.users["outsider"]).update(verified=confirmed)
        request.refresh_from_db()
        data = {"status": status, "seen": request.status}
        page = admin.post(f"{QUEUE}/{request.pk}", data, follow=True).content.decode()
        assert words in page
    # Nobody is mailed about what they cannot see.
    change_settings(repository=voice, actor_user=world.users["admin"], visibility="private")
    page = admin.post(f"{QUEUE}/grant", {"user": "otto"}, follow=True).content.decode()
    assert "otto has access now. They get no mail" in page


def test_who_decided_and_left_is_taken_for_no_automatic_gate(world, voice):
    admin = make_user("abel")
    request = ask_for(voice, world.users["outsider"], ANSWERS)
    decide(request=request, status="accepted", actor_user=admin)
    delete_account(user=admin)
    page = text(world.client("admin"), f"{QUEUE}?status=accepted")
    assert "by somebody who left" in page
    assert "automatically" not in page
    change_settings(repository=voice, actor_user=world.users["admin"], gated="auto")
    ask_for(voice, make_user("eve"), ANSWERS)
    assert "automatically" in text(world.client("admin"), f"{QUEUE}?status=accepted")


def test_at_an_automatic_gate_the_form_opens_it(world, voice):
    change_settings(repository=voice, actor_user=world.users["admin"], gated="auto")
    client = world.client("outsider")
    assert "as soon as you have sent this form" in text(client, ASK)
    client.post(ASK, filled(client))
    assert client.get("/acme/voice/blob/main/config.json").status_code == 200
    assert client.post(ASK, {"withdraw": "1"}).status_code == 302
    assert client.get("/acme/voice/blob/main/config.json").status_code == 403
    assert not AccessRequest.objects.exists()


def test_every_field_that_is_wrong_is_named_and_what_was_typed_stays(world, voice):
    client = world.client("outsider")
    wrong = filled(client, **{"answer-0": "", "answer-1": "Atlantis", "answer-2": "soon", "answer-5": ""})
    answer = client.post(ASK, wrong)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Fill it in: the owners ask for it." in page
    assert "Write a date as year-month-day" in page
    assert "Tick it, or you cannot be given access." in page
    assert page.count('class="errorlist"') == 4
    assert 'value="other" selected' in page
    assert not AccessRequest.objects.exists()


def test_a_form_that_changed_meanwhile_is_shown_anew(world, voice):
    client = world.client("outsider")
    answer = client.post(ASK, filled(client, seen="older"))
    assert answer.status_code == 412
    assert b"has changed meanwhile" in answer.content
    assert not AccessRequest.objects.exists()


def test_who_has_access_or_finds_no_gate_has_nothing_to_ask(world, voice):
    assert "You have access to these files." in text(world.client("reader"), ASK)
    assert world.client("reader").post(ASK, {}).status_code == 400
    assert world.client("nobody").post(ASK, {})["Location"].startswith("/accounts/login/")
    change_settings(repository=voice, actor_user=world.users["admin"], gated="")
    client = world.client("outsider")
    assert client.get(ASK)["Location"] == "/acme/voice"
    assert client.post(ASK, {}).status_code == 400
    assert not AccessRequest.objects.exists()


def test_nobody_asks_without_end(world, voice):
    client = world.client("outsider")
    form = filled(client)
    statuses = {client.post(ASK, form | {"answer-0": ""}).status_code for _ in range(21)}
    assert statuses == {400, 429}


def test_what_an_author_writes_runs_nothing_and_the_licence_is_read_before(world):
    card = b"""---
extra_gated_heading: <script>alert(1)</script>
extra_gated_prompt: "<img src=x onerror=alert(1)> [a](javascript:alert(1))"
extra_gated_description: <script>alert(1)</script>
extra_gated_fields: {"<script>alert(1)</script>": text}
---
"""
    admin = world.users["admin"]
    voice = make_gated(admin, namespace=world.organisation, name="voice", card=card)
    commit(voice, admin, [AddInline("LICENSE", b"<script>alert(1)</script> Do no harm.")])
    page = text(world.client("outsider"), ASK)
    assert "<script>alert" not in page
    assert "onerror" not in page
    assert 'href="javascript' not in page
    assert "&lt;/script&gt; Do no harm.</pre>" in page


def test_the_queue_shows_who_waits_and_decides(world, voice):
    owner, client = world.client("admin"), world.client("outsider")
    client.post(ASK, filled(client, **{"answer-0": "<i>ACME</i>"}))
    request = request_by(voice, world.users["outsider"])
    page = text(owner, QUEUE)
    for words in (
        "otto",
        "otto@example.org",
        "&lt;i&gt;ACME&lt;/i&gt;",
        "2026-03-31",
        'Waiting <span class="tag">1',
    ):
        assert words in page
    assert "1 request waits" in text(owner, "/acme/voice/settings")
    said = {"status": "rejected", "seen": "pending", "reason": "Too vague."}
    assert owner.post(f"{QUEUE}/{request.pk}", said)["Location"] == f"{QUEUE}?status=pending"
    assert "Nobody waits." in text(owner, QUEUE)
    assert "Too vague." in text(owner, f"{QUEUE}?status=rejected")
    # The page of another admin, who read it before.
    late = owner.post(f"{QUEUE}/{request.pk}", {"status": "accepted", "seen": "pending"}, follow=True)
    assert "Somebody else decided this request" in late.content.decode()
    request.refresh_from_db()
    assert (request.status, request.reason) == ("rejected", "Too vague.")
    owner.post(f"{QUEUE}/{request.pk}", {"status": "accepted", "seen": "rejected", "reason": "left over"})
    request.refresh_from_db()
    assert (request.status, request.reason) == ("accepted", "")


def test_several_are_decided_by_one_button(world, voice):
    owner, people = world.client("admin"), [make_user(name) for name in ("a1", "b2", "c3", "d4")]
    asked = [ask_for(voice, user, ANSWERS) for user in people]
    page = text(owner, QUEUE)
    assert page.count('type="checkbox" name="request"') == page.count('form="several"') == 4
    decide(request=asked[2], status="rejected", actor_user=world.users["admin"], reason="No.")
    ticked = [str(request.pk) for request in asked[:3]]
    said = {"request": ticked, "status": "accepted", "seen": "pending", "reason": "left over"}
    answer = owner.post(f"{QUEUE}/several", said, follow=True).content.decode()
    assert "2 people have access now." in answer
    assert "1 request was decided or withdrawn meanwhile" in answer
    standing = {row.user.username: (row.status, row.reason) for row in AccessRequest.objects.all()}
    assert standing == {
        "a1": ("accepted", ""),
        "b2": ("accepted", ""),
        "c3": ("rejected", "No."),
        "d4": ("pending", ""),
    }
    told = AuditEvent.objects.filter(event="access.accepted").order_by("pk")
    assert [(event.actor_name, event.data["user"]) for event in told] == [("anna", "a1"), ("anna", "b2")]
    back = {"request": ticked[:2], "status": "rejected", "seen": "accepted", "reason": "Too many."}
    owner.post(f"{QUEUE}/several", back)
    assert AccessRequest.objects.filter(status="rejected", reason="Too many.").count() == 2


def test_nothing_ticked_a_wrong_word_and_another_repositorys_requests_change_nothing(world, voice):
    other = ask_for(make_gated(world.users["moderator"]), world.users["outsider"])
    own = ask_for(voice, world.users["outsider"], ANSWERS)
    owner, post = world.client("admin"), {"status": "accepted", "seen": "pending"}
    for ticked in ([], ["x"], ["-1"], ["9" * 30]):
        assert owner.post(f"{QUEUE}/several", post | {"request": ticked}).status_code == 400
    for change in ({"status": "open"}, {"seen": ""}, {"status": "pending"}, {"reason": "x" * 201}):
        sent = post | {"request": [str(own.pk)]} | change
        assert owner.post(f"{QUEUE}/several", sent).status_code in (400, 409)
    owner.post(f"{QUEUE}/several", post | {"request": [str(other.pk)]})
    assert {row.status for row in AccessRequest.objects.all()} == {"pending"}


def test_deciding_many_costs_what_deciding_few_does(world, voice):
    def queries(number: int) -> int:
        asked = [ask_for(voice, make_user(), ANSWERS) for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            decide_several(
                repository=voice,
                ids=[request.pk for request in asked],
                status="accepted",
                actor_user=world.users["admin"],
                seen="pending",
            )
        return len(captured)

    assert queries(2) == queries(12)


def test_whoever_asks_where_the_union_is_left_out_says_that_they_are_not_in_it(world):
    card = b"---\nextra_gated_eu_disallowed: true\nextra_gated_fields: {Organisation: text}\n---\n# Thing\n"
    make_gated(world.users["admin"], namespace=world.organisation, name="voice", card=card)
    client = world.client("outsider")
    assert OUTSIDE_EU in text(client, ASK)
    seen = text(client, ASK).partition('name="seen" value="')[2].partition('"')[0]
    assert client.post(ASK, {"seen": seen, "answer-0": "ACME"}).status_code == 400
    assert not AccessRequest.objects.exists()
    client.post(ASK, {"seen": seen, "answer-0": "ACME", "answer-1": "on"})
    assert AccessRequest.objects.get().answers == [["Organisation", "ACME"], [OUTSIDE_EU, True]]


def test_somebody_is_let_in_by_name_and_a_wrong_name_is_said(world, voice):
    owner = world.client("admin")
    assert owner.post(f"{QUEUE}/grant", {"user": " otto "})["Location"] == f"{QUEUE}?status=accepted"
    for name in ("otto", "nobody-there", "acme", "anna", ""):
        answer = owner.post(f"{QUEUE}/grant", {"user": name})
        assert (answer.status_code, b'class="errorlist"' in answer.content) == (400, True)
    assert [request.user.username for request in AccessRequest.objects.all()] == ["otto"]
    assert "gave it to you" in text(world.client("outsider"))


def test_a_request_of_another_repository_or_a_wrong_word_changes_nothing(world, voice):
    other = make_gated(world.users["moderator"])
    request = ask_for(other, world.users["outsider"])
    own = ask_for(voice, world.users["outsider"], ANSWERS)
    owner = world.client("admin")
    assert owner.post(f"{QUEUE}/{request.pk}", {"status": "accepted", "seen": "pending"}).status_code == 404
    for said in ({"status": "open", "seen": "pending"}, {"status": "accepted"}, {}):
        assert owner.post(f"{QUEUE}/{own.pk}", said).status_code == 400
    for query in ("?status=open", "?cursor=x", "?search=" + "x" * 201):
        assert owner.get(QUEUE + query).status_code == 400
    assert {row.status for row in AccessRequest.objects.all()} == {"pending"}


def test_a_gate_that_is_gone_leaves_a_list_to_read(world, voice):
    request = ask_for(voice, world.users["outsider"], ANSWERS)
    change_settings(repository=voice, actor_user=world.users["admin"], gated="")
    page = text(world.client("admin"), QUEUE)
    assert "otto" in page
    assert "has no gate now" in page
    assert "Accept" not in page.replace("Accepted", "")
    said = {"status": "accepted", "seen": "pending"}
    assert world.client("admin").post(f"{QUEUE}/{request.pk}", said).status_code == 400


def test_the_queue_costs_the_same_however_many_wait(world, voice):
    client = world.client("admin")

    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert b"".join(client.get(address)).count(b"asker") > 0
        return len(captured)

    ask_for(voice, make_user("asker"), ANSWERS)
    before = [queries(QUEUE), queries(f"{QUEUE}/export")]
    for number in range(60):
        ask_for(voice, make_user(f"asker{number}"), ANSWERS)
    assert [queries(QUEUE), queries(f"{QUEUE}/export")] == before
    page = text(client, QUEUE)
    onward = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = text(client, onward)
    assert (page.count("mailto:"), rest.count("mailto:")) == (50, 11)
    assert text(client, f"{QUEUE}?search=ASKER59").count("mailto:") == 1


def test_the_table_to_take_along_runs_nothing_in_a_spreadsheet(world, voice):
    make_asker = ANSWERS | {"Organisation": '=HYPERLINK("http://evil")', "Web page": 'a;b,"c"\nd'}
    ask_for(voice, make_user("evil", full_name="+1-2"), make_asker)
    ask_for(voice, gone := make_user("gone"), ANSWERS)
    suspend(gone)
    grant(repository=voice, user=world.users["outsider"], actor_user=world.users["admin"])
    answer = world.client("admin").get(f"{QUEUE}/export")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="voice-access.csv"' in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode().removeprefix("\ufeff"))))
    assert [row["username"] for row in rows] == ["otto", "evil"]
    otto, evil = rows
    assert (otto["email"], otto["given_unasked"], otto["decided_by"], otto["Organisation"]) == (
        "",
        "yes",
        "anna",
        "",
    )
    assert evil["Organisation"] == '\'=HYPERLINK("http://evil")'
    assert evil["full_name"] == "'+1-2"
    for formula in ("=1", "+1", "-1", "@A", " =1", "\t=1", "\n=1", "\uff1d1"):
        assert _cell(formula) == f"'{formula}"
    assert (_cell("a=1"), _cell(True), _cell(3)) == ("a=1", "yes", "3")
    assert evil["Web page"] == 'a;b,"c"\nd'
    assert evil["I agree to be kind"] == "yes"
    assert len(evil["terms_sha256"]) == 64
    assert list(evil)[-6:] == list(FIELDS)
