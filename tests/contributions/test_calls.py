"""Moderators are called to a case by mail: for an opinion, to confirm, or because a date is over."""

from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import appealing, calling, claiming, deciding, messaging, posting, tasks
from contributions.moderation.models import Appeal, Call, Case, Decision
from contributions.moderation.queueing import Wanted, queue
from hub.errors import InvalidInput
from tests import plans
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user, suspend
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_report(make_repository(make_user("ada"), name="m")).case


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def ask(case: Case, colleague: User, asker: User | None = None) -> None:
    claiming.ask_second(case=case, moderator=asker or make_moderator(), colleague=colleague)


def propose(case: Case, moderator: User | None = None) -> Decision:
    Case.objects.filter(pk=case.pk).update(reach=10**6)
    decision = decide_case(case, "take_down", moderator)
    assert decision.state == "proposed"
    return decision


def overdue(case: Case, moderator: User) -> Decision:
    """Changes were asked for, and the date is over."""
    decision = decide_case(case, "ask", moderator, until=timezone.now() + timezone.timedelta(days=9))
    past = timezone.now() - timezone.timedelta(hours=1)
    Decision.objects.filter(pk=decision.pk).update(due_at=past)
    Case.objects.filter(pk=case.pk).update(due_at=past)
    return decision


def test_who_is_asked_for_an_opinion_is_told_who_asks_and_where_and_nobody_else_is(case):
    make_moderator("other")
    ask(case, make_moderator("bob"), make_moderator("ann"))
    for _ in range(2):
        tasks.notify_moderators(case.pk)
    assert recipients() == ["bob@example.org"]
    message = mail.outbox[0]
    assert message.subject == f"Case {case.pk}: your opinion is asked for"
    assert "ann asks what you think about ada/m" in message.body
    assert message.body.endswith(f"/moderation/{case.pk}")


@pytest.fixture
def many(case) -> dict[str, User]:
    """Moderators: ann asks, two can answer, and three cannot; and somebody who only reads the desk."""
    made = {name: make_moderator(name) for name in ("ann", "bob", "eve", "reporter", "member", "gone")}
    make_report(case.repository, reporter=made["reporter"])
    case.repository.namespace.memberships.create(user=made["member"], role="read")
    suspend(made["gone"])
    make_user("auditor", desk_role="auditor")
    claiming.ask_all(case=case, moderator=made["ann"])
    return made


def asked(user: User) -> list[Case]:
    return queue(user, Wanted(second=True)).cases


def test_all_who_can_confirm_are_asked_for_an_opinion_and_nobody_else(case, many):
    for _ in range(2):
        tasks.notify_moderators(case.pk)
    assert recipients() == ["bob@example.org", "eve@example.org"]
    assert mail.outbox[0].subject == f"Case {case.pk}: an opinion is asked for"
    assert "ann asks all moderators what they think about ada/m" in mail.outbox[0].body
    assert {name: asked(user) for name, user in many.items() if asked(user)} == {"bob": [case], "eve": [case]}
    told = AuditEvent.objects.get(event="case.second_asked")
    assert told.data["colleagues"] == ["bob", "eve"]


def test_all_are_asked_once_until_somebody_answered(case, many):
    claiming.ask_all(case=case, moderator=many["eve"])
    tasks.notify_moderators(case.pk)
    assert recipients() == ["bob@example.org", "eve@example.org"]
    messaging.write_from_desk(case=case, moderator=many["bob"], text="It is spam.", internal=True)
    claiming.ask_all(case=case, moderator=many["eve"])
    tasks.notify_moderators(case.pk)
    assert recipients()[0] == "ann@example.org"
    assert asked(many["ann"]) == [case]


@pytest.mark.parametrize("answer", ["message", "changes", "proposal"])
def test_who_answers_first_answers_for_all(case, many, answer):
    bob = many["bob"]
    until = timezone.now() + timezone.timedelta(days=9)
    {
        "message": lambda: messaging.write_from_desk(
            case=case, moderator=bob, text="I would leave it.", internal=True
        ),
        "changes": lambda: decide_case(case, "ask", bob, until=until),
        "proposal": lambda: propose(case, bob),
    }[answer]()
    case.refresh_from_db()
    assert (case.all_asked_by, case.second_by) == (None, bob)
    assert asked(many["eve"]) == []
    Call.objects.exclude(kind="all").delete()
    tasks.notify_moderators(case.pk)
    assert mail.outbox == []


def test_what_is_decided_needs_no_opinion_any_more(case, many):
    decide_case(case, "none", many["ann"])
    case.refresh_from_db()
    assert (case.all_asked_by, case.second_by, asked(many["bob"])) == (None, None, [])


@pytest.mark.parametrize(("who", "internal"), [("ann", True), ("reporter", True), ("bob", False)])
def test_who_asks_or_reported_it_answers_nothing_and_nor_does_a_message_to_the_publisher(
    case, many, who, internal
):
    messaging.write_from_desk(case=case, moderator=many[who], text="Please wait.", internal=internal)
    assert asked(many["eve"]) == [case]


def test_where_nobody_else_can_look_at_it_nobody_is_asked(case):
    with pytest.raises(InvalidInput, match="no other moderator"):
        claiming.ask_all(case=case, moderator=make_moderator())
    assert not Call.objects.exists()
    case.refresh_from_db()
    assert case.all_asked_by is None


def test_the_mail_is_in_the_moderators_language(case):
    bob = make_moderator("bob")
    User.objects.filter(pk=bob.pk).update(language="de")
    ask(case, bob)
    tasks.notify_moderators(case.pk)
    assert mail.outbox[0].subject == f"Fall {case.pk}: Ihre Meinung ist gefragt"


def test_asked_again_by_another_colleague_they_have_one_mail(case):
    bob = make_moderator("bob")
    for _ in range(2):
        ask(case, bob)
    tasks.notify_moderators(case.pk)
    assert recipients() == ["bob@example.org"]


@pytest.mark.parametrize(
    "change",
    [
        lambda case, bob: suspend(bob),
        lambda case, bob: User.objects.filter(pk=bob.pk).update(desk_role="auditor"),
        lambda case, bob: bob.emailaddress_set.update(verified=False),
        lambda case, bob: Case.objects.filter(pk=case.pk).update(namespace=bob.namespace),
        lambda case, bob: case.repository.namespace.memberships.create(user=bob, role="read"),
        lambda case, bob: ask(case, make_moderator("eve")),
        lambda case, bob: decide_case(case, "none"),
    ],
    ids=["suspended", "auditor", "unconfirmed", "owner", "member", "other", "decided"],
)
def test_who_is_not_to_look_at_it_any_more_has_no_mail(case, change):
    bob = make_moderator("bob")
    ask(case, bob)
    change(case, bob)
    tasks.notify_moderators(case.pk)
    assert "bob@example.org" not in recipients()
    assert not Call.objects.filter(notified_at=None).exists()


def test_a_proposal_is_told_to_the_colleague_who_is_asked_already(case):
    make_moderator("other")
    bob, ann = make_moderator("bob"), make_moderator("ann")
    ask(case, bob, ann)
    propose(case, ann)
    tasks.notify_moderators(case.pk)
    assert recipients() == ["bob@example.org"] * 2
    told = mail.outbox[-1]
    assert told.subject == f"Case {case.pk}: a decision waits for a second moderator"
    assert "ann proposes a decision about ada/m: Taken down." in told.body


def test_else_it_is_told_to_a_few_who_were_there_last_and_can_confirm_it():
    organisation = make_organisation("lab", owner=make_moderator("owner"))
    make_member(organisation, "read", make_moderator("member"))
    repository = make_repository(make_user("ada"), namespace=organisation, name="m")
    case = make_report(repository, reporter=make_moderator("reporter")).case
    suspend(make_moderator("gone"))
    make_user("unsure", desk_role="moderator", confirmed=False)
    make_user("auditor", desk_role="auditor")
    now = timezone.now()
    User.objects.update(last_login=now)
    for number in range(calling.MOST_CALLED + 2):
        seen = now - timezone.timedelta(days=number + 1)
        User.objects.filter(pk=make_moderator(f"m{number}").pk).update(last_login=seen)
    make_moderator("never")
    propose(case, make_moderator("ann"))
    tasks.notify_moderators(case.pk)
    assert recipients() == [f"m{number}@example.org" for number in range(calling.MOST_CALLED)]


def test_whom_to_call_to_a_proposal_is_asked_in_two_queries(case, django_assert_num_queries):
    for _ in range(9):
        make_moderator()
    with django_assert_num_queries(2):
        calling.to_confirm(case, but=None)


def test_who_is_at_the_desk_is_read_from_an_index_of_those_who_have_a_role(case):
    moderator = make_moderator()
    User.objects.bulk_create(
        User(username=f"person-{number}", email=f"person-{number}@example.org") for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")
    with plans.recorded() as found:
        assert list(calling.moderators_for(case)) == [moderator]
    assert "accounts_user_at_desk" in found[-1]
    assert "Seq Scan on accounts_user" not in found[-1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [(deciding.confirm, {}), (deciding.decline, {"reason": "It is no spam at all."})],
    ids=["confirmed", "declined"],
)
def test_what_was_confirmed_or_declined_meanwhile_is_told_to_no_moderator(case, answer, said):
    make_moderator("bob")
    answer(decision=propose(case), moderator=make_moderator(), **said)
    tasks.notify_moderators(case.pk)
    assert mail.outbox == []


def test_who_asked_for_changes_and_who_has_the_case_are_told_once_that_the_date_is_over(case):
    ann, bob = make_moderator("ann"), make_moderator("bob")
    make_moderator("other")
    overdue(case, ann)
    claiming.claim(case=case, moderator=bob)
    for _ in range(2):
        tasks.sweep()
        tasks.notify_moderators(case.pk)
    assert recipients() == ["ann@example.org", "bob@example.org"]
    assert mail.outbox[0].subject == f"Case {case.pk}: the date for changes is over"
    assert "Changes to ada/m were asked for until" in mail.outbox[0].body


def test_who_asked_for_the_changes_and_has_the_case_too_has_one_mail(case):
    ann = make_moderator("ann")
    overdue(case, ann)
    claiming.claim(case=case, moderator=ann)
    tasks.sweep()
    tasks.notify_moderators(case.pk)
    assert recipients() == ["ann@example.org"]


def appealed(decision: Decision) -> Appeal:
    author = decision.case.repository.namespace.user
    return appealing.appeal(decision=decision, author=author, text="It is a test model of ours, and no spam.")


def test_an_appeal_is_told_to_a_few_who_had_no_part_in_the_decision_and_no_stake_in_it():
    organisation = make_organisation("lab", owner=make_user("ada"))
    make_member(organisation, "read", make_moderator("member"))
    repository = make_repository(make_user("grace"), namespace=organisation, name="m")
    case = make_report(repository, reporter=make_moderator("reporter")).case
    decision = propose(case, make_moderator("ann"))
    deciding.confirm(decision=decision, moderator=make_moderator("bob"))
    for number in range(calling.MOST_CALLED + 1):
        make_moderator(f"m{number}")
    decision.refresh_from_db()
    ada = User.objects.get(username="ada")
    appealing.appeal(decision=decision, author=ada, text="It is ours, and no spam.")
    for _ in range(2):
        tasks.notify_moderators(case.pk)
    called = [message for message in mail.outbox if "an appeal waits" in message.subject]
    assert sorted(to for message in called for to in message.to) == [
        f"m{number}@example.org" for number in range(calling.MOST_CALLED)
    ]
    assert called[0].subject == f"Case {case.pk}: an appeal waits for its answer"
    assert "A decision about lab/m is contested: Taken down." in called[0].body
    assert called[0].body.endswith(f"/moderation/{case.pk}")


def test_an_appeal_that_was_answered_meanwhile_is_told_to_no_moderator(case):
    make_moderator("bob")
    made = appealed(decide_case(case, "take_down"))
    appealing.decide_appeal(appeal=made, moderator=make_moderator(), upheld=True, reason="It is spam, look.")
    tasks.notify_moderators(case.pk)
    assert mail.outbox == []


def test_whom_to_call_to_an_appeal_is_asked_in_two_queries(case, django_assert_num_queries):
    decision, author = decide_case(case, "take_down"), make_user()
    for _ in range(9):
        make_moderator()
    with django_assert_num_queries(2):
        calling.to_answer(decision.case, decision, author=author)


def test_who_is_given_a_case_is_told_once_by_whom_and_nobody_is_who_takes_it_themselves(case):
    ann, bob = make_moderator("ann"), make_moderator("bob")
    claiming.claim(case=case, moderator=ann)
    for _ in range(2):
        claiming.hand_over(case=case, moderator=ann, to=ann)
    claiming.hand_over(case=case, moderator=ann, to=bob)
    claiming.hand_over(case=case, moderator=bob, to=bob)
    tasks.notify_moderators(case.pk)
    assert recipients() == ["bob@example.org"]
    assert mail.outbox[0].subject == f"Case {case.pk}: handed over to you"
    assert "ann hands the case about ada/m over to you." in mail.outbox[0].body


@pytest.mark.parametrize("after", ["let_go", "decided"])
def test_who_has_the_case_no_more_is_not_told_that_it_was_handed_over(case, after):
    bob = make_moderator("bob")
    claiming.hand_over(case=case, moderator=make_moderator(), to=bob)
    if after == "let_go":
        claiming.let_go(case=case, moderator=bob)
    else:
        decide_case(case, "none")
    tasks.notify_moderators(case.pk)
    assert mail.outbox == []


def test_when_it_was_decided_otherwise_meanwhile_nobody_is_told_of_the_date(case):
    overdue(case, make_moderator())
    tasks.sweep()
    decide_case(case, "none")
    tasks.notify_moderators(case.pk)
    assert mail.outbox == []


@pytest.mark.parametrize("kind", ["second", "proposal", "returned"])
def test_each_sends_the_workers_to_the_moderators_at_once(
    case, kind, django_capture_on_commit_callbacks, monkeypatch
):
    queued = []
    monkeypatch.setattr(
        "contributions.moderation.subscribers.enqueue", lambda task, pk: queued.append((task, pk))
    )
    ann = make_moderator()
    acts = {"second": lambda: ask(case, ann), "proposal": lambda: propose(case), "returned": tasks.sweep}
    if kind == "returned":
        overdue(case, ann)
    with django_capture_on_commit_callbacks(execute=True):
        acts[kind]()
    assert queued == [(tasks.notify_moderators, case.pk)]
    assert {call.kind for call in Call.objects.all()} == {kind}


def test_what_was_not_taken_or_held_by_a_worker_that_died_is_sent_later_to_the_others_alone(
    case, monkeypatch
):
    overdue(case, make_moderator("ann"))
    claiming.claim(case=case, moderator=make_moderator("bob"))
    tasks.sweep()
    send = EmailBackend.send_messages

    def die_at_bob(backend, messages):
        if messages[0].to == ["bob@example.org"]:
            raise SystemExit
        return send(backend, messages)

    def refuse(backend, messages):
        raise SMTPServerDisconnected

    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", die_at_bob)
        # Nobody is left who could let them go.
        context.setattr(posting, "let_go", lambda rows: None)
        with pytest.raises(SystemExit):
            tasks.notify_moderators(case.pk)
    tasks.notify_moderators(case.pk)
    assert recipients() == ["ann@example.org"]
    Call.objects.update(telling_until=timezone.now(), created_at=timezone.now() - timezone.timedelta(hours=1))
    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", refuse)
        tasks.notify_moderators(case.pk)
    queued = []
    monkeypatch.setattr(tasks, "enqueue", lambda task, pk: queued.append((task, pk)))
    tasks.sweep()
    assert (tasks.notify_moderators, case.pk) in queued
    for _ in range(2):
        tasks.notify_moderators(case.pk)
    assert recipients() == ["ann@example.org", "bob@example.org"]
    queued.clear()
    tasks.sweep()
    assert (tasks.notify_moderators, case.pk) not in queued


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_tells_while_no_row_is_locked(monkeypatch):
    case = make_report(make_repository()).case
    ask(case, make_moderator("bob"))
    seen, send = [], EmailBackend.send_messages

    def send_and_look(backend, messages):
        seen.append(failures(race([lock])))
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_and_look)
    assert failures(race([lambda: tasks.notify_moderators(case.pk)] * 2)) == []
    assert (recipients(), seen) == (["bob@example.org"], [[]])


@transaction.atomic
def lock() -> None:
    Call.objects.select_for_update(nowait=True).get()
