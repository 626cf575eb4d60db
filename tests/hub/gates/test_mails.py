"""Owners are told that somebody asks, askers what was decided: once, together, and when the server can."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.addresses import choose_language
from hub.gates import tasks, telling
from hub.gates.services import decide, grant, withdraw
from hub.repos.gates import AccessRequest
from hub.repos.services import change_settings
from tests.factories.accounts import make_member, make_organisation, make_user, suspend
from tests.factories.gates import ask_for, make_gated
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("ada")


@pytest.fixture
def thing(owner):
    lab = make_organisation("lab", owner=owner)
    for name, role in (("bob", "admin"), ("carl", "write"), ("gone", "admin")):
        make_member(lab, role, make_user(name))
    suspend(lab.memberships.get(user__username="gone").user)
    return make_gated(owner, namespace=lab, name="thing")


def told() -> list[tuple[str, str]]:
    """Who got which mail since this was last asked."""
    sent = sorted((address, message.subject) for message in mail.outbox for address in message.to)
    mail.outbox.clear()
    return sent


def an_age_later():
    """As if the last mail had been sent long ago."""
    sent = AccessRequest.objects.exclude(owners_told_at=None)
    sent.update(owners_told_at=timezone.now() - timedelta(minutes=16))


def test_the_admins_are_told_of_new_requests_together(thing):
    ask_for(thing, make_user("otto"))
    tasks.tell_owners(thing.pk)
    body = mail.outbox[0].body
    subject = "1 person asks for access to lab/thing"
    assert told() == [("ada@example.org", subject), ("bob@example.org", subject)]
    assert "  - otto\n" in body
    assert "/lab/thing/settings/access" in body
    for name in ("eve", "fay"):
        ask_for(thing, make_user(name))
        tasks.tell_owners(thing.pk)
    assert told() == []
    an_age_later()
    tasks.sweep()
    tasks.tell_owners(thing.pk)
    body = mail.outbox[0].body
    assert {subject for _, subject in told()} == {"2 people ask for access to lab/thing"}
    assert "  - eve\n  - fay\n" in body
    assert "otto" not in body


def test_nobody_is_told_of_who_withdrew_was_let_in_or_is_suspended(thing, owner):
    otto, sue = make_user("otto"), make_user("sue")
    ask_for(thing, otto)
    withdraw(repository=thing, user=otto)
    ask_for(thing, sue)
    suspend(sue)
    grant(repository=thing, user=make_user("gil"), actor_user=owner)
    change_settings(repository=thing, actor_user=owner, gated="auto")
    ask_for(thing, make_user("auto"))
    tasks.tell_owners(thing.pk)
    assert told() == []


def test_who_withdraws_and_asks_again_brings_the_admins_no_second_mail(thing):
    otto = make_user("otto")
    ask_for(thing, otto)
    tasks.tell_owners(thing.pk)
    assert len(told()) == 2
    for _ in range(2):
        withdraw(repository=thing, user=otto)
        ask_for(thing, otto)
        tasks.tell_owners(thing.pk)
    assert told() == []


def test_who_asked_is_told_in_their_language_what_was_decided_and_why(thing, owner):
    otto = make_user("otto")
    request = ask_for(thing, otto, language="de")
    tasks.tell_asker(request.pk)
    assert told() == []
    decide(request=request, status="rejected", actor_user=owner, reason="Wir kennen Sie nicht.")
    tasks.tell_asker(request.pk)
    [message] = mail.outbox
    assert message.subject == "Ihre Anfrage nach Zugang zu lab/thing wurde abgelehnt"
    assert "Wir kennen Sie nicht." in message.body
    assert message.to == ["otto@example.org"]
    told()
    tasks.tell_asker(request.pk)
    assert told() == []
    for status, subject in (
        ("accepted", "Sie haben Zugang zu lab/thing"),
        ("pending", "Ihr Zugang zu lab/thing wird erneut geprüft"),
    ):
        decide(request=request, status=status, actor_user=owner)
        tasks.tell_asker(request.pk)
        assert told() == [("otto@example.org", subject)]


def test_who_was_let_in_unasked_is_told_and_nobody_of_what_they_cannot_see(thing, owner):
    tasks.tell_asker(grant(repository=thing, user=make_user("otto"), actor_user=owner).pk)
    assert told() == [("otto@example.org", "You have access to lab/thing")]
    change_settings(repository=thing, actor_user=owner, visibility="private")
    tasks.tell_asker(grant(repository=thing, user=make_user("eve"), actor_user=owner).pk)
    assert told() == []


def test_each_admin_is_told_in_their_language_and_at_a_confirmed_address_alone(thing, owner):
    choose_language(user=owner, language="de")
    EmailAddress.objects.filter(user__username="bob").update(verified=False)
    request = ask_for(thing, make_user("otto"), language="de")
    tasks.tell_owners(thing.pk)
    [(address, subject)] = told()
    assert address == "ada@example.org"
    assert "otto" not in subject
    assert "asks for access" not in subject
    # What somebody chose since counts before the language in which they asked.
    choose_language(user=request.user, language="en")
    decide(request=request, status="accepted", actor_user=owner)
    tasks.tell_asker(request.pk)
    assert told() == [("otto@example.org", "You have access to lab/thing")]


def test_every_decision_and_every_request_queues_its_mail(
    thing, owner, monkeypatch, django_capture_on_commit_callbacks
):
    queued = []
    monkeypatch.setattr("hub.gates.subscribers.enqueue", lambda task, number: queued.append((task, number)))
    with django_capture_on_commit_callbacks(execute=True):
        request = ask_for(thing, make_user())
        decide(request=request, status="accepted", actor_user=owner)
        change_settings(repository=thing, actor_user=owner, gated="auto")
        ask_for(thing, make_user())
    assert queued == [
        (tasks.tell_owners, thing.pk),
        (tasks.tell_asker, request.pk),
        (tasks.tell_owners, thing.pk),
    ]


def away(backend, messages):
    raise ConnectionResetError


def test_a_mail_server_that_is_away_leaves_both_to_the_sweep(thing, owner, monkeypatch):
    request = ask_for(thing, make_user("otto"))
    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", away)
        tasks.tell_owners(thing.pk)
    tasks.tell_owners(thing.pk)
    assert len(told()) == 2
    decide(request=request, status="accepted", actor_user=owner)
    with monkeypatch.context() as context:
        context.setattr(EmailBackend, "send_messages", away)
        tasks.tell_asker(request.pk)
    AccessRequest.objects.update(decided_at=timezone.now() - timedelta(hours=1))
    assert telling.selectors.answers_to_tell(timedelta(seconds=30)) == [request.pk]
    tasks.tell_asker(request.pk)
    assert len(told()) == 1


def test_an_address_that_is_refused_keeps_nobody_else_from_being_told(thing, monkeypatch):
    send = EmailBackend.send_messages

    def refuse_ada(backend, messages):
        if messages[0].to == ["ada@example.org"]:
            raise SMTPRecipientsRefused({"ada@example.org": (550, b"no such user")})
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse_ada)
    ask_for(thing, make_user())
    tasks.tell_owners(thing.pk)
    assert [address for address, _ in told()] == ["bob@example.org"]


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_once_one_tells():
    thing = make_gated(ada := make_user())
    request = ask_for(thing, make_user())
    assert failures(race([lambda: tasks.tell_owners(thing.pk)] * 3)) == []
    assert len(told()) <= 1
    an_age_later()
    tasks.tell_owners(thing.pk)
    told()
    assert AccessRequest.objects.exclude(owners_told_at=None).count() == 1
    decide(request=request, status="accepted", actor_user=ada)
    assert failures(race([lambda: tasks.tell_asker(request.pk)] * 3)) == []
    assert len(told()) == 1
