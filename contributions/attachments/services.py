"""Every change of an attachment: it is uploaded, comments refer to it or do no more, and it goes."""

import hashlib
import io
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.attachments import rules
from contributions.attachments.errors import TooManyAttachments
from contributions.attachments.models import Attachment
from contributions.attachments.vocabulary import FILMS, SOUNDS
from hub.events import Event
from hub.repos.models import Repository
from storage import objects

DAY = timedelta(days=1)
REFERENCE = Attachment.events.through


def upload(*, user: User, file: BinaryIO, size: int) -> Attachment:
    """Keep a file for a comment; InvalidInput, TooMuch, TooManyAttachments.

    Until a comment refers to it only its uploader sees it. The bytes are in the store before the row is
    there, and go again by themselves when it never is.
    """
    check_pace(user)
    file.seek(0)
    found = rules.recognised(file.read(rules.ENOUGH))
    rules.check_size(found, size)
    if found not in FILMS | SOUNDS:
        file.seek(0)
        data = rules.cleaned(found, file.read())
        file, size = io.BytesIO(data), len(data)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    attachment = Attachment(format=found, sha256=sha256, size=size, uploader=user)
    file.seek(0)
    objects.bring(attachment.key, file)
    with transaction.atomic():
        # Whoever uploads several at once has them counted one after the other.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        check_pace(user)
        objects.keep(attachment.key)
        attachment.save(force_insert=True)
        audit.record(
            Event.ATTACHMENT_UPLOADED,
            actor=user,
            subject=f"user:{user.pk}",
            attachment=str(attachment.pk),
            format=str(found),
            size=size,
            sha256=sha256,
        )
    return attachment


def check_pace(user: User) -> None:
    """How much one person may upload in a day; TooManyAttachments with the time until there is room again."""
    since = timezone.now() - DAY
    recent = Attachment.objects.filter(uploader=user, created_at__gt=since)
    had = recent.aggregate(count=Count("pk"), size=Sum("size"), first=Min("created_at"))
    if had["count"] >= settings.ATTACHMENTS_PER_DAY or (had["size"] or 0) >= settings.ATTACHED_BYTES_PER_DAY:
        seconds = int((had["first"] - since).total_seconds()) + 1
        raise TooManyAttachments(gettext("That is a lot of attachments in one day. Go on tomorrow."), seconds)


def refer(*, repository: Repository, event_id: int, user: User | None, text: str, before: str = "") -> None:
    """Note which attachments a comment's text shows that said something else before.

    Runs in the transaction that writes the text. The attachments are locked, in the order of their ids. Only
    its uploader brings one into a repository, where it stays: so nobody shows elsewhere what they see here.
    None is shown anew that went with a withheld comment.
    """
    now = rules.named(text)
    touched = now | rules.named(before)
    if not touched:
        return
    rows = list(_with_withheld(Attachment.objects.select_for_update(of=("self",)).filter(pk__in=touched)))
    shown = [row.pk for row in rows if row.pk in now and _may_show(row, repository, user)]
    Attachment.objects.filter(pk__in=shown).update(repository=repository, unused_at=None)
    references = [REFERENCE(attachment_id=pk, discussionevent_id=event_id) for pk in shown]
    REFERENCE.objects.bulk_create(references, ignore_conflicts=True)
    gone = [row.pk for row in rows if row.pk not in shown]
    REFERENCE.objects.filter(attachment__in=gone, discussionevent=event_id).delete()
    left = Attachment.objects.filter(pk__in=gone, unused_at=None)
    left.exclude(_referred()).update(unused_at=timezone.now())


@transaction.atomic
def collect(*, age: timedelta, limit: int = 250) -> int:
    """Delete attachments that no comment has referred to for an age, and those of deleted repositories.

    They are locked, so that no comment takes one up meanwhile, and those that are locked are passed by.
    Safe to run twice. Returns how many.
    """
    unused = Q(unused_at__lte=timezone.now() - age) | Q(unused_at=None, repository=None)
    found = Attachment.objects.filter(unused).exclude(_referred()).order_by("unused_at")
    going = list(found.select_for_update(skip_locked=True, of=("self",))[:limit])
    if going:
        objects.give_up(row.key for row in going)
        Attachment.objects.filter(pk__in=[row.pk for row in going]).delete()
        audit.record(
            Event.CONTENT_COLLECTED,
            actor=None,
            subject="storage",
            step="attachments",
            condemned=0,
            deleted=len(going),
            size=sum(row.size for row in going),
        )
    return len(going)


def _with_withheld(found: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """In the order of their ids, each with whether it is `withheld`: in withheld comments, in no other."""
    events = REFERENCE.objects.filter(attachment=OuterRef("pk"))
    served = events.filter(discussionevent__withheld_at=None)
    return found.annotate(withheld=Exists(events) & ~Exists(served)).order_by("pk")


def _may_show(row: Attachment, repository: Repository, user: User | None) -> bool:
    if row.withheld:
        return False
    if row.repository_id is None:
        return user is not None and row.uploader_id == user.pk
    return row.repository_id == repository.pk


def _referred() -> Exists:
    return Exists(REFERENCE.objects.filter(attachment=OuterRef("pk")))
