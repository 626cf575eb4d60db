"""manage.py create_token USERNAME NAME: make an access token and print it, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import selectors, services
from accounts.errors import AccountError
from accounts.roles import TokenRole


class Command(BaseCommand):
    """Make an access token; standard output is the token and nothing else."""

    help = "Make an access token and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name")
        parser.add_argument("--role", choices=TokenRole.values, default=TokenRole.READ.value)

    def handle(self, *args: Any, **options: Any) -> None:
        user = selectors.user_by_name(options["username"])
        if user is None:
            raise CommandError(f"There is no user '{options['username']}'.")
        try:
            _, plaintext = services.create_token(user=user, name=options["name"], role=options["role"])
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("This token is shown only now:")
        self.stdout.write(plaintext)
