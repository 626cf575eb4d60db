"""The licence registry: staff paste a licence's text and say what it allows; new ones appear monthly."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from hub.errors import Forbidden, InvalidInput
from hub.events import Event
from hub.licensing.books import Books, current_books
from hub.licensing.catalogue import built_in, normalised
from hub.licensing.declared import NO_NAMES
from hub.licensing.errors import LicenceChanged
from hub.licensing.facts import How
from hub.licensing.fields import checked_fields
from hub.licensing.fingerprints import fingerprint_of, title_of
from hub.licensing.matching import match
from hub.licensing.models import RegisteredLicence
from hub.licensing.titles import holder_of

KEY = re.compile(r"[a-z0-9][a-z0-9.+-]{1,99}", re.ASCII)
# A text with fewer words is told apart from nothing.
FEWEST_WORDS = 20
LONGEST_TEXT = 262_144
# The number of the advisory lock of whoever saves a licence.
LOCK = int.from_bytes(b"licences", "big")


@transaction.atomic
def register(
    *, key: str, name: str, text: str, fields: Mapping[str, Any], source_url: str = "", actor_user: User
) -> RegisteredLicence:
    """Add a licence; InvalidInput, Forbidden for all but those who lead the desk.

    Who saves waits for whoever does just now: of two with one key, name or text the second is refused.
    """
    check_staff(actor_user)
    _wait_for_others()
    if not KEY.fullmatch(key):
        raise InvalidInput(gettext("Small letters, digits, dots, and hyphens."), "key")
    if built_in().get(key) is not None:
        raise InvalidInput(gettext("The hub comes with a licence of this name."), "key")
    if RegisteredLicence.objects.filter(key=key).exists():
        raise InvalidInput(gettext("There is one with this short name already."), "key")
    row, books = RegisteredLicence(key=key, reviewed_by=actor_user), current_books()
    _fill(row, name, text, fields, source_url, books)
    _check_own(row, books)
    row.save()
    _record(row, Event.LICENCE_REGISTERED, actor_user)
    return row


@transaction.atomic
def change(
    *,
    key: str,
    name: str,
    text: str,
    fields: Mapping[str, Any],
    source_url: str = "",
    retired: bool = False,
    seen: str,
    actor_user: User,
) -> RegisteredLicence | None:
    """Say something else of a licence from now on, or retire it. None when it is gone.

    `seen` is the version that was read: LicenceChanged when it is another one by now. Who saves waits for
    whoever does just now. What is retired has no name and no text that it could take from another.
    """
    check_staff(actor_user)
    _wait_for_others()
    row = RegisteredLicence.objects.filter(key=key).first()
    if row is None:
        return None
    if row.version != seen:
        raise LicenceChanged(
            gettext("%s changed it meanwhile, so nothing was saved.")
            % (row.reviewed_by.username if row.reviewed_by else gettext("Somebody"))
        )
    books = current_books()
    _fill(row, name, text, fields, source_url, books)
    if not retired:
        _check_own(row, books)
    row.retired, row.reviewed_by = retired, actor_user
    row.save()
    _record(row, Event.LICENCE_CHANGED, actor_user)
    return row


def check_staff(user: User) -> None:
    """Forbidden for all but those who lead the desk."""
    if not user.is_lead or user.suspended_at:
        raise Forbidden(gettext("Only those who lead the moderators may change what licences say."))


def _wait_for_others() -> None:
    """Let nobody else save until the transaction ends: what is known then is what is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _fill(
    row: RegisteredLicence, name: str, text: str, fields: Mapping[str, Any], source_url: str, books: Books
) -> None:
    name, text = name.strip(), text.strip()
    if not name or len(name) > 200:
        raise InvalidInput(gettext("Between 1 and 200 characters."), "name")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(gettext("At most %d characters.") % LONGEST_TEXT, "text")
    if len(text.split()) < FEWEST_WORDS and len(text) < 4 * FEWEST_WORDS:
        raise InvalidInput(gettext("Paste the whole text of the licence."), "text")
    row.name, row.text, row.fields = name, text, checked_fields(fields)
    row.source_url = source_url.strip()
    title = title_of(text)
    # A title names one licence: what begins with that of another is not known by it.
    own = holder_of(title, books.references) in {"", row.key}
    titles = [title] if title and own else []
    row.fingerprint = fingerprint_of(text, row.key, titles, row.source_url).to_bytes()


def _check_own(row: RegisteredLicence, books: Books) -> None:
    """InvalidInput where a name or the text is that of another licence, or a name is none."""
    names = [("key", row.key), ("name", row.name)]
    names += [(field, name) for field in ("spdx", "aliases") for name in row.fields.get(field, [])]
    for field, name in names:
        if normalised(name) in {"", *NO_NAMES}:
            raise InvalidInput(gettext("“%s” is no name for a licence.") % name, field)
        holder = books.book.known(name)
        if holder is not None and holder.id != row.key:
            said = {"name": name, "licence": holder.name}
            raise InvalidInput(gettext("“%(name)s” is a name of the licence “%(licence)s”.") % said, field)
    for found in match(row.text, books.references, books.book):
        if found.how is How.EXACT and found.key != row.key:
            problem = gettext("It is the text of the licence “%s”.") % books.book.name(found.key)
            raise InvalidInput(problem, "text")


def _record(row: RegisteredLicence, event: str, by: User) -> None:
    said = {"key": row.key, "name": row.name, "fields": row.fields, "retired": row.retired}
    audit.record(event, actor=by, subject=f"licence:{row.pk}", **said)
