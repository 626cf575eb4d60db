"""The storage app: what never changes, named by its hash."""

from django.apps import AppConfig


class StorageConfig(AppConfig):
    """Blobs, trees, commits and the uploads that become blobs."""

    name = "storage"
    default_auto_field = "django.db.models.BigAutoField"
