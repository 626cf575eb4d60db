"""The Celery application: late acknowledgement, so that a worker that dies loses no work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "hub",
        "hub.revisions",
        "hub.scanning",
        "hub.licensing",
        "contributions.moderation",
    ]
)
