"""The domain that the people who run the hub know to be an organisation's own."""

import re

from django.db import transaction

from accounts import audit
from accounts.errors import DomainInvalid, NotAnOrganisation
from accounts.events import AccountEvent
from accounts.models import Namespace

LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
DOMAIN = re.compile(rf"(?:{LABEL}\.)+(?!\d+$){LABEL}")


@transaction.atomic
def set_verified_domain(*, organisation: Namespace, domain: str) -> None:
    """Mark the organisation with a domain, "" takes the mark away; the row is locked, the operator acts.

    Raises NotAnOrganisation, and DomainInvalid for what is no name of letters, digits, "-" and dots; names in
    other scripts are written as DNS has them (xn--…).
    """
    said = domain.lower().rstrip(".")
    if domain and (len(said) > 253 or not DOMAIN.fullmatch(said)):
        raise DomainInvalid(f"'{domain}' is no domain name.")
    row = Namespace.objects.select_for_update().get(pk=organisation.pk)
    if not row.is_organisation:
        raise NotAnOrganisation(f"{row.name} is a user, and only organisations are verified.")
    before = row.verified_domain
    if before == said:
        return
    row.verified_domain = said
    row.save(update_fields=["verified_domain"])
    audit.record(
        AccountEvent.ORGANISATION_VERIFIED, actor=None, subject=row.subject, domain=said, before=before
    )
