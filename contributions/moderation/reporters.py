"""Telling those who reported something what came of it (Article 16(5) of Regulation (EU) 2022/2065)."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils import translation

from accounts import audit
from accounts.addresses import confirmed_addresses, language_of
from contributions.moderation import mails, posting
from contributions.moderation.models import Flag
from contributions.moderation.posting import Taken, hand_over
from contributions.moderation.selectors import untold_flags
from contributions.moderation.vocabulary import Source
from hub.events import Event


def tell_reporters(*, case_id: int) -> int:
    """Mail what came of a closed case to everybody who reported it, each once; returns how many were told.

    Of two workers one sends; one whose mail could not be taken is left to the sweep, and so is what a worker
    held that died. It names nobody, and is not sent anew when the case is decided otherwise later.
    """
    rows = untold_flags().filter(case=case_id).select_related("case", "reporter__namespace")
    flags = posting.hold(rows)
    try:
        return _told(flags)
    finally:
        posting.let_go(flags)


def _told(flags: list[Flag]) -> int:
    if not flags:
        return 0
    addresses = addresses_of(flags)
    told = 0
    with get_connection() as connection:
        for flag in flags:
            address = addresses.get(flag.pk)
            letter = mail_to(flag, address, mails.outcome) if address else None
            taken = hand_over(connection, letter, about=str(flag)) if letter else Taken.NEVER
            posting.keep(flags)
            if taken == Taken.LATER:
                continue
            posting.settle([flag])
            if taken == Taken.YES:
                told += 1
                about = {"flag": flag.pk, "outcome": flag.case.outcome, "user": flag.reporter_id}
                audit.record(Event.REPORTER_TOLD, actor=None, subject=flag.case.subject, **about)
    return told


def addresses_of(flags: Iterable[Flag]) -> dict[int, str]:
    """Where whoever flagged is written to, by the flag's id; one query."""
    confirmed = confirmed_addresses(flag.reporter for flag in flags if flag.reporter)
    found = {flag.pk: confirmed.get(flag.reporter_id) or _contact(flag) for flag in flags}
    return {pk: address for pk, address in found.items() if address}


def mail_to(flag: Flag, address: str, words: Callable[[Flag], tuple[str, str]]) -> EmailMessage:
    """A mail to whoever flagged, in their language, or in that of the page on which they wrote."""
    reporter = flag.reporter
    with translation.override(language_of(reporter, otherwise=flag.language)):
        subject, body = words(flag)
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address])


def _contact(flag: Flag) -> str:
    """The address that a notice without an account left, if it is one; of somebody who left there is none."""
    if flag.source != Source.NOTICE:
        return ""
    try:
        validate_email(flag.contact)
    except ValidationError:
        return ""
    return flag.contact
