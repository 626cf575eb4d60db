"""manage.py storage_limit NAME [BYTES]: say how many bytes a user or an organisation may keep."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import AccountError
from accounts.limits.services import set_storage_limit
from accounts.selectors import namespace_by_name


class Command(BaseCommand):
    """Set a namespace's own limit, or go back to the hub's."""

    help = "Set how many bytes a user or an organisation may keep; 0 is no limit, --default the hub's own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("bytes", nargs="?", type=int)
        parser.add_argument("--default", action="store_true", help="as many as HUB_STORAGE_LIMIT says")

    def handle(self, *args: Any, **options: Any) -> None:
        namespace = namespace_by_name(options["name"])
        if namespace is None:
            raise CommandError(f"There is no user or organisation '{options['name']}'.")
        limit = options["bytes"]
        if (limit is None) != options["default"]:
            raise CommandError("Say how many bytes, or --default.")
        try:
            set_storage_limit(namespace=namespace, limit=limit)
        except AccountError as error:
            raise CommandError(str(error)) from error
        words = {None: "may keep what the hub's own limit says", 0: "may keep any number of bytes"}
        self.stdout.write(f"{namespace.name} {words.get(limit, f'may keep {limit} bytes')}.")
