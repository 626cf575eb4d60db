"""The hub's Django app; its rooms' subscribers are connected when Django is ready."""

import importlib

from django.apps import AppConfig

ROOMS = ("revisions", "scanning", "licensing", "compute", "gates", "webhooks")
SUBSCRIBERS = tuple(f"hub.{room}.subscribers" for room in ROOMS)


class HubConfig(AppConfig):
    """The catalogue and its doors."""

    name = "hub"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every room's subscribers, which register themselves with the audit log."""
        for module in SUBSCRIBERS:
            importlib.import_module(module)
