"""What the desk and those concerned write each other about a case."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import calling, rules, sides
from contributions.moderation.deciding import locked_case, locked_for
from contributions.moderation.errors import CaseChanged
from contributions.moderation.models import Case, Message
from hub.errors import Forbidden
from hub.events import Event

# Of one person about one case, within a day.
MOST_A_DAY = 20


@transaction.atomic
def write_from_desk(*, case: Case, moderator: User, text: str, internal: bool = False) -> Message:
    """Write to those concerned, or with `internal` to the desk alone. InvalidInput, Forbidden.

    To the desk it is also an opinion, where all were asked for one. The subject and the case are locked.
    """
    rules.check_text(text, "text", least=1, most=rules.TEXT_MAX)
    locked = locked_for(case, moderator)
    if internal:
        calling.answered(locked, moderator)
    return _written(locked, moderator, text, from_desk=True, internal=internal)


@transaction.atomic
def write_to_desk(*, case: Case, author: User, text: str) -> Message:
    """Write to the moderators about one's own case. InvalidInput, Forbidden, CaseChanged."""
    rules.check_text(text, "text", least=1, most=rules.TEXT_MAX)
    locked = locked_case(case)
    if not sides.concerns(locked, author):
        raise Forbidden(gettext("Only those whom a case concerns can write about it."))
    since = timezone.now() - timedelta(days=1)
    if locked.messages.filter(author=author, created_at__gt=since).count() >= MOST_A_DAY:
        raise CaseChanged(gettext("That were many messages today. The moderators will answer."))
    return _written(locked, author, text, from_desk=False, internal=False)


def _written(case: Case, author: User, text: str, *, from_desk: bool, internal: bool) -> Message:
    message = Message.objects.create(
        case=case, author=author, from_desk=from_desk, internal=internal, text=text.strip()
    )
    case.updated_at = timezone.now()
    case.save(update_fields=["updated_at"])
    audit.record(
        Event.MESSAGE_WRITTEN,
        actor=author,
        subject=case.subject,
        message=message.pk,
        internal=internal,
        from_desk=from_desk,
    )
    return message
