"""What people are at the moderators' desk."""

import pytest

from accounts.desk import DeskRole, set_desk_role
from accounts.errors import RoleUnknown
from accounts.models import AuditEvent, User
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

MAY = {
    "": (),
    "trusted_reporter": ("is_trusted_reporter",),
    "moderator": ("is_moderator", "reads_desk", "is_trusted_reporter"),
    "lead": ("is_moderator", "is_lead", "reads_desk", "is_trusted_reporter"),
    "auditor": ("reads_desk",),
}


@pytest.mark.parametrize("role", DeskRole.values)
def test_each_role_says_what_somebody_may_at_the_desk(role):
    asked = ("is_moderator", "is_lead", "reads_desk", "is_trusted_reporter")
    user = make_user(desk_role=role)
    assert tuple(name for name in asked if getattr(user, name)) == MAY[role]


def test_a_role_is_set_once_and_on_the_record():
    user, lead = make_user(), make_user(desk_role="lead")
    assert set_desk_role(user=user, role="moderator", actor_user=lead)
    assert not set_desk_role(user=user, role="moderator", actor_user=lead)
    act = AuditEvent.objects.get(event="user.desk_role_set")
    assert (act.actor, act.subject) == (lead, f"user:{user.pk}")
    assert act.data == {"username": user.username, "role": "moderator", "before": ""}
    with pytest.raises(RoleUnknown):
        set_desk_role(user=user, role="king", actor_user=lead)
    assert User.objects.get(pk=user.pk).desk_role == "moderator"
