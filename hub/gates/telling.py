"""Telling by mail: owners that somebody asks, askers what was decided.

A mail is noted as sent before it goes, so that two workers send it once, and given back when the mail server
cannot take it now, so that the sweep tries again.
"""

import logging
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone, translation

from accounts.addresses import confirmed_addresses, language_of
from accounts.models import User
from accounts.roles import Role
from accounts.selectors import people_with_role
from hub.gates import mails, selectors
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.repos.selectors import repository_by_id

# Subject and body.
Words = tuple[str, str]
log = logging.getLogger(__name__)
# Whoever asks sooner than this after the last mail about a repository is told of in the next one.
GATHERED = timedelta(minutes=15)


def tell_owners(*, repository_id: int) -> int:
    """Mail the new requests of a repository to its admins, together; returns to how many.

    Within 15 minutes of the last such mail nothing is sent, and the requests wait for the next sweep.
    """
    repository = repository_by_id(repository_id)
    claimed = _claim(repository_id)
    if repository is None or not claimed:
        return 0
    owners = people_with_role([repository.namespace_id], Role.ADMIN)[repository.namespace_id]
    askers = [request.user.username for request in claimed]
    page = f"{_address(repository)}/settings/access"
    if not _sent([(owner, _told_owner(owner, repository, askers, page)) for owner in owners]):
        AccessRequest.objects.filter(pk__in=[request.pk for request in claimed]).update(owners_told_at=None)
        return 0
    return len(owners)


def _told_owner(owner: User, repository: Repository, askers: list[str], page: str) -> Words:
    with translation.override(language_of(owner)):
        return mails.for_owners(repository, askers, page)


@transaction.atomic
def _claim(repository_id: int) -> list[AccessRequest]:
    """The requests to tell of, noted as told; none while another worker is at it or just was."""
    waiting = selectors.untold_of(repository_id)
    locked = list(waiting.select_for_update(of=("self",), skip_locked=True).select_related("user"))
    just_told = selectors.was_told_since(repository_id, timezone.now() - GATHERED)
    if len(locked) < waiting.count() or just_told:
        return []
    AccessRequest.objects.filter(pk__in=[row.pk for row in locked]).update(owners_told_at=timezone.now())
    return sorted(locked, key=lambda row: row.pk)


def tell_asker(*, request_id: int) -> bool:
    """Mail a decision to whoever asked, in their language; False when that was done."""
    decided = AccessRequest.objects.filter(pk=request_id, asker_told_at=None, decided_at__isnull=False)
    request = decided.select_related("user", "repository__namespace").first()
    if request is None or not decided.filter(status=request.status).update(asker_told_at=timezone.now()):
        return False
    with translation.override(language_of(request.user, otherwise=request.language)):
        words = mails.for_asker(request, _address(request.repository))
    if not _sent([(request.user, words)] if selectors.is_mailed(request) else []):
        AccessRequest.objects.filter(pk=request_id).update(asker_told_at=None)
        return False
    return True


def _address(repository: Repository) -> str:
    return settings.LOCAL_URL + quote(repository.url_path)


def _sent(letters: list[tuple[User, Words]]) -> bool:
    """Hand a mail to each of the people over; False when the mail server takes none at the moment.

    Who has confirmed no address, or one that it refuses, is passed over: what the mail says stands on the
    pages, too.
    """
    addresses, subject = confirmed_addresses(user for user, _ in letters), ""
    try:
        with get_connection() as connection:
            for user, (subject, body) in letters:
                if user.pk not in addresses:
                    continue
                message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [addresses[user.pk]])
                try:
                    connection.send_messages([message])
                except SMTPRecipientsRefused:
                    log.warning("the mail server refuses %s, who is not told: %s", user, subject)
    except OSError as problem:
        log.warning("not told yet: %s: %s", subject, problem)
        return False
    return True
