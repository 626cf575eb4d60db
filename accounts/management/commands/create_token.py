"""manage.py create_token USERNAME NAME: make an access token and print it, once."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import selectors, services
from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.grants import Grant
from accounts.models import User
from accounts.roles import Everywhere, Role, TokenRole
from hub.access.grants import grant_at


def permission_at_place(text: str) -> tuple[str, str]:
    """The two halves of "write:the-lab/bert"."""
    permission, colon, place = text.partition(":")
    if not (colon and place) or permission not in Role.values:
        raise ArgumentTypeError(f"{text!r} is not PERMISSION:PLACE, with one of {', '.join(Role.values)}")
    return permission, place


class Command(BaseCommand):
    """Make an access token; standard output is the token and nothing else."""

    help = "Make an access token and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name")
        parser.add_argument("--role", choices=TokenRole.values, default=TokenRole.READ.value)
        parser.add_argument("--days", type=int, help="how long it works; without it, until it is revoked")
        parser.add_argument(
            "--grant",
            action="append",
            default=[],
            type=permission_at_place,
            metavar="PERMISSION:PLACE",
            help="for --role fine-grained, any number of times: read:the-lab, write:the-lab/bert, "
            "admin:datasets/the-lab/corpus",
        )
        parser.add_argument(
            "--everywhere",
            action="append",
            default=[],
            choices=Everywhere.values,
            help="for --role fine-grained: what it may do with every public repository, beside reading it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = selectors.user_by_name(options["username"])
        if user is None:
            raise CommandError(f"There is no user '{options['username']}'.")
        try:
            _, plaintext = services.create_token(
                user=user,
                name=options["name"],
                role=options["role"],
                expires_at=end_after(options["days"]),
                grants=grants_of(user, options["grant"]),
                everywhere=options["everywhere"],
            )
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("This token is shown only now:")
        self.stdout.write(plaintext)


def end_after(days: int | None) -> datetime | None:
    """The moment so many days from now; None for None."""
    if days is not None and not 0 < days <= 36_500:
        raise CommandError("--days is a number from 1 to 36500.")
    return None if days is None else timezone.now() + timedelta(days=days)


def grants_of(user: User, wanted: list[tuple[str, str]]) -> list[Grant]:
    """The grants that were named, as the user may see their places."""
    return [grant_at(Actor(user, None), place, permission) for permission, place in wanted]
