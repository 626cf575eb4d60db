"""manage.py forbid_name NAME [--why WORDS] [--lift]: let nobody get a name, or let it be given again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import AccountError
from accounts.forbidden import allow_name, forbid_name


class Command(BaseCommand):
    """Forbid a name, or lift that."""

    help = "Let no user, organisation (owner) or repository (owner/name) get a name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="owner, or owner/name")
        parser.add_argument("--why", default="", help="the reason, for the log")
        parser.add_argument("--lift", action="store_true", help="let the name be given again")

    def handle(self, *args: Any, **options: Any) -> None:
        act, state = (allow_name, "not forbidden") if options["lift"] else (forbid_name, "forbidden")
        try:
            act(name=options["name"], why=options["why"], actor_user=None)
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The name {options['name']} is {state}.")
