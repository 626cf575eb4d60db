"""Telling those concerned by mail, in their language, what was decided, answered and written.

Each row is held by one worker and not locked while the mail server is waited for; `posting` says what comes
of a worker that dies.
"""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models
from django.utils import translation

from accounts import audit
from accounts.addresses import confirmed_addresses, language_of
from accounts.models import User
from contributions.moderation import mails, posting, rules, selectors, subjects
from contributions.moderation.appealing import appeal_until, can_be_countered
from contributions.moderation.links import key_for
from contributions.moderation.models import Appeal, Case, Decision, Message
from contributions.moderation.posting import Taken, hand_over
from contributions.moderation.repairs import repair_of
from contributions.moderation.sides import concerned, holdings_of, in_batches, name_for
from contributions.moderation.vocabulary import SubjectKind
from hub.events import Event
from hub.kept_words import retold

Row = TypeVar("Row", Decision, Appeal, Message)
# Subject and body.
Words = tuple[str, str]


def tell_of_decision(*, decision_id: int) -> int:
    """Mail a decision to everybody whom it concerns, each once; returns how many were told."""
    made = Decision.objects.select_related("case__repository__namespace", "policy").exclude(applied_at=None)
    decision = _held(made, decision_id)
    if decision is None:
        return 0
    if not decision.stands:
        # Another one took its place before anybody was told of it.
        posting.settle([decision])
        return 0
    case = decision.case
    return _tell(decision, case, concerned(case), "decision", lambda user: _statement(decision, user))


def remind(*, decision_id: int) -> int:
    """Mail everybody whom it concerns, each once, that the date for changes is near; returns how many were.

    Nobody is, for good, when the changes were made by now.
    """
    near = selectors.unreminded().select_related("case__repository__namespace", "case__namespace", "policy")
    held = posting.hold(near.filter(pk=decision_id))
    if not held:
        return 0
    decision, case = held[0], held[0].case
    if repair_of(case):
        posting.settle(held, when="reminded_at")
        posting.let_go(held)
        return 0

    def words(user: User) -> Words:
        repositories, names = _names(case, user)
        body = mails.reminder(decision, names=names, page=page_of(case, user))
        return mails.reminder_subject(decision, repositories), body

    return _tell(decision, case, concerned(case), "reminder", words, when="reminded_at")


def tell_of_answer(*, appeal_id: int) -> int:
    """Mail whoever appealed that the decision was upheld, and why; returns how many were told."""
    appeal = _held(Appeal.objects.select_related("decision__case", "author__namespace"), appeal_id)
    if appeal is None:
        return 0
    case = appeal.decision.case

    def words(user: User) -> Words:
        name = name_for(case, holdings_of(case, user))
        return mails.upheld_subject(name), mails.upheld(appeal, page=page_of(case, user))

    author = User.objects.filter(pk=appeal.author_id).select_related("namespace")
    return _tell(appeal, case, author, "appeal", words)


def tell_of_message(*, message_id: int) -> int:
    """Mail what the desk wrote to everybody whom the case concerns; returns how many were told."""
    written = Message.objects.filter(from_desk=True, internal=False)
    message = _held(written.select_related("case__repository__namespace"), message_id)
    if message is None:
        return 0
    case = message.case

    def words(user: User) -> Words:
        name = name_for(case, holdings_of(case, user))
        return mails.message_subject(name), mails.message(message, page=page_of(case, user))

    return _tell(message, case, concerned(case), "message", words)


def page_of(case: Case, user: User | None = None) -> str:
    """The address at which those concerned read about a case; for a suspended `user` it needs no log-in."""
    page = f"{settings.LOCAL_URL}/moderation/{case.pk}/statement"
    return f"{page}?key={key_for(case, user)}" if user and user.suspended_at else page


def _held(rows: models.QuerySet[Row], pk: int) -> Row | None:
    """The row, if nobody was told of it and no other worker tells of it now."""
    held = posting.hold(rows.filter(pk=pk, notified_at=None))
    return held[0] if held else None


def _tell(
    row: Row,
    case: Case,
    people: models.QuerySet[User],
    kind: str,
    words_for: Callable[[User], Words],
    *,
    when: str = "notified_at",
) -> int:
    """Mail each of the people who confirmed an address and was not told yet.

    The log says at once who was told, so that the sweep asks again for the others only, when the mail server
    could not take a mail or the worker died. Who has confirmed no address reads it on the pages alone.
    """
    try:
        waited = done = 0
        with get_connection() as connection:
            for some in in_batches(people):
                told = selectors.told_of(case, kind, row.pk, some)
                addresses = confirmed_addresses(some)
                waiting = [user for user in some if user.pk in addresses and user.pk not in told]
                waited += len(waiting)
                for user in waiting:
                    with translation.override(language_of(user)):
                        subject, body = words_for(user)
                    message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [addresses[user.pk]])
                    done += _handed_over(connection, message, user, case, {kind: row.pk})
                    posting.keep([row])
        if done == waited:
            posting.settle([row], when=when)
        return done
    finally:
        posting.let_go([row])


def _handed_over(
    connection: BaseEmailBackend, message: EmailMessage, user: User, case: Case, about: dict[str, int]
) -> bool:
    """Hand one mail over; False when the server may take it later. One refused for good is done with."""
    taken = hand_over(connection, message, about=f"{user} of {about}")
    if taken == Taken.YES:
        audit.record(
            Event.PUBLISHER_TOLD,
            actor=None,
            subject=case.subject,
            user=user.pk,
            username=user.username,
            **about,
        )
    return taken != Taken.LATER


def _statement(decision: Decision, user: User) -> Words:
    case = decision.case
    repositories, names = _names(case, user)
    body = mails.statement(
        decision,
        names=names,
        findings=[retold(words) for words in rules.in_words(case.findings)],
        page=page_of(case, user),
        until=appeal_until(decision),
        counters=can_be_countered(decision),
    )
    return mails.subject(decision, repositories), body


def _names(case: Case, user: User) -> tuple[list[str], list[str]]:
    """What a case is about to somebody: in a line, without paths, and at length."""
    holdings = holdings_of(case, user)
    repositories = list(dict.fromkeys(holding.repository.full_name for holding in holdings))
    if case.subject_kind == SubjectKind.REVISION and not case.anew:
        # One commit is withheld, and not all of the repository.
        repositories = [subjects.revision(case.repository, case.oid).name] if case.repository else []
    files = [f"{h.repository.full_name}: {h.path}" for h in holdings if h.path]
    repositories = repositories or [case.subject_name]
    return repositories, files or repositories
