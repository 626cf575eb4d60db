"""manage.py suspend USER [--uploads] [--lift]: suspend an account or its uploads, or end that."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.selectors import user_by_name
from accounts.suspensions import allow_uploads, reinstate_account, suspend_account, suspend_uploads

# By whether it is about uploads alone, and whether it ends.
ACTS = {
    (False, False): (suspend_account, "The account of %s is suspended."),
    (False, True): (reinstate_account, "The account of %s is not suspended."),
    (True, False): (suspend_uploads, "The uploads of %s are suspended."),
    (True, True): (allow_uploads, "The uploads of %s are not suspended."),
}


class Command(BaseCommand):
    """Suspend somebody, or their uploads."""

    help = "Suspend an account, or only its uploads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--uploads", action="store_true", help="only what it brings to the hub")
        parser.add_argument("--lift", action="store_true", help="end the suspension")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_by_name(options["username"])
        if user is None:
            raise CommandError(f"There is no user '{options['username']}'.")
        act, words = ACTS[options["uploads"], options["lift"]]
        act(user=user, actor_user=None, by_operator=True)
        self.stdout.write(words % user.username)
