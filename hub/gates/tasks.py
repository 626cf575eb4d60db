"""The workers' doors to gates: tell people by mail, and pick up what fell through."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from hub.gates import selectors, telling
from hub.queue import enqueue


@shared_task
def tell_owners(repository_id: int) -> None:
    """Mail the new requests of a repository to its people."""
    telling.tell_owners(repository_id=repository_id)


@shared_task
def tell_asker(request_id: int) -> None:
    """Mail a decision to whoever asked."""
    telling.tell_asker(request_id=request_id)


@shared_task
def sweep() -> None:
    """Queue the mails that were gathered, and those whose tasks were lost."""
    for repository_id in selectors.gates_with_untold():
        enqueue(tell_owners, repository_id)
    for request_id in selectors.answers_to_tell(timedelta(seconds=settings.RECHECK_AFTER)):
        enqueue(tell_asker, request_id)
