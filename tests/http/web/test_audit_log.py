"""The log of acts on a page, for leads and auditors: what it shows and compares, and all as a file."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.ledger import looking, services, tasks
from accounts.ledger.models import AuditLink
from accounts.models import AuditEvent
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user

PAGE, EXPORT = "/moderation/audit", "/moderation/audit/export"


@pytest.fixture
def reader(world) -> RawPathClient:
    """An auditor's browser."""
    browser = RawPathClient()
    browser.force_login(make_user("augusta", desk_role="auditor"))
    return browser


def record(*names: str) -> list[AuditEvent]:
    return [audit.record("test.happened", actor=None, subject=name, count=1) for name in names]


def change(event: AuditEvent) -> None:
    """What somebody does who may switch off triggers."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE accounts_auditevent SET subject = 'forged' WHERE id = %s", [event.pk])
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")


def remove(event: AuditEvent) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = %s", [event.pk])
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")


@pytest.mark.parametrize("address", [PAGE, EXPORT])
def test_it_exists_for_leads_and_auditors_only_and_nobody_changes_anything_there(world, address):
    for who in world.users:
        assert world.client(who).get(address).status_code == 404, who
    for role in ("trusted_reporter", "auditor", "lead"):
        browser = RawPathClient()
        browser.force_login(make_user(desk_role=role))
        assert browser.get(address).status_code == (404 if role == "trusted_reporter" else 200)
        assert browser.post(address).status_code in (404, 405)
        shown = browser.get("/moderation").content
        assert (b'href="/moderation/audit"' in shown) == (role != "trusted_reporter")
    assert b'href="/moderation/audit"' not in world.client("moderator").get("/moderation").content


def test_the_page_shows_the_newest_acts_with_who_did_them_and_says_that_they_are_as_they_were(world, reader):
    audit.record("test.happened", actor=world.users["admin"], subject="thing:1", said="<b>bold</b>")
    services.seal()
    record("not-sealed-yet")
    shown = reader.get(PAGE).content.decode()
    assert "test.happened" in shown
    assert "thing:1" in shown
    assert "anna" in shown
    assert "&lt;b&gt;bold" in shown
    assert "<b>bold" not in shown
    assert "not-sealed-yet" not in shown
    assert "1 act waits for its place in the chain." in shown
    assert "Each was compared with the chain just now, and is as it was." in shown
    assert bytes(AuditLink.objects.latest("position").digest).hex() in shown


def test_older_rows_are_on_further_pages_each_compared_in_the_same_number_of_queries(
    world, reader, monkeypatch
):
    monkeypatch.setattr(looking.part, "__kwdefaults__", {"before": None, "limit": 3})
    events = record(*"abcdefgh")
    services.seal()
    last = AuditLink.objects.latest("position").position
    with CaptureQueriesContext(connection) as few:
        assert f"?before={last - 2}" in reader.get(PAGE).content.decode()
    change(events[2])
    shown = reader.get(f"{PAGE}?before={last - 4}").content.decode()
    assert f"Event {events[2].pk} (link {last - 5}), or its link, was changed." in shown
    assert "Some of them are not what they were." in shown
    assert "Some of them" not in reader.get(PAGE).content.decode()
    record(*(f"more-{number}" for number in range(60)))
    services.seal()
    monkeypatch.setattr(looking.part, "__kwdefaults__", {"before": None, "limit": 50})
    with CaptureQueriesContext(connection) as many:
        reader.get(PAGE)
    assert len(many) == len(few) <= 15
    for odd in ("x", "-1", "²", "9" * 40):
        assert reader.get(f"{PAGE}?before={odd}").status_code == 200
    assert b"Nothing was sealed yet." in reader.get(f"{PAGE}?before=1").content


def test_a_row_that_is_gone_is_named(reader):
    events = record(*"abc")
    services.seal()
    remove(events[1])
    last = AuditLink.objects.latest("position").position
    assert f"Event {events[1].pk} (link {last - 1}) was removed." in reader.get(PAGE).content.decode()


def test_a_worker_verifies_the_whole_log_once_a_day_and_the_page_tells_what_it_found_and_when(
    reader, monkeypatch
):
    events = record(*"abc")
    services.seal()
    assert b"It was not verified yet." in reader.get(PAGE).content
    tasks.verify()
    tasks.verify()
    first = AuditEvent.objects.get(event="audit.verified")
    assert first.data["events"] == AuditLink.objects.count()
    assert (first.data["problems"], len(first.data["head"])) == ([], 64)
    shown = reader.get(PAGE).content.decode()
    assert "acts are as they were." in shown
    assert "UTC." in shown
    assert first.data["head"] in shown
    change(events[0])
    monkeypatch.setattr(services, "EVERY", timedelta(0))
    tasks.verify()
    assert AuditEvent.objects.filter(event="audit.verified").count() == 2
    shown = reader.get(PAGE).content.decode()
    assert "The log is not what it was." in shown
    assert f"Event {events[0].pk} (link" in shown
    german = reader.get(PAGE, headers={"Accept-Language": "de"}).content.decode()
    assert f"Ereignis {events[0].pk} (Glied" in german


def test_a_chain_made_anew_is_seen_by_the_head_of_the_last_good_verification_every_time(reader, monkeypatch):
    monkeypatch.setattr(services, "EVERY", timedelta(0))
    record(*"abc")
    services.seal()
    head = services.verify_daily().data["head"]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_auditlink")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM accounts_auditevent WHERE subject = 'c'")
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")
    services.seal()
    for _day in range(2):
        services.seal()
        [problem] = services.verify_daily().data["problems"]
        assert problem.startswith(f"The chain has no link {head}")


def test_the_whole_log_is_saved_as_it_is_read_and_that_it_was_is_in_it(reader):
    record(*"ab")
    services.seal()
    assert reader.head(EXPORT).status_code == 200
    assert not AuditEvent.objects.filter(event="audit.exported").exists()
    answer = reader.get(EXPORT)
    assert answer.streaming
    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.jsonl"'
    assert "no-store" in answer["Cache-Control"]
    rows = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["subject"] for row in rows[-2:]] == ["a", "b"]
    assert rows[-1]["digest"] == bytes(AuditLink.objects.latest("position").digest).hex()
    assert AuditEvent.objects.get(event="audit.exported").actor_name == "augusta"
