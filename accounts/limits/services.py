"""How many bytes a namespace may keep, as the people who run the hub set it."""

from django.db import transaction

from accounts import audit
from accounts.errors import LimitInvalid
from accounts.events import AccountEvent
from accounts.models import Namespace

# The largest that PostgreSQL's bigint holds.
MOST = 2**63 - 1


@transaction.atomic
def set_storage_limit(*, namespace: Namespace, limit: int | None) -> None:
    """Let a namespace keep `limit` bytes, 0 without end, None as many as the hub's own limit says.

    The row is locked; the operator acts. What is kept already stays, whatever the limit. LimitInvalid.
    """
    if limit is not None and not 0 <= limit <= MOST:
        raise LimitInvalid(f"A limit is a number of bytes from 0 to {MOST}.")
    row = Namespace.objects.select_for_update().get(pk=namespace.pk)
    before = row.storage_limit
    if before == limit:
        return
    row.storage_limit = limit
    row.save(update_fields=["storage_limit"])
    audit.record(AccountEvent.STORAGE_LIMIT_SET, actor=None, subject=row.subject, bytes=limit, before=before)
