"""Delete content that no repository uses and attachments that no comment shows, as the workers do."""

from argparse import ArgumentParser
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from contributions.attachments.services import collect
from hub.revisions.collection import Step, collect_round
from storage.collection import Ages


class Command(BaseCommand):
    """One whole round with the ages of the settings, or with those that are given."""

    help = "Condemn content that no repository uses, and delete what was condemned a while ago."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long content is kept that nothing uses."""
        parser.add_argument(
            "--now",
            action="store_true",
            help="keep nothing that is not used at this moment: uploads that were not committed yet are lost",
        )
        for name, what in (
            ("uploads", "of content since its upload was begun"),
            ("xorbs", "of xorbs since somebody was told of them"),
            ("condemned", "since it was condemned"),
            ("orphans", "of objects in S3 that no row names; --now does not change it"),
        ):
            parser.add_argument(f"--{name}", type=int, metavar="SECONDS", help=f"the age {what}")

    def handle(self, *args: Any, now: bool, **options: Any) -> None:
        """Print what was condemned and deleted in each step."""
        ages = Ages.configured()
        unused = timedelta(seconds=settings.COLLECT_ATTACHMENTS_AFTER)
        if now:
            ages = replace(ages, uploads=timedelta(), xorbs=timedelta(), condemned=timedelta())
            unused = timedelta()
        given = {name: options[name] for name in ("uploads", "xorbs", "condemned", "orphans")}
        ages = replace(
            ages, **{name: timedelta(seconds=age) for name, age in given.items() if age is not None}
        )
        condemned: Counter[Step] = Counter()
        deleted: Counter[Step] = Counter()
        size: Counter[Step] = Counter()
        for done in collect_round(ages=ages):
            condemned[done.step] += done.stretch.condemned
            deleted[done.step] += done.stretch.deleted
            size[done.step] += done.stretch.size
        for step in Step:
            self.stdout.write(
                f"{step}: {condemned[step]} condemned, {deleted[step]} deleted, {size[step]} bytes"
            )
        while attachments := collect(age=unused):
            self.stdout.write(f"attachments: {attachments} deleted")
