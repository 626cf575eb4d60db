"""The workers' door to attachments."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from contributions.attachments import services


@shared_task
def collect() -> None:
    """Delete what no comment has shown for a while."""
    services.collect(age=timedelta(seconds=settings.COLLECT_ATTACHMENTS_AFTER))
