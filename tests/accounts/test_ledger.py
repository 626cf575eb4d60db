"""The chain over the log of acts: what somebody with the database in their hands did to it is seen."""

import io
import json
from contextlib import contextmanager
from threading import Event as Signal
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.ledger import services
from accounts.ledger.hashing import START, canonical, digest
from accounts.ledger.models import AuditLink
from accounts.ledger.selectors import verify
from accounts.models import AuditEvent
from tests.factories.accounts import make_user
from tests.racing import failures, race

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30
GUARDED = ("accounts_auditevent", "accounts_auditlink")


@contextmanager
def unguarded():
    """What somebody does who may switch off triggers, as the tables' owner may."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def record(*names: str) -> list[AuditEvent]:
    """Record acts."""
    return [audit.record("test.happened", actor=None, subject=name, count=1) for name in names]


@pytest.fixture
def sealed():
    """Five acts with their places in the chain."""
    events = record(*"abcde")
    assert services.seal() == 5
    return events


def test_a_log_that_nobody_touched_is_as_it_was(sealed):
    record("f")
    found = verify()
    assert (found.events, found.waiting, found.problems) == (5, 1, [])
    assert services.seal() == 1
    assert services.seal() == 0
    later = verify(noted=found.head)
    assert (later.events, later.waiting, later.problems) == (6, 0, [])
    assert later.head != found.head


def test_an_empty_log_has_no_head():
    assert (verify().events, verify().head, verify().problems) == (0, "", [])


def test_everything_of_an_act_is_in_the_chain():
    user = make_user("ada")
    audit.record("test.happened", actor=user, subject="ü:1", ratio=0.1, nested={"b": [1, None], "a": "ß"})
    services.seal()
    assert verify().problems == []
    for column, value in {
        "event": "'other'",
        "actor_id": "NULL",
        "actor_name": "'bob'",
        "subject": "'u:1'",
        "data": "data || '{\"ratio\": 0.2}'",
        "created_at": "created_at + interval '1 microsecond'",
    }.items():
        last = AuditEvent.objects.latest("pk")
        with unguarded() as cursor:
            cursor.execute("CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM accounts_auditevent")
            cursor.execute(f"UPDATE accounts_auditevent SET {column} = {value} WHERE id = %s", [last.pk])
            assert len(verify().problems) == 1, column
            cursor.execute(
                f"UPDATE accounts_auditevent AS now SET {column} = kept.{column} FROM kept "
                "WHERE kept.id = now.id"
            )
    assert verify().problems == []


def test_a_changed_act_is_named_and_no_other(sealed):
    with unguarded() as cursor:
        cursor.execute("UPDATE accounts_auditevent SET subject = 'x' WHERE id = %s", [sealed[2].pk])
    [problem] = verify().problems
    assert problem == f"Event {sealed[2].pk} (link 3), or its link, was changed."


def test_a_removed_act_is_named(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = %s", [sealed[1].pk])
    assert verify().problems == [f"Event {sealed[1].pk} (link 2) was removed."]


def test_a_removed_link_is_named_with_the_act_that_lost_it(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_auditlink WHERE position = 3")
    assert "Link 3 of the chain was removed." in verify().problems


def test_an_act_and_its_link_cannot_go_together_unseen(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = %s", [sealed[2].pk])
        cursor.execute("DELETE FROM accounts_auditlink WHERE position = 3")
        cursor.execute("UPDATE accounts_auditlink SET position = position - 1 WHERE position > 3")
    assert verify().problems == [f"Event {sealed[3].pk} (link 3), or its link, was changed."]


def test_a_changed_link_is_seen_at_itself_and_at_the_next(sealed):
    with unguarded() as cursor:
        cursor.execute("UPDATE accounts_auditlink SET digest = %s WHERE position = 2", [START])
    assert [problem.split(" (")[1][:6] for problem in verify().problems] == ["link 2", "link 3"]


def test_an_act_that_was_put_in_later_has_no_link(sealed):
    with unguarded() as cursor:
        cursor.execute("UPDATE accounts_auditlink SET sealed_at = now() - interval '2 days'")
        cursor.execute(
            "INSERT INTO accounts_auditevent (id, event, actor_name, subject, data, created_at) "
            "SELECT min(id) - 1, 'test.forged', '', 'x', '{}', now() FROM accounts_auditevent"
        )
    assert services.seal() == 0
    assert verify().problems == [f"Event {sealed[0].pk - 1} was put in later: it has no link."]


def test_an_end_that_was_removed_and_a_chain_made_anew_are_seen_by_who_noted_its_head(sealed):
    head = verify().head
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent WHERE id = %s", [sealed[4].pk])
        cursor.execute("TRUNCATE accounts_auditlink")
    services.seal()
    assert verify().problems == []
    [problem] = verify(noted=head).problems
    assert problem.startswith(f"The chain has no link {head}")


def test_an_act_whose_transaction_ends_late_is_sealed_late(sealed):
    recorded, go_on = Signal(), Signal()

    def late() -> None:
        with transaction.atomic():
            record("late")
            recorded.set()
            go_on.wait(SECONDS)
        connection.close()

    thread = Thread(target=late)
    thread.start()
    assert recorded.wait(SECONDS)
    [after] = record("after")
    assert services.seal() == 1
    go_on.set()
    thread.join(SECONDS)
    assert services.seal() == 1
    assert AuditLink.objects.latest("position").event < after.pk
    assert verify().problems == []


def test_an_act_that_ended_late_is_sealed_however_long_nobody_sealed_since(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_auditlink WHERE event = %s", [sealed[3].pk])
        cursor.execute("UPDATE accounts_auditlink SET position = 4 WHERE event = %s", [sealed[4].pk])
        cursor.execute("UPDATE accounts_auditlink SET sealed_at = now() - interval '3 days'")
    found = verify()
    assert found.waiting == 1
    assert not [problem for problem in found.problems if "put in later" in problem]
    assert services.seal() == 1
    assert AuditLink.objects.latest("position").event == sealed[3].pk


def test_of_many_who_seal_at_once_none_breaks_the_chain():
    record(*(f"act-{number}" for number in range(40)))
    assert failures(race([services.seal] * 4)) == []
    services.seal()
    found = verify()
    assert (found.events, found.waiting, found.problems) == (40, 0, [])


def test_a_long_log_is_sealed_and_read_in_pieces(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    monkeypatch.setattr("accounts.ledger.selectors.PAGE", 2)
    record(*"abcdefg")
    assert services.seal(most=4) == 6
    assert services.seal() == 1
    assert (verify().events, verify().problems) == (7, [])


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_auditlink SET event = 1", "DELETE FROM accounts_auditlink"]
)
def test_links_can_only_be_added(sealed, statement):
    with (
        pytest.raises(IntegrityError, match="accounts_auditlink is append-only"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_export_is_enough_to_compute_the_chain_again(sealed):
    out = io.StringIO()
    call_command("export_audit", stdout=out)
    before, position = START, 0
    for line in out.getvalue().splitlines():
        row = json.loads(line)
        written = json.dumps(
            [row[name] for name in ("id", "event", "actor", "actor_name", "subject", "data", "created_at")],
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()
        before, position = digest(before, written), position + 1
        assert (row["position"], row["digest"]) == (position, before.hex())
    assert (position, before.hex()) == (5, verify().head)


def test_the_written_form_does_not_depend_on_the_order_of_keys_or_the_zone():
    event = AuditEvent(id=1, event="a", subject="b", data={"y": 1, "x": 2})
    fields = {"id": 1, "event": "a", "actor": None, "actor_name": "", "subject": "b"}
    at = event.created_at
    assert canonical(**fields, data={"y": 1, "x": 2}, created_at=at) == canonical(
        **fields, data={"x": 2, "y": 1}, created_at=at.astimezone()
    )


def test_the_command_tells_the_head_and_fails_when_something_is_wrong(sealed):
    out, wrong = io.StringIO(), io.StringIO()
    call_command("verify_audit", stdout=out)
    head = verify().head
    assert out.getvalue().splitlines() == [
        "5 events are as they were; 0 wait to be sealed.",
        f"Head: {head}",
    ]
    call_command("verify_audit", "--noted", head, stdout=out)
    with pytest.raises(CommandError):
        call_command("verify_audit", "--noted", "0" * 64, stderr=wrong)
    assert "made anew" in wrong.getvalue()
