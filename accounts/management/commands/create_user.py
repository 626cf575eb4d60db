"""manage.py create_user NAME EMAIL: make a user."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.errors import AccountError
from accounts.roles import DeskRole


def read_password() -> str:
    """A line of standard input, unseen when it is typed."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


class Command(BaseCommand):
    """Make a user; the password is asked for, or taken from the first line of standard input."""

    help = "Make a user and its namespace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")
        parser.add_argument("--full-name", default="")
        parser.add_argument(
            "--desk-role",
            default=DeskRole.NONE,
            choices=[role for role in DeskRole.values if role],
            help="what the user is at the moderators' desk",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            password = read_password()
            validate_password(password)
            user = services.create_user(
                username=options["username"],
                email=options["email"],
                password=password,
                full_name=options["full_name"],
                desk_role=options["desk_role"],
                confirmed=True,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"User {user.username} is made.")
