"""The Celery application: late acknowledgement, so that a worker that dies loses no work."""

import os

from celery import Celery

from hub.background import WorkerSigns

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["consumer"].add(WorkerSigns)
app.autodiscover_tasks(
    [
        "accounts.ledger",
        "hub",
        "hub.downloads",
        "hub.repos",
        "hub.revisions",
        "hub.scanning",
        "hub.licensing",
        "hub.compute",
        "hub.gates",
        "hub.webhooks",
        "contributions.activity",
        "contributions.attachments",
        "contributions.moderation",
        "contributions.notifications",
    ]
)
