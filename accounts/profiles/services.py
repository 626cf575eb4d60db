"""Changing what a namespace says of itself; the namespace's row is locked, and only its admins may."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import audit
from accounts.errors import NotAnAdmin, ProfileInvalid
from accounts.events import AccountEvent
from accounts.models import Namespace, User
from accounts.profiles.pictures import read_picture
from accounts.profiles.rules import check_description, check_full_name, check_homepage
from accounts.roles import Role
from accounts.selectors import role_in

FOLDER = "avatars"


def change_profile(
    *,
    namespace: Namespace,
    actor: User,
    full_name: str,
    description: str,
    homepage: str,
    default_visibility: str = Namespace.Visibility.PUBLIC,
) -> None:
    """Say anew who somebody is. Raises NotAnAdmin or ProfileInvalid, which names the field.

    The log keeps which fields changed, and not what they said: it can never forget.
    """
    if default_visibility not in Namespace.Visibility.values:
        raise ProfileInvalid("New repositories are public or private.", "default_visibility")
    said = {
        "full_name": check_full_name(full_name),
        "description": check_description(description),
        "homepage": check_homepage(homepage),
        "default_visibility": default_visibility,
    }
    with _locked(namespace, actor) as row:
        changed = sorted(name for name, value in said.items() if getattr(row, name) != value)
        if not changed:
            return
        for name, value in said.items():
            setattr(row, name, value)
        row.save(update_fields=changed)
        audit.record(AccountEvent.PROFILE_CHANGED, actor=actor, subject=row.subject, fields=changed)


def set_picture(*, namespace: Namespace, actor: User, data: bytes) -> None:
    """Show a picture beside a name. Raises NotAnAdmin or PictureInvalid."""
    picture = read_picture(data)
    _require_admin(namespace, actor)
    key = f"{FOLDER}/{namespace.pk}/{secrets.token_hex(8)}.{picture.extension}"
    _replace(namespace, actor, default_storage.save(key, ContentFile(picture.data)))


def remove_picture(*, namespace: Namespace, actor: User) -> None:
    """Show the drawn picture again. Raises NotAnAdmin."""
    _replace(namespace, actor, "")


def forget_picture(namespace: Namespace) -> None:
    """Delete a namespace's picture from the store when the transaction has ended well."""
    if namespace.picture:
        key = namespace.picture
        transaction.on_commit(lambda: default_storage.delete(key), robust=True)


def _replace(namespace: Namespace, actor: User, key: str) -> None:
    with _locked(namespace, actor) as row:
        if row.picture == key:
            return
        forget_picture(row)
        row.picture = key
        row.save(update_fields=["picture"])
        audit.record(AccountEvent.PROFILE_CHANGED, actor=actor, subject=row.subject, fields=["picture"])


@contextmanager
def _locked(namespace: Namespace, actor: User) -> Iterator[Namespace]:
    with transaction.atomic():
        row = Namespace.objects.select_for_update().get(pk=namespace.pk)
        _require_admin(row, actor)
        yield row


def _require_admin(namespace: Namespace, actor: User) -> None:
    if role_in(actor, namespace) != Role.ADMIN:
        raise NotAnAdmin(f"Only an admin of {namespace.name} may change its profile.")
