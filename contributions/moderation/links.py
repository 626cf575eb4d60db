"""Links in mails by which somebody whose account is suspended reads why, and appeals, without logging in."""

from datetime import timedelta

from django.core import signing

from accounts.models import User
from contributions.moderation.models import Case

SALT = "contributions.moderation.statement"
# Longer than any appeal is heard by the policies of a new hub.
VALID = timedelta(days=400)


def key_for(case: Case, user: User) -> str:
    """What stands in the address of a statement in a mail to a suspended user."""
    return signing.dumps([case.pk, user.pk], salt=SALT)


def user_with(key: str, case: Case) -> User | None:
    """The suspended user to whom the hub sent a key about this case; None for any other key.

    Who is not suspended, or no longer, logs in.
    """
    try:
        case_id, user_id = signing.loads(key, salt=SALT, max_age=VALID)
    except signing.BadSignature:
        return None
    if case_id != case.pk:
        return None
    return User.objects.exclude(suspended_at=None).filter(pk=user_id).first()
