"""Sealing: what was recorded since takes its place in the chain.

It is done behind the acts, so that none waits for another: a transaction that ends late is sealed late. What
is not sealed yet, some seconds' worth, is not protected yet.
"""

from django.db import connection, transaction

from accounts.ledger.hashing import START, digest
from accounts.ledger.models import AuditLink
from accounts.ledger.selectors import last_link, unsealed, written

BATCH = 1_000
# Of one run, which the next one follows.
MOST = 20_000
# The number of the advisory lock of whoever seals.
LOCK = 7_305_551_918


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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = last_link()
    links = []
    position, before = (last.position, bytes(last.digest)) if last else (0, START)
    for event in unsealed()[:BATCH]:
        position, before = position + 1, digest(before, written(event))
        links.append(AuditLink(position=position, event=event.pk, digest=before))
    AuditLink.objects.bulk_create(links)
    return len(links)
