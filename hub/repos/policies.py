"""Writes of what is done with files for what their scans say."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import Namespace, User
from accounts.roles import Role
from accounts.selectors import role_in
from hub.errors import Forbidden, InvalidInput
from hub.events import Event
from hub.repos.models import Repository, ScanPolicy
from hub.repos.serving import STATES

HUB = "hub"


@transaction.atomic
def set_scan_policy(
    *, organisation: Namespace | None, kind: str, said: Mapping[str, str], actor_user: User | None
) -> ScanPolicy:
    """Say what is done with files, state by state, in a kind of repository ("" is every kind); "" unsays it.

    It is the hub's own without an organisation. No actor is the operator; a user has to be an admin of the
    organisation. Forbidden; InvalidInput names the field (`organisation`, `kind`, a state).
    """
    _check(organisation, kind, said)
    if actor_user and (organisation is None or role_in(actor_user, organisation) != Role.ADMIN):
        raise Forbidden(gettext("Only an admin of the organisation says what is done with its files."))
    ScanPolicy.objects.get_or_create(organisation=organisation, kind=kind)
    row = ScanPolicy.objects.select_for_update().get(organisation=organisation, kind=kind)
    before = {state: getattr(row, state) for state in said}
    changed = [state for state in said if before[state] != said[state]]
    if changed:
        for state in changed:
            setattr(row, state, said[state])
        row.save(update_fields=changed)
        audit.record(
            Event.SCAN_POLICY_CHANGED,
            actor=actor_user,
            subject=f"namespace:{organisation.pk}" if organisation else HUB,
            kind=kind,
            before={state: before[state] for state in changed},
            after={state: said[state] for state in changed},
        )
    return row


def _check(organisation: Namespace | None, kind: str, said: Mapping[str, str]) -> None:
    if organisation is not None and not organisation.is_organisation:
        raise InvalidInput(f"{organisation.name} is no organisation.", "organisation")
    if kind and kind not in Repository.Kind.values:
        raise InvalidInput(f"The kind must be one of {', '.join(Repository.Kind.values)}.", "kind")
    for state, answer in said.items():
        if state not in STATES:
            raise InvalidInput(f"{state} must be one of {', '.join(STATES)}.", "state")
        if answer and answer not in ScanPolicy.Answer.values:
            raise InvalidInput(f"{state} must be one of {', '.join(ScanPolicy.Answer.values)}.", state)
