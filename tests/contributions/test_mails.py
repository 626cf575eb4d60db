from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AuditEvent
from contributions.moderation import appealing, flagging, messaging, posting, subjects, tasks, telling
from contributions.moderation.models import Case, Decision, Flag
from contributions.moderation.selectors import policy_for
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from tests.factories.accounts import (
    make_member,
    make_moderator,
    make_organisation,
    make_user,
    suspend,
)
from tests.factories.discussions import make_discussion
from tests.factories.moderation import FINDING, REASON, decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def blob_case(repository: Repository, path: str) -> Case:
    return make_blob_case(RepositoryBlob.objects.get(repository=repository, path=path).sha256)


def decide(case: Case, effect: str = "") -> Decision:
    return decide_case(case, effect or ("quarantine" if case.sha256 else "take_down"))


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def test_everybody_who_may_write_to_a_repository_that_holds_the_blob_is_told():
    organisation = make_organisation("lab", owner=(ada := make_user("ada")))
    make_member(organisation, "write", make_user("bob"))
    make_member(organisation, "contribute", make_user("carl"))
    first = make_repository(ada, namespace=organisation, name="first", files={"a.bin": b"bad"})
    make_repository(make_user("dora"), name="second", files={"b.bin": b"bad"})
    make_repository(make_user("eve"), name="other", files={"c.bin": b"harmless"})
    tasks.notify(decide(blob_case(first, "a.bin")).pk)
    assert recipients() == ["ada@example.org", "bob@example.org", "dora@example.org"]
    told = next(message for message in mail.outbox if message.to == ["dora@example.org"])
    assert "dora/second: b.bin" in told.body
    assert "lab" not in told.body


def test_who_confirmed_no_address_gets_no_mail():
    repository = make_repository(make_user("ada", confirmed=False), files={"a.bin": b"bad"})
    decision = decide(blob_case(repository, "a.bin"))
    tasks.notify(decision.pk)
    assert recipients() == []
    decision.refresh_from_db()
    assert decision.notified_at


def test_whoever_only_claims_to_hold_the_blob_is_told_nothing():
    first = make_repository(make_user("ada"), files={"a.bin": b"bad"})
    claimed = make_repository(make_user("eve"), files={"a.bin": b"bad"})
    RepositoryBlob.objects.filter(repository=claimed, path="a.bin").update(state="checking")
    tasks.notify(decide(blob_case(first, "a.bin")).pk)
    assert recipients() == ["ada@example.org"]


def test_the_mail_says_what_why_by_which_policy_what_to_do_and_how_to_appeal(settings):
    settings.DEFAULT_FROM_EMAIL = "moderation@hub.example"
    repository = make_repository(make_user("ada"), name="m", files={"a.bin": b"bad"})
    case = blob_case(repository, "a.bin")
    tasks.notify(decide(case).pk)
    message = mail.outbox[0]
    assert message.subject == "Withheld: ada/m"
    assert message.from_email == "moderation@hub.example"
    for words in (
        "ada/m: a.bin",
        FINDING["message"],
        FINDING["where"],
        policy_for("malware").title,
        policy_for("malware").text,
        REASON,
        "safetensors",
        f"/moderation/{case.pk}/statement",
        "You can appeal there until",
    ):
        assert words in message.body
    assert "automatic" not in message.body


def test_what_a_rule_did_is_told_as_that_and_can_be_appealed_against_at_once():
    repository = make_repository(make_user("ada"), name="m", files={"a.bin": b"bad"})
    tasks.notify(blob_case(repository, "a.bin").decisions.get().pk)
    assert "An automatic rule did this before a moderator has looked" in mail.outbox[0].body
    assert "You can appeal there until" in mail.outbox[0].body


def test_a_release_is_told_too():
    repository = make_repository(make_user("ada"), name="m")
    tasks.notify(decide(make_report(repository).case, "none").pk)
    assert mail.outbox[0].subject == "Nothing is withheld: ada/m"
    assert "You need to do nothing." in mail.outbox[0].body
    assert "What was found" not in mail.outbox[0].body


def test_what_was_replaced_before_anybody_was_told_is_not_told():
    case = make_report(make_repository(make_user("ada"), name="m")).case
    first, second = decide(case), decide(case, "none")
    for decision in (first, second):
        tasks.notify(decision.pk)
    assert [message.subject for message in mail.outbox] == ["Nothing is withheld: ada/m"]
    first.refresh_from_db()
    assert first.notified_at is not None


def test_the_mail_is_in_the_readers_language():
    ada = make_user("ada")
    type(ada).objects.filter(pk=ada.pk).update(language="de")
    tasks.notify(decide(make_report(make_repository(ada, name="m")).case).pk)
    assert mail.outbox[0].subject == "Zurückgehalten: ada/m"


def test_who_is_suspended_is_told_of_what_is_their_own_with_a_link_that_needs_no_log_in():
    ada, bob = make_user("ada"), make_user("bob")
    mine, theirs = make_repository(ada, name="m"), make_repository(bob, name="n")
    comment = make_discussion(theirs, ada, text="Buy it now.").events.get()
    said = flagging.report(
        subject=subjects.comment(comment), reporter=bob, cause="spam", text="It advertises."
    ).case
    suspend(ada)
    for case in (make_report(mine).case, said):
        tasks.notify(decide(case, "hide" if case == said else "take_down").pk)
    assert recipients() == ["ada@example.org", "ada@example.org"]
    assert all("statement?key=" in message.body for message in mail.outbox)


def test_what_was_found_is_told_in_the_readers_language():
    ada = make_user("ada")
    type(ada).objects.filter(pk=ada.pk).update(language="de")
    sha256 = RepositoryBlob.objects.get(
        repository=make_repository(ada, name="m", files={"a.bin": b"bad"}), path="a.bin"
    ).sha256
    found = {**FINDING, "message": "imports os.system: can run commands or reach other code"}
    tasks.notify(decide(make_blob_case(sha256, [found])).pk)
    assert "importiert os.system: kann Befehle ausführen" in mail.outbox[0].body
    assert "can run commands" not in mail.outbox[0].body
    assert "Ein Scanner hat es gefunden." in mail.outbox[0].body


def test_of_a_withheld_commit_the_mail_names_the_commit_and_not_all_of_the_repository():
    ada = make_user("ada")
    repository = make_repository(ada, name="m")
    case = flagging.report(
        subject=subjects.revision(repository, repository.head),
        reporter=make_user(),
        cause="personal_data",
        text="There are names in it.",
    ).case
    tasks.notify(decide(case).pk)
    name = f"ada/m@{repository.head[:8]}"
    assert mail.outbox[0].subject == f"Withheld: {name}"
    assert f"- {name}" in mail.outbox[0].body
    assert "Somebody reported it." in mail.outbox[0].body


def test_the_mail_says_which_ways_are_open_and_offers_a_counter_notice_to_a_claim_of_copyright_alone():
    bodies = []
    for cause in ("licence", "spam"):
        case = make_report(make_repository(make_user()), cause=cause).case
        tasks.notify(decide(case).pk)
        bodies.append(mail.outbox[-1].body)
    assert all("go to a court" in body for body in bodies)
    assert ["counter-notice, which" in body for body in bodies] == [True, False]


def test_what_the_clock_decided_is_told_in_the_readers_language():
    ada = make_user("ada")
    type(ada).objects.filter(pk=ada.pk).update(language="de")
    decision = decide(make_report(make_repository(ada, name="m"), cause="licence").case)
    made = appealing.appeal(decision=decision, author=ada, text="These are my own.", kind="counter_notice")
    appealing.restore(appeal_id=made.pk)
    tasks.notify(decision.case.decisions.last().pk)
    assert "Die Wartezeit der Gegendarstellung ist vorbei." in mail.outbox[0].body


def test_an_answer_to_an_appeal_and_a_message_are_told_once():
    ada = make_user("ada")
    case = make_report(make_repository(ada, name="m")).case
    appeal = appealing.appeal(decision=decide(case), author=ada, text="It is no spam at all.")
    appealing.decide_appeal(
        appeal=appeal, moderator=make_moderator(), upheld=True, reason="It still is spam."
    )
    written = messaging.write_from_desk(case=case, moderator=make_moderator(), text="What is it for?")
    secret = messaging.write_from_desk(case=case, moderator=make_moderator(), text="Hm.", internal=True)
    for _ in range(2):
        tasks.notify_appeal(appeal.pk)
        tasks.notify_message(written.pk)
        tasks.notify_message(secret.pk)
    assert [message.subject for message in mail.outbox] == [
        "Your appeal: ada/m stays as decided",
        "A message from the moderators: ada/m",
    ]
    assert "It still is spam." in mail.outbox[0].body
    assert "What is it for?" in mail.outbox[1].body


def test_a_decision_is_told_once_however_often_the_task_runs():
    decision = decide(make_report(make_repository()).case)
    tasks.notify(decision.pk)
    tasks.notify(decision.pk)
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_tells():
    decision = decide(make_report(make_repository()).case)
    futures = race([lambda: tasks.notify(decision.pk)] * 2)
    assert failures(futures) == []
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_refuses_leaves_the_decision_to_the_sweep(monkeypatch):
    decision = decide(make_report(make_repository()).case)

    def refuse():
        raise ConnectionRefusedError

    with monkeypatch.context() as context:
        context.setattr(telling, "get_connection", refuse)
        with pytest.raises(ConnectionRefusedError):
            tasks.notify(decision.pk)
    decision.refresh_from_db()
    assert decision.notified_at is None
    tasks.notify(decision.pk)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("problem", "final"),
    [
        (SMTPRecipientsRefused({"bob@example.org": (550, b"no such user")}), True),
        (SMTPRecipientsRefused({"bob@example.org": (450, b"try later")}), False),
        (SMTPServerDisconnected(), False),
    ],
    ids=["never", "later", "gone"],
)
def test_who_cannot_be_reached_keeps_nobody_else_from_being_told_once(monkeypatch, problem, final):
    organisation = make_organisation("lab", owner=make_user("ada"))
    make_member(organisation, "write", make_user("bob"))
    make_member(organisation, "write", make_user("carl"))
    decision = decide(make_report(make_repository(make_user(), namespace=organisation)).case)
    send = EmailBackend.send_messages

    def send_but_not_to_bob(backend, messages):
        if messages[0].to == ["bob@example.org"]:
            raise problem
        return send(backend, messages)

    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", send_but_not_to_bob)
        tasks.notify(decision.pk)
        tasks.notify(decision.pk)
    assert recipients() == ["ada@example.org", "carl@example.org"]
    tasks.notify(decision.pk)
    assert recipients() == ["ada@example.org", *([] if final else ["bob@example.org"]), "carl@example.org"]
    decision.refresh_from_db()
    assert decision.notified_at is not None


def test_the_log_says_who_was_told():
    ada = make_user("ada")
    decision = decide(make_report(make_repository(ada)).case)
    tasks.notify(decision.pk)
    row = AuditEvent.objects.get(event="publisher.told")
    assert row.subject == decision.case.subject
    assert row.data == {"decision": decision.pk, "user": ada.pk, "username": "ada"}


def test_a_decision_about_a_deleted_repository_is_told_to_nobody():
    repository = make_repository()
    case = make_report(repository).case
    repository.delete()
    case.refresh_from_db()
    decision = decide(case)
    tasks.notify(decision.pk)
    decision.refresh_from_db()
    assert mail.outbox == []
    assert decision.notified_at is not None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_mail_server_is_waited_for(monkeypatch):
    case = make_report(make_repository(), reporter=make_user()).case
    decision, seen = decide(case), []
    send = EmailBackend.send_messages

    def send_and_look(backend, messages):
        rows = [Decision.objects.filter(pk=decision.pk), Flag.objects.filter(case=case)]
        seen.append(failures(race([lambda row=row: lock(row) for row in rows])))
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_and_look)
    tasks.notify(decision.pk)
    tasks.notify_reporters(case.pk)
    assert seen == [[], []]
    assert len(mail.outbox) == 2


@transaction.atomic
def lock(rows: QuerySet) -> None:
    rows.select_for_update(nowait=True).get()


def test_what_a_worker_held_that_died_is_told_by_another_when_its_time_is_over(monkeypatch):
    organisation = make_organisation("lab", owner=make_user("ada"))
    make_member(organisation, "write", make_user("bob"))
    decision = decide(make_report(make_repository(make_user(), namespace=organisation)).case)
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
            tasks.notify(decision.pk)
    tasks.notify(decision.pk)
    assert recipients() == ["ada@example.org"]
    Decision.objects.update(telling_until=timezone.now())
    tasks.notify(decision.pk)
    tasks.notify(decision.pk)
    assert recipients() == ["ada@example.org", "bob@example.org"]
