"""manage.py verify_organisation NAME DOMAIN: mark an organisation with a domain that is its own."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domains.services import set_verified_domain
from accounts.errors import AccountError
from accounts.selectors import namespace_by_name


class Command(BaseCommand):
    """Show a domain beside an organisation's name, or no more."""

    help = "Mark an organisation with a domain that is its own; --remove takes the mark away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("domain", nargs="?", default="")
        parser.add_argument("--remove", action="store_true", help="take the mark away")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = namespace_by_name(options["name"])
        if organisation is None:
            raise CommandError(f"There is no organisation '{options['name']}'.")
        if bool(options["domain"]) == options["remove"]:
            raise CommandError("Name a domain, or say --remove.")
        try:
            set_verified_domain(organisation=organisation, domain=options["domain"])
        except AccountError as error:
            raise CommandError(str(error)) from error
        done = f"is marked with {options['domain']}" if options["domain"] else "has no mark any more"
        self.stdout.write(f"{organisation.name} {done}.")
