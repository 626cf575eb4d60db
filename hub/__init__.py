"""Allmende: the catalogue, its facts and its doors."""

from hub.celery import app as celery_app

__all__ = ["celery_app"]
