"""manage.py create_organisation NAME --owner USERNAME: make an organisation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import selectors, services
from accounts.errors import AccountError


class Command(BaseCommand):
    """Make an organisation whose first admin is the owner."""

    help = "Make an organisation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, help="username of its first admin")
        parser.add_argument("--full-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = selectors.user_by_name(options["owner"])
        if owner is None:
            raise CommandError(f"There is no user '{options['owner']}'.")
        try:
            organisation = services.create_organisation(
                name=options["name"], full_name=options["full_name"], owner=owner
            )
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Organisation {organisation.name} is made; {owner.username} is its admin.")
