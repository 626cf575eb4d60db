"""manage.py verify_audit: whether the log of acts is what it was."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.ledger.selectors import verify


class Command(BaseCommand):
    """Compare every event with the chain of hashes; fails when one was changed, removed or put in later."""

    help = "Read the whole audit log and compare it with its chain of hashes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--noted", default="", metavar="DIGEST", help="a head that was printed before and kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify(noted=options["noted"].strip().lower())
        for problem in found.problems:
            self.stderr.write(problem)
        if found.problems:
            raise CommandError("The log is not what it was.")
        self.stdout.write(f"{found.events} events are as they were; {found.waiting} wait to be sealed.")
        if found.head:
            self.stdout.write(f"Head: {found.head}")
