"""A new hub's policies and rules; its people change them, and what is there is never written again."""

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps

from contributions.moderation.defaults import POLICIES, RULES


def write_defaults(using: str, apps: Apps = installed, **_signal: Any) -> None:
    """Write the policies and the rules of a hub that has none yet; called after each migration."""
    for name, rows in (("Policy", POLICIES), ("AutoRule", RULES)):
        try:
            model = apps.get_model("contributions", name)
        except LookupError:
            # The tables were just taken back.
            continue
        if not model.objects.using(using).exists():
            model.objects.using(using).bulk_create([model(**row) for row in rows])
