"""Files that somebody adds to their appeal: kept as bytes, given to the desk and those concerned, deleted."""

import hashlib
import uuid
from collections.abc import Iterator
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation.deciding import locked_case
from contributions.moderation.errors import CaseChanged
from contributions.moderation.models import Appeal, AppealFile, Case, Flag
from contributions.moderation.sides import concerns, same_side
from contributions.moderation.subjects import has_stake
from contributions.moderation.vocabulary import AppealState
from hub.errors import Forbidden, InvalidInput
from hub.events import Event
from storage import objects

MOST_FILES, MOST_BYTES = 5, 10 * 1024 * 1024
NAME_MAX = 200


def add_file(*, appeal: Appeal, author: User, name: str, file: BinaryIO, size: int) -> AppealFile:
    """Add a file to one's own appeal while nobody has answered it; the subject and the case are locked.

    InvalidInput for one that is empty or too large, Forbidden for an appeal of somebody else, CaseChanged
    when it was answered or has enough files. The bytes are in the store before the row is there, and go again
    by themselves when it never is.
    """
    if not 0 < size <= MOST_BYTES:
        raise InvalidInput(gettext("Choose a file of up to 10 MiB."), "file")
    _check(appeal, author)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    made = AppealFile(appeal=appeal, name=_name(name), sha256=sha256, size=size)
    file.seek(0)
    objects.bring(made.key, file)
    with transaction.atomic():
        case = locked_case(appeal.decision.case)
        _check(Appeal.objects.get(pk=appeal.pk), author)
        objects.keep(made.key)
        made.save(force_insert=True)
        case.turn, case.updated_at = case.turn + 1, made.created_at
        case.save(update_fields=["turn", "updated_at"])
        audit.record(
            Event.APPEAL_FILE_ADDED,
            actor=author,
            subject=case.subject,
            appeal=appeal.pk,
            file=str(made.pk),
            size=size,
            sha256=sha256,
        )
    return made


def file_for(reader: User, case: Case, file_id: uuid.UUID) -> AppealFile | None:
    """A file of an appeal in the case, for those who read the desk without a stake, and those concerned."""
    found = AppealFile.objects.filter(pk=file_id, appeal__decision__case=case).first()
    if found is None:
        return None
    # Whoever is suspended came by a link about what concerns them, and reads nothing else of the desk.
    at_the_desk = reader.reads_desk and reader.suspended_at is None and not has_stake(case, reader)
    if at_the_desk:
        return found
    own = Appeal.objects.filter(same_side(case, reader), pk=found.appeal_id)
    return found if concerns(case, reader) and own.exists() else None


def content_of(file: AppealFile, first: int, last: int) -> Iterator[bytes]:
    """Its bytes `first` to `last`."""
    return objects.read(file.key, first, last)


def forget(*, user: User) -> None:
    """Delete what only their account answers for: the files of their appeals, and where they are reached.

    Runs in the transaction that deletes the account; what they said stays with the cases, without them.
    """
    files = list(AppealFile.objects.select_for_update().filter(appeal__author=user))
    Flag.objects.filter(reporter=user).exclude(contact="").update(contact="")
    if files:
        objects.give_up(file.key for file in files)
        AppealFile.objects.filter(pk__in=[file.pk for file in files]).delete()
        audit.record(Event.APPEAL_FILES_DELETED, actor=user, subject=f"user:{user.pk}", deleted=len(files))


def _check(appeal: Appeal, author: User) -> None:
    if appeal.author_id != author.pk:
        raise Forbidden(gettext("Only whoever appealed can add to an appeal."))
    if appeal.state != AppealState.OPEN:
        raise CaseChanged(gettext("This appeal was answered already."))
    if appeal.files.count() >= MOST_FILES:
        raise CaseChanged(gettext("An appeal has at most 5 files."))


def _name(said: str) -> str:
    """The name without folders and what does not print, as nothing but words."""
    last = said.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()[-NAME_MAX:] or "file"
