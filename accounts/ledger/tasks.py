"""The workers' door to the chain."""

from celery import shared_task

from accounts.ledger import services


@shared_task
def seal() -> None:
    """Give what was recorded since its place in the chain."""
    services.seal()


@shared_task
def verify() -> None:
    """Compare the whole log with its chain, once a day."""
    services.verify_daily()
