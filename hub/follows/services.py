"""Follow a user or an organisation, and stop."""

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import Namespace, User
from hub.errors import InvalidInput
from hub.events import Event
from hub.follows.models import Follow


@transaction.atomic
def follow(*, namespace: Namespace, user: User) -> bool:
    """Note that the user follows the namespace; False when that was known. InvalidInput for their own.

    Of two at once, the unique constraint lets one in.
    """
    if namespace.user_id == user.pk:
        raise InvalidInput(gettext("Nobody can follow themselves."), "user")
    _, new = Follow.objects.get_or_create(user=user, namespace=namespace)
    if new:
        audit.record(Event.NAMESPACE_FOLLOWED, actor=user, subject=f"namespace:{namespace.pk}")
    return new


@transaction.atomic
def unfollow(*, namespace: Namespace, user: User) -> bool:
    """Forget that the user follows the namespace; False when they did not."""
    gone, _ = Follow.objects.filter(user=user, namespace=namespace).delete()
    if gone:
        audit.record(Event.NAMESPACE_UNFOLLOWED, actor=user, subject=f"namespace:{namespace.pk}")
    return bool(gone)
