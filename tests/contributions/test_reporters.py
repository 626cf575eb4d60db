"""Who reported is told once what came of it, by mail and without a name, when a moderator has decided."""

from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.models import AuditEvent
from contributions.moderation import flagging, subjects, tasks
from contributions.moderation.models import Case, Flag
from hub.revisions.models import RepositoryBlob
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import REASON, decide_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def report_of(name: str, **fields) -> Flag:
    """A report by a new user of that name."""
    repository = make_repository(make_user(f"{name}s-target"), name="m")
    return make_report(repository, reporter=make_user(name, **fields), cause="licence")


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def test_the_reporter_of_a_closed_case_is_told_in_a_few_words():
    flag = report_of("rita")
    decide_case(flag.case, "take_down", make_moderator("mia"))
    tasks.notify_reporters(flag.case.pk)
    (message,) = mail.outbox
    assert message.to == ["rita@example.org"]
    assert message.subject == "What came of your report: ritas-target/m"
    assert "It is withheld." in message.body
    assert "report it again" in message.body
    for secret in (REASON, "mia", "rita@"):
        assert secret not in message.body
    flag.refresh_from_db()
    assert flag.notified_at


@pytest.mark.parametrize(
    ("effect", "words"), [("none", "It is left as it is."), ("warn", "and its people were warned.")]
)
def test_what_is_left_is_told_as_that(effect: str, words: str):
    flag = report_of("rita")
    decide_case(flag.case, effect)
    tasks.notify_reporters(flag.case.pk)
    assert words in mail.outbox[0].body


def test_all_who_reported_are_told_in_their_language_and_nobody_else():
    flag = report_of("rita")
    repository = flag.case.repository
    for person in (
        make_user("unconfirmed", confirmed=False),
        make_user("trusty", desk_role="trusted_reporter"),
        make_moderator("mod"),
    ):
        make_report(repository, reporter=person, cause="licence")
    type(flag.reporter).objects.filter(pk=flag.reporter_id).update(language="de")
    subject = subjects.repository(repository)
    for contact in ("me@example.org", "call me @ home"):
        flagging.report(subject=subject, reporter=None, cause="licence", text="Mine.", contact=contact)
    make_report(repository, reporter=make_user("other"), cause="spam")
    decide_case(flag.case, "none")
    tasks.notify_reporters(flag.case.pk)
    assert recipients() == ["me@example.org", "rita@example.org", "trusty@example.org"]
    german = next(message for message in mail.outbox if message.to == ["rita@example.org"])
    assert german.subject == "Was aus Ihrer Meldung wurde: ritas-target/m"


def test_nobody_is_told_while_it_is_open_or_after_a_rule_alone():
    flag = report_of("rita")
    tasks.notify_reporters(flag.case.pk)
    until = timezone.now() + timezone.timedelta(days=3)
    decide_case(flag.case, "ask", until=until)
    tasks.notify_reporters(flag.case.pk)
    assert mail.outbox == []
    flag.refresh_from_db()
    assert flag.notified_at is None


def test_a_report_is_answered_once_also_when_it_is_decided_otherwise_later():
    flag = report_of("rita")
    decide_case(flag.case, "none")
    tasks.notify_reporters(flag.case.pk)
    decide_case(flag.case, "take_down")
    tasks.notify_reporters(flag.case.pk)
    assert len(mail.outbox) == 1


def test_of_a_file_the_reporter_reads_the_name_that_they_gave():
    first = make_repository(make_user("ada"), name="first", files={"a.bin": b"bad"})
    second = make_repository(make_user("eve"), name="second", files={"mine.bin": b"bad"})
    held = RepositoryBlob.objects.get(repository=second, path="mine.bin")
    flag = flagging.report(
        subject=subjects.blob(held.sha256),
        reporter=make_user("rita"),
        cause="malware",
        text="It harms.",
        path="mine.bin",
    )
    decide_case(flag.case, "quarantine")
    tasks.notify_reporters(flag.case.pk)
    assert mail.outbox[0].subject == "What came of your report: mine.bin"
    assert first.full_name not in mail.outbox[0].body


def test_the_log_says_that_a_reporter_was_told_and_not_where_a_stranger_is_reached():
    flag = report_of("rita")
    notice = flagging.report(
        subject=subjects.of(flag.case), reporter=None, cause="licence", text="Mine.", contact="me@example.org"
    )
    decide_case(flag.case, "none")
    tasks.notify_reporters(flag.case.pk)
    rows = AuditEvent.objects.filter(event="reporter.told", subject=flag.case.subject).order_by("pk")
    assert [row.data for row in rows] == [
        {"flag": flag.pk, "outcome": "none", "user": flag.reporter_id},
        {"flag": notice.pk, "outcome": "none", "user": None},
    ]


def test_the_sweep_tells_those_whose_mail_was_not_taken(monkeypatch):
    flag = report_of("rita")
    decide_case(flag.case, "none")

    def refuse(backend, messages):
        raise SMTPServerDisconnected

    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", refuse)
        tasks.notify_reporters(flag.case.pk)
    assert mail.outbox == []
    queued = []
    monkeypatch.setattr(tasks, "enqueue", lambda task, pk: queued.append((task, pk)))
    tasks.sweep()
    assert (tasks.notify_reporters, flag.case.pk) not in queued
    Case.objects.filter(pk=flag.case.pk).update(closed_at=timezone.now() - timezone.timedelta(hours=1))
    tasks.sweep()
    assert (tasks.notify_reporters, flag.case.pk) in queued
    tasks.notify_reporters(flag.case.pk)
    assert recipients() == ["rita@example.org"]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_tells_each_reporter():
    flag = report_of("rita")
    decide_case(flag.case, "none")
    futures = race([lambda: tasks.notify_reporters(flag.case.pk)] * 2)
    assert failures(futures) == []
    assert len(mail.outbox) == 1


def test_a_decision_sends_the_workers_to_the_reporters(django_capture_on_commit_callbacks, monkeypatch):
    flag = report_of("rita")
    queued = []
    monkeypatch.setattr(
        "contributions.moderation.subscribers.enqueue", lambda task, pk: queued.append((task, pk))
    )
    with django_capture_on_commit_callbacks(execute=True):
        decide_case(flag.case, "none")
    assert (tasks.notify_reporters, flag.case.pk) in queued
