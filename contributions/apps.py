"""What people say and decide: the app's subscribers are connected when Django is ready."""

import importlib

from django.apps import AppConfig

ROOMS = ("pulls", "activity", "notifications", "moderation")
SUBSCRIBERS = tuple(f"contributions.{room}.subscribers" for room in ROOMS)


class ContributionsConfig(AppConfig):
    name = "contributions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every room's subscribers, which register themselves with the audit log."""
        for module in SUBSCRIBERS:
            importlib.import_module(module)
