"""manage.py scan_policy: the rules, as an operator sees and changes them."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from hub.events import Event
from tests.factories.accounts import make_organisation, make_user

pytestmark = pytest.mark.django_db
DEFAULT = "default: dangerous refuse, suspicious warn, error warn, queued warn"


def lines(capsys, *args: str) -> list[str]:
    """What the command prints."""
    call_command("scan_policy", *args)
    return capsys.readouterr().out.splitlines()


def test_rules_are_shown_set_and_unset(capsys):
    make_organisation("acme")
    assert lines(capsys) == lines(capsys, "show") == [DEFAULT]
    acme = "acme, model: suspicious refuse"
    assert lines(capsys, "set", "--suspicious", "refuse", "--kind", "model", "--organisation", "acme") == [
        DEFAULT,
        acme,
    ]
    hub = "the hub, every kind: error refuse, queued refuse"
    assert lines(capsys, "set", "--queued", "refuse", "--error", "refuse") == [DEFAULT, hub, acme]
    assert lines(capsys, "unset", "error") == [DEFAULT, hub.replace("error refuse, ", ""), acme]
    assert lines(capsys, "unset", "--kind", "model", "--organisation", "acme") == [
        DEFAULT,
        hub.replace("error refuse, ", ""),
    ]
    events = AuditEvent.objects.filter(event=Event.SCAN_POLICY_CHANGED)
    assert [event.actor for event in events] == [None] * 4


@pytest.mark.parametrize(
    "args",
    [
        ("set",),
        ("set", "--organisation", "nobody", "--error", "warn"),
        ("set", "--organisation", "anna", "--error", "warn"),
        ("set", "--error", "delete"),
        ("set", "--kind", "space", "--error", "warn"),
        ("unset", "safe"),
        ("remove",),
    ],
)
def test_what_is_no_rule_is_refused(args):
    make_user("anna")
    with pytest.raises(CommandError):
        call_command("scan_policy", *args)
