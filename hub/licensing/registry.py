"""The licence registry: staff paste a licence's text and say what it allows; new ones appear monthly."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from hub.errors import Forbidden, InvalidInput
from hub.events import Event
from hub.licensing.catalogue import built_in
from hub.licensing.fields import checked_fields
from hub.licensing.fingerprints import fingerprint_of, title_of
from hub.licensing.models import RegisteredLicence

KEY = re.compile(r"[a-z0-9][a-z0-9.+-]{1,99}", re.ASCII)
# A text with fewer words is told apart from nothing.
FEWEST_WORDS = 20
LONGEST_TEXT = 262_144


@transaction.atomic
def register(
    *, key: str, name: str, text: str, fields: Mapping[str, Any], source_url: str = "", actor_user: User
) -> RegisteredLicence:
    """Add a licence; InvalidInput, Forbidden for all but those who lead the desk."""
    check_staff(actor_user)
    if not KEY.fullmatch(key):
        raise InvalidInput(gettext("Small letters, digits, dots, and hyphens."), "key")
    if built_in().get(key) is not None:
        raise InvalidInput(gettext("The hub comes with a licence of this name."), "key")
    row = RegisteredLicence(key=key)
    _fill(row, name, text, fields, source_url)
    row.reviewed_by = actor_user
    made, new = RegisteredLicence.objects.get_or_create(
        key=key,
        defaults={
            each: getattr(row, each)
            for each in ("name", "text", "fingerprint", "fields", "source_url", "reviewed_by")
        },
    )
    if not new:
        raise InvalidInput(gettext("There is one with this short name already."), "key")
    _record(made, Event.LICENCE_REGISTERED, actor_user)
    return made


@transaction.atomic
def change(
    *,
    key: str,
    name: str,
    text: str,
    fields: Mapping[str, Any],
    source_url: str = "",
    retired: bool = False,
    actor_user: User,
) -> RegisteredLicence | None:
    """Say something else of a licence from now on, or retire it; the row is locked. None when it is gone."""
    check_staff(actor_user)
    row = RegisteredLicence.objects.select_for_update().filter(key=key).first()
    if row is None:
        return None
    _fill(row, name, text, fields, source_url)
    row.retired, row.reviewed_by = retired, actor_user
    row.save()
    _record(row, Event.LICENCE_CHANGED, actor_user)
    return row


def check_staff(user: User) -> None:
    """Forbidden for all but those who lead the desk."""
    if not user.is_lead or user.suspended_at:
        raise Forbidden(gettext("Only those who lead the moderators may change what licences say."))


def _fill(row: RegisteredLicence, name: str, text: str, fields: Mapping[str, Any], source_url: str) -> None:
    name, text = name.strip(), text.strip()
    if not name or len(name) > 200:
        raise InvalidInput(gettext("Between 1 and 200 characters."), "name")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(gettext("At most %d characters.") % LONGEST_TEXT, "text")
    if len(text.split()) < FEWEST_WORDS and len(text) < 4 * FEWEST_WORDS:
        raise InvalidInput(gettext("Paste the whole text of the licence."), "text")
    row.name, row.text, row.fields = name, text, checked_fields(fields)
    row.source_url = source_url.strip()
    titles = filter(None, [title_of(text)])
    row.fingerprint = fingerprint_of(text, row.key, titles, row.source_url).to_bytes()


def _record(row: RegisteredLicence, event: str, by: User) -> None:
    said = {"key": row.key, "name": row.name, "fields": row.fields, "retired": row.retired}
    audit.record(event, actor=by, subject=f"licence:{row.pk}", **said)
