"""Links in mails that end such mails with one click and without logging in (RFC 8058)."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from accounts.models import User
from contributions.discussions.models import Discussion
from contributions.notifications import services
from contributions.notifications.errors import NoSuchLink
from contributions.notifications.selectors import Wish, wishes_of
from contributions.notifications.vocabulary import Level, Pace, Reason

SALT = "contributions.notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a link ends for a user: mails about one thread, or mails of some kinds."""

    user: User
    discussion: Discussion | None
    kinds: tuple[Reason, ...]


def address(user: User, *, discussion: int | None = None, kinds: tuple[str, ...] = ()) -> str:
    """The address that ends mails to the user about a thread, or of these kinds."""
    signed = signing.dumps([user.pk, discussion, [str(kind) for kind in kinds]], salt=SALT)
    return f"{settings.LOCAL_URL}/unsubscribe/{signed}"


def read(signed: str) -> Ending:
    """What a link ends; NoSuchLink when the hub did not sign it, or what it is about is gone."""
    try:
        user_id, thread, kinds = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        raise NoSuchLink("The hub has sent no such link.") from None
    user = User.objects.filter(pk=user_id).first()
    discussion = Discussion.objects.filter(pk=thread).first() if thread else None
    if user is None or (thread and discussion is None):
        raise NoSuchLink("What this link is about is gone.")
    return Ending(user, discussion, tuple(Reason(kind) for kind in kinds))


def end(ending: Ending) -> None:
    """Send no more of such mails; twice is once. On the web the kinds are told as before."""
    if ending.discussion is not None:
        services.watch(user=ending.user, level=Level.IGNORED, discussion=ending.discussion)
        return
    known = wishes_of([ending.user.pk])[ending.user.pk]
    never = [Wish(kind, known[kind].web, Pace.NEVER) for kind in ending.kinds]
    services.prefer(user=ending.user, wishes=never)
