"""Who is asked for changes is reminded of the date once, unless it was near from the start."""

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import deciding, posting, repairs, selectors, tasks
from contributions.moderation.models import Case, Decision, Policy
from contributions.moderation.rules import REMINDED_BEFORE
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from storage.models import Blob
from storage.services import keep_scan_states
from tests import plans
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.moderation import REASON, decide_case, make_report
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def repository() -> Repository:
    ada = make_user("ada")
    organisation = make_organisation("lab", owner=ada)
    make_member(organisation, "write", make_user("bob"))
    make_member(organisation, "contribute", make_user("carl"))
    make_member(organisation, "write", make_user("dora", confirmed=False))
    return make_repository(ada, namespace=organisation, name="m")


def ask(repository: Repository, *, after: timedelta = timedelta(0), left: timedelta = DAY) -> Decision:
    """Changes were asked for so long ago, and so much is left."""
    decision = decide_case(make_report(repository).case, "ask", until=timezone.now() + left)
    Decision.objects.filter(pk=decision.pk).update(applied_at=timezone.now() - after)
    return decision


def near(repository: Repository) -> Decision:
    return ask(repository, after=REMINDED_BEFORE)


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def test_those_concerned_are_reminded_once_in_their_language_of_what_until_when_and_why(repository):
    User.objects.filter(username="bob").update(language="de")
    decision = near(repository)
    assert selectors.reminders_due() == [decision.pk]
    for _ in range(2):
        tasks.remind(decision.pk)
    assert recipients() == ["ada@example.org", "bob@example.org"]
    assert selectors.reminders_due() == []
    english, german = mail.outbox
    assert english.subject == "A reminder: Please change: lab/m"
    assert german.subject.startswith("Zur Erinnerung: ")
    for words in ("Moderators asked you for changes until", "- lab/m", REASON, "/statement"):
        assert words in english.body
    told = AuditEvent.objects.filter(event="publisher.told", data__reminder=decision.pk)
    assert {row.data["username"] for row in told} == {"ada", "bob"}
    # That the decision itself was told is another mail.
    decision.refresh_from_db()
    assert (decision.notified_at, decision.telling_until) == (None, None)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (timedelta(0), REMINDED_BEFORE),
        (timedelta(0), DAY),
        (DAY, REMINDED_BEFORE + DAY),
    ],
    ids=["near from the start", "nearer", "far"],
)
def test_nobody_is_reminded_of_what_was_near_from_the_start_or_is_far(repository, after, left):
    decision = ask(repository, after=after, left=left)
    assert selectors.reminders_due() == []
    tasks.remind(decision.pk)
    assert mail.outbox == []


def test_a_date_that_is_over_is_no_reminder(repository):
    decision = near(repository)
    Decision.objects.filter(pk=decision.pk).update(due_at=timezone.now())
    tasks.remind(decision.pk)
    assert mail.outbox == []


@pytest.mark.parametrize("effect", ["none", "take_down"])
def test_what_was_decided_otherwise_meanwhile_is_not_reminded_of(repository, effect):
    decision = near(repository)
    decide_case(decision.case, effect)
    tasks.remind(decision.pk)
    assert mail.outbox == []


def test_asked_anew_for_a_later_date_they_are_reminded_of_that_one(repository):
    first = near(repository)
    second = decide_case(first.case, "ask", until=timezone.now() + 9 * DAY)
    for decision in (first, second):
        tasks.remind(decision.pk)
    assert mail.outbox == []
    Decision.objects.filter(pk=second.pk).update(
        applied_at=timezone.now() - 8 * DAY, due_at=timezone.now() + DAY
    )
    assert selectors.reminders_due() == [second.pk]


def test_while_a_proposal_waits_nobody_is_reminded_and_when_it_is_declined_they_are(repository):
    decision = near(repository)
    Case.objects.filter(pk=decision.case_id).update(state="confirming")
    assert selectors.reminders_due() == []
    Case.objects.filter(pk=decision.case_id).update(state="asked")
    assert selectors.reminders_due() == [decision.pk]


def decline_a_proposal(case: Case, meanwhile: Callable[[], object] = lambda: None) -> Case:
    """The case once a second moderator declined what was proposed in it."""
    Policy.objects.update(confirm_above=0)
    proposed = decide_case(case, "take_down")
    meanwhile()
    deciding.decline(decision=proposed, moderator=make_moderator(), reason=REASON)
    return Case.objects.get(pk=case.pk)


def test_no_report_meanwhile_shortens_the_date_that_was_promised(repository):
    decision = ask(repository, left=60 * DAY)
    make_report(repository)
    case = Case.objects.get()
    assert (case.state, case.due_at) == ("asked", decision.due_at)
    case = decline_a_proposal(case, meanwhile=lambda: make_report(repository))
    assert (case.state, case.due_at) == ("asked", decision.due_at)
    assert repairs.return_overdue() == 0


def test_a_declined_proposal_brings_no_case_back_to_a_date_that_is_over(repository):
    decision = ask(repository)
    over = timezone.now()
    Decision.objects.filter(pk=decision.pk).update(due_at=over)
    Case.objects.filter(pk=decision.case_id).update(due_at=over)
    assert repairs.return_overdue() == 1
    assert decline_a_proposal(decision.case).state == "open"
    assert repairs.return_overdue() == 0
    assert AuditEvent.objects.filter(event="case.returned").count() == 1


def test_whoever_has_made_the_changes_is_not_reminded(repository):
    decision = near(repository)
    commit(repository, User.objects.get(username="ada"), [AddInline("a.txt", b"better")])
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))
    tasks.remind(decision.pk)
    assert mail.outbox == []
    assert selectors.reminders_due() == []
    # And when the date is over, the case is back, and no moderator has a mail that says otherwise.
    Case.objects.filter(pk=decision.case_id).update(due_at=timezone.now())
    tasks.sweep()
    tasks.notify_moderators(decision.case_id)
    assert Case.objects.get(pk=decision.case_id).state == "open"
    assert mail.outbox == []


def test_a_worker_that_dies_leaves_the_others_to_the_sweep_and_tells_nobody_twice(repository, monkeypatch):
    decision = near(repository)
    send = EmailBackend.send_messages

    def die_at_bob(backend, messages):
        if messages[0].to == ["bob@example.org"]:
            raise SystemExit
        return send(backend, messages)

    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", die_at_bob)
        # Nobody is left who could let it go.
        context.setattr(posting, "let_go", lambda rows: None)
        with pytest.raises(SystemExit):
            tasks.remind(decision.pk)
    tasks.remind(decision.pk)
    assert recipients() == ["ada@example.org"]
    Decision.objects.update(telling_until=timezone.now())
    queued = []
    monkeypatch.setattr(tasks, "enqueue", lambda task, pk: queued.append((task, pk)))
    tasks.sweep()
    assert (tasks.remind, decision.pk) in queued
    for _ in range(2):
        tasks.remind(decision.pk)
    assert recipients() == ["ada@example.org", "bob@example.org"]


def test_a_mail_that_was_not_taken_is_tried_again_while_the_date_is_to_come(repository, monkeypatch):
    decision = near(repository)

    def refuse(backend, messages):
        raise SMTPServerDisconnected

    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", refuse)
        tasks.remind(decision.pk)
    assert selectors.reminders_due() == [decision.pk]
    tasks.remind(decision.pk)
    assert recipients() == ["ada@example.org", "bob@example.org"]


def test_whom_to_remind_and_to_call_is_read_from_indexes():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with plans.recorded() as found:
        selectors.reminders_due()
        selectors.calls_to_tell(timedelta(0))
    assert "decision_unreminded" in found[0]
    assert "call_untold" in found[1]
