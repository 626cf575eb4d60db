import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.errors import AppendOnly
from accounts.events import AccountEvent
from accounts.models import AuditEvent, User
from hub.events import Event
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch):
    """What a subscriber to "test.happened" was told."""
    heard: list[str] = []
    monkeypatch.setitem(audit._subscribers, "test.happened", [lambda event: heard.append(event.subject)])
    return heard


def record(subject: str = "thing:1", actor: User | None = None) -> AuditEvent:
    return audit.record("test.happened", actor=actor, subject=subject, count=1)


def test_an_act_is_recorded_with_who_did_it():
    user = make_user("ada")
    row = AuditEvent.objects.get(pk=record(actor=user).pk)
    assert (row.event, row.actor, row.actor_name, row.subject) == ("test.happened", user, "ada", "thing:1")
    assert row.data == {"count": 1}


def test_the_hub_itself_acts_without_a_name():
    assert (record().actor, record().actor_name) == (None, "")


@pytest.mark.django_db(transaction=True)
def test_subscribers_hear_of_an_act_after_the_commit_only(heard):
    with transaction.atomic():
        record()
        assert heard == []
    assert heard == ["thing:1"]


@pytest.mark.django_db(transaction=True)
def test_an_act_that_was_rolled_back_is_neither_logged_nor_announced(heard):
    def fail_halfway() -> None:
        with transaction.atomic():
            record()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert heard == []
    assert not AuditEvent.objects.filter(event="test.happened").exists()


@pytest.mark.django_db(transaction=True)
def test_a_subscriber_that_fails_does_not_silence_the_next(heard, caplog):
    def fail(event: AuditEvent) -> None:
        raise ZeroDivisionError

    audit._subscribers["test.happened"].insert(0, fail)
    record()
    assert heard == ["thing:1"]
    assert "ZeroDivisionError" in caplog.text


def test_registering_twice_is_hearing_once(monkeypatch):
    monkeypatch.setitem(audit._subscribers, "test.happened", [])
    subscriber = audit.on("test.happened")(lambda event: None)
    audit.on("test.happened")(subscriber)
    assert audit._subscribers["test.happened"] == [subscriber]


def test_python_refuses_to_change_or_delete_an_act():
    row = record()
    row.event = "test.undone"
    again = AuditEvent(pk=row.pk, event="test.undone", subject="thing:1")
    for change in (
        row.save,
        row.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(event="test.undone"),
        lambda: AuditEvent.objects.bulk_update([row], ["event"]),
    ):
        with pytest.raises(AppendOnly), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()
    assert AuditEvent.objects.get(pk=row.pk).event == "test.happened"


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_auditevent SET event = 'test.undone'", "DELETE FROM accounts_auditevent"]
)
def test_postgresql_refuses_to_change_or_delete_an_act(statement: str):
    row = record()
    with (
        pytest.raises(IntegrityError, match="accounts_auditevent is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEvent.objects.get(pk=row.pk).event == "test.happened"


def test_the_log_outlives_the_user_it_names():
    user = make_user("ada")
    row = record(actor=user)
    user.delete()
    assert AuditEvent.objects.get(pk=row.pk).actor_name == "ada"


def test_the_rooms_above_spell_an_accounts_event_the_same_way():
    above = {event.name: event.value for event in Event}
    assert all(above.get(event.name, event.value) == event.value for event in AccountEvent)
