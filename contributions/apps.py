"""What people say and decide: the app's subscribers are connected when Django is ready."""

import importlib

from django.apps import AppConfig
from django.db.models.signals import post_migrate

ROOMS = ("pulls", "activity", "notifications", "moderation")
SUBSCRIBERS = tuple(f"contributions.{room}.subscribers" for room in ROOMS)


class ContributionsConfig(AppConfig):
    name = "contributions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every room's subscribers, which register themselves with the audit log; seed a new hub."""
        for module in SUBSCRIBERS:
            importlib.import_module(module)
        seeding = importlib.import_module("contributions.moderation.seeding")
        post_migrate.connect(seeding.write_defaults, sender=self)
