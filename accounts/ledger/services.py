"""Sealing: what was recorded since takes its place in the chain.

It is done behind the acts, so that none waits for another: a transaction that ends late is sealed late. What
is not sealed yet, some seconds' worth, is not protected yet.

Verifying: once a day the whole log is compared with its chain, and what was found is an act of the log.
"""

import logging
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.events import AccountEvent
from accounts.ledger.hashing import START, digest
from accounts.ledger.looking import last_verification
from accounts.ledger.models import AuditLink
from accounts.ledger.selectors import last_link, unsealed, verify, written
from accounts.models import AuditEvent, User

BATCH = 1_000
# Of one run, which the next one follows.
MOST = 20_000
# The number of the advisory lock of whoever seals.
LOCK = 7_305_551_918
# The number of the advisory lock of whoever verifies, and how often it is done.
VERIFYING = 7_305_551_919
EVERY = timedelta(days=1)
# The subject of what is done with the log itself.
LOG = "audit"

logger = logging.getLogger(__name__)


def seal(*, most: int = MOST) -> int:
    """Give the events that have none their place in the chain, at most so many; how many it were.

    An advisory lock is held for each batch: of two who seal at once one does nothing.
    """
    sealed = 0
    while sealed < most:
        done = _seal_batch()
        sealed += done
        if done < BATCH:
            break
    return sealed


@transaction.atomic
def _seal_batch() -> int:
    if not _locked(LOCK):
        return 0
    last = last_link()
    links = []
    position, before = (last.position, bytes(last.digest)) if last else (0, START)
    for event in unsealed()[:BATCH]:
        position, before = position + 1, digest(before, written(event))
        links.append(AuditLink(position=position, event=event.pk, digest=before))
    AuditLink.objects.bulk_create(links)
    return len(links)


@transaction.atomic
def verify_daily() -> AuditEvent | None:
    """Compare the whole log with its chain, unless it was done within a day; the act that says what it found.

    The head of the last verification that found nothing wrong must be in the chain. An advisory lock is held:
    of two who verify at once one does nothing.
    """
    if not _locked(VERIFYING):
        return None
    last = last_verification()
    if last is not None and last.created_at > timezone.now() - EVERY:
        return None
    good = last_verification(without_problems=True)
    found = verify(noted=good.data["head"] if good else "")
    if found.problems:
        logger.error("the audit log is not what it was: %s", " ".join(found.problems))
    return audit.record(
        AccountEvent.AUDIT_VERIFIED,
        actor=None,
        subject=LOG,
        events=found.events,
        head=found.head,
        problems=found.problems,
    )


def note_export(*, actor: User) -> None:
    """Put on the record that somebody saves the whole log."""
    audit.record(AccountEvent.AUDIT_EXPORTED, actor=actor, subject=LOG)


def _locked(number: int) -> bool:
    """Whether this transaction has an advisory lock now, for which it does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]
