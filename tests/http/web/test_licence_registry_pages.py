"""The licences that the hub knows: everybody reads them, and leads of the desk register others."""

import re

import pytest

from accounts.models import AuditEvent
from hub.events import Event
from hub.http.web.licence_forms import ChangeLicenceForm
from hub.licensing import tasks
from hub.licensing.models import RegisteredLicence
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

TEXT = (
    "The Pond Licence. Whoever swims in this pond may also take a frog home, if the frog agrees to it. " * 4
)
NONE_OF_THEM = {
    f"{prefix}-{name}": value
    for prefix in ("conditions", "duties")
    for name, value in (("TOTAL_FORMS", "2"), ("INITIAL_FORMS", "0"))
}
POND = NONE_OF_THEM | {
    "key": "pond-1.0",
    "name": "Pond Licence 1.0",
    "text": TEXT,
    "source_url": "https://pond.example/licence",
    "kind": "community",
    "commercial": "conditional",
    "derivatives": "yes",
    "use_restrictions": "none",
    "aliases": "Pond\nPond License",
    "conditions-0-kind": "mau",
    "conditions-0-limit": "5000",
    "duties-0-kind": "ui_text",
    "duties-0-text": "Built with frogs",
    "duties-0-clause": "2(b)",
}
CHANGED = {name: value for name, value in POND.items() if name != "key"}
DESK = "/moderation/licences"


@pytest.fixture
def lead(world) -> RawPathClient:
    """The browser of somebody who leads the desk."""
    client = RawPathClient()
    client.force_login(make_user("lea", desk_role="lead"))
    return client


def page(client: RawPathClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def seen(shown: str) -> str:
    """The version that a page was made of."""
    return re.search(r'name="seen" value="([^"]+)"', shown)[1]


def test_everybody_reads_what_a_licence_allows_and_asks(world):
    client = world.client("nobody")
    assert 'href="/licences/apache-2.0"' in page(client, "/licences")
    shown = page(client, "/licences/llama3.1")
    for words in ("Llama 3.1", "700,000,000", "Built with Llama</pre>", "1.b.i", '<tr id="commercial">'):
        assert words in shown, words
    assert 'href="/licences/openrail++"' in page(client, "/licences?search=openrail")
    assert "++" in page(client, "/licences/openrail++")
    assert client.get("/licences/absent").status_code == 404


def test_the_list_is_narrowed_by_words_kind_and_answers(world):
    client = world.client("nobody")
    assert "/licences/mit" in page(client, "/licences?search=MIT")
    assert "/licences/apache-2.0" not in page(client, "/licences?search=MIT")
    shown = page(client, "/licences?kind=noncommercial&commercial=no")
    assert "/licences/cc-by-nc-4.0" in shown
    assert '"/licences/mit"' not in shown
    assert "No licence is like that." in page(client, "/licences?search=zzz")
    assert '"/licences/mit"' in page(client, "/licences?kind=nonsense")


def test_public_repositories_under_a_licence_are_counted(world):
    base = make_repository(files={"README.md": b"---\nlicense: cc-by-nc-4.0\n---\n"})
    below = make_repository(files={"README.md": f"---\nbase_model: {base.full_name}\n---\n".encode()})
    hidden = make_repository(visibility="private", files={"README.md": b"---\nlicense: cc-by-nc-4.0\n---\n"})
    for repository in (base, below, hidden):
        repository.refresh_from_db()
        tasks.check(repository.pk, repository.head)
    assert "2 public repositories" in page(world.client("nobody"), "/licences/cc-by-nc-4.0")


def test_a_lead_registers_a_licence_that_everybody_reads(world, lead):
    answer = lead.post(DESK, POND)
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    row = RegisteredLicence.objects.get(key="pond-1.0")
    assert row.fields["conditions"] == [{"kind": "mau", "limit": 5000}]
    assert row.fields["duties"] == [{"kind": "ui_text", "text": "Built with frogs", "clause": "2(b)"}]
    assert row.fields["aliases"] == ["Pond", "Pond License"]
    shown = page(world.client("nobody"), "/licences/pond-1.0")
    for words in ("Built with frogs</pre>", "5,000 users", "lea", "https://pond.example/licence", "2(b)"):
        assert words in shown, words
    assert "Pond Licence 1.0" in page(world.client("nobody"), "/licences?kind=community")
    assert AuditEvent.objects.filter(event=Event.LICENCE_REGISTERED).exists()


def test_a_lead_changes_and_retires_one(world, lead):
    lead.post(DESK, POND)
    address = f"{DESK}/pond-1.0"
    shown = page(lead, address)
    assert "Built with frogs" in shown
    changed = CHANGED | {
        "seen": seen(shown),
        "name": "Pond Licence 1.1",
        "retired": "on",
        "conditions-0-kind": "",
    }
    assert lead.post(address, changed).status_code == 302
    row = RegisteredLicence.objects.get(key="pond-1.0")
    assert (row.name, row.retired, row.fields.get("conditions")) == ("Pond Licence 1.1", True, None)
    assert "retired" in page(world.client("nobody"), "/licences/pond-1.0")
    assert "Pond" not in page(world.client("nobody"), "/licences?kind=community")
    assert lead.get(f"{DESK}/absent").status_code == 404


def test_what_a_form_shows_it_keeps(world, lead):
    said = {
        "compatible": "gpl-3.0\ncc-by-sa-4.0",
        "clause_commercial": "3.2",
        "clause_patent": "7",
        "policy_url": "https://pond.example/policy",
    }
    lead.post(DESK, POND | said)
    before = RegisteredLicence.objects.get().fields
    assert before["compatible"] == ["gpl-3.0", "cc-by-sa-4.0"]
    assert before["clauses"] == {"commercial": "3.2", "patent": "7"}
    again = ChangeLicenceForm.said_of(RegisteredLicence.objects.get())
    told = {name: value for name, value in POND.items() if name.startswith(("conditions-", "duties-"))}
    told |= {"conditions-INITIAL_FORMS": "1", "duties-INITIAL_FORMS": "1"}
    told |= {"name": "Pond Licence 1.1", "seen": RegisteredLicence.objects.get().version}
    assert lead.post(f"{DESK}/pond-1.0", again | told).status_code == 302
    assert RegisteredLicence.objects.get().fields == before
    shown = page(world.client("nobody"), "/licences/pond-1.0")
    for words in ("3.2", "gpl-3.0, cc-by-sa-4.0", 'href="https://pond.example/policy"'):
        assert words in shown, words


def test_a_page_names_a_registered_licence_as_it_names_others(world, lead):
    lead.post(DESK, POND)
    text = "---\nlicense: other\nlicense_name: pond-1.0\nlicense_link: LICENSE\n---\n"
    made = make_repository(
        files={"README.md": text.encode(), "LICENSE": b"SPDX-License-Identifier: pond-1.0"}
    )
    tasks.check(made.pk, made.head)
    shown = page(world.client("nobody"), f"/{made.full_name}/licence")
    assert "Pond Licence 1.0" in shown
    assert "an SPDX tag" in shown


def test_a_lead_who_saves_what_another_changed_meanwhile_is_told_and_keeps_what_was_typed(world, lead):
    lead.post(DESK, POND)
    address = f"{DESK}/pond-1.0"
    read = seen(page(lead, address))
    assert lead.post(address, CHANGED | {"seen": read, "name": "Pond Licence 1.1"}).status_code == 302
    mine = CHANGED | {"seen": read, "name": "My Pond Licence"}
    for _ in range(2):
        wrong = lead.post(address, mine | {"commercial": "perhaps"}).content.decode()
        assert seen(wrong) == read
        answer = lead.post(address, mine)
        shown = answer.content.decode()
        assert answer.status_code == 412
        for words in ("lea changed it meanwhile", 'value="My Pond Licence"', "<h1>Pond Licence 1.1</h1>"):
            assert words in shown, words
    assert RegisteredLicence.objects.get().name == "Pond Licence 1.1"
    assert lead.post(address, CHANGED | {"name": "My Pond Licence"}).status_code == 412
    assert lead.post(address, mine | {"seen": seen(shown)}).status_code == 302
    assert RegisteredLicence.objects.get().name == "My Pond Licence"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": "Too short."}, "Paste the whole text"),
        ({"key": "mit"}, "comes with a licence of this name"),
        ({"key": "A b"}, "Small letters"),
        ({"commercial": "perhaps"}, "Select a valid choice"),
        ({"conditions-0-limit": "-1"}, "greater than or equal to 0"),
        ({"key": "other"}, "is no name for a licence"),
        ({"aliases": "Apache 2.0"}, "is a name of the licence"),
        ({"conditions-0-what": "Frog", "conditions-0-kind": "revenue_year"}, "It shows no name."),
        ({"conditions-0-kind": "revenue_month"}, "It needs the name that is shown."),
        ({"conditions-0-limit": ""}, "It needs the number from which it counts."),
        ({"conditions-0-kind": "guardrails"}, "It counts from no number."),
        ({"policy_url": "javascript:alert(1)"}, "valid URL"),
        ({"duties-0-kind": "dance"}, "Select a valid choice"),
        ({"conditions-TOTAL_FORMS": "9999"}, ""),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(world, lead, wrong, words):
    answer = lead.post(DESK, POND | wrong)
    assert answer.status_code in (200, 400)
    assert words in answer.content.decode()
    assert not RegisteredLicence.objects.exists()


def test_a_text_is_compared_with_those_known_and_nothing_is_kept(world, lead):
    lead.post(DESK, POND)
    shown = lead.post(DESK, NONE_OF_THEM | {"text": TEXT, "compare": "1"}).content.decode()
    assert "The text is near to:" in shown
    assert "Pond Licence 1.0" in shown
    assert (
        "near to no licence" in lead.post(DESK, NONE_OF_THEM | {"text": "x", "compare": "1"}).content.decode()
    )
    assert RegisteredLicence.objects.count() == 1


def test_nobody_but_leads_changes_what_licences_say(world, lead):
    for who in ("nobody", "outsider", "writer", "admin"):
        assert world.client(who).get(DESK).status_code == 404
        assert world.client(who).post(DESK, POND).status_code == 404
    assert "Register a licence" not in page(world.client("moderator"), DESK)
    assert world.client("moderator").post(DESK, POND).status_code == 403
    lead.post(DESK, POND)
    assert world.client("moderator").get(f"{DESK}/pond-1.0").status_code == 403
    assert world.client("moderator").post(f"{DESK}/pond-1.0", POND | {"name": "Mine"}).status_code == 403
    assert RegisteredLicence.objects.get().name == "Pond Licence 1.0"
