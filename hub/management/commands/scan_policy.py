"""manage.py scan_policy: what the hub and its organisations do with files for what their scans say."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Namespace
from accounts.selectors import namespace_by_name
from hub.errors import InvalidInput
from hub.repos.models import Repository, ScanPolicy
from hub.repos.policies import set_scan_policy
from hub.repos.selectors import all_policies
from hub.repos.serving import DEFAULTS, STATES


class Command(BaseCommand):
    """Show, set or unset rules; an organisation's count only where they are stricter than the hub's."""

    help = "Show or change what is done with dangerous, suspicious, unreadable and unscanned files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and for whom."""
        actions = parser.add_subparsers(dest="action", metavar="show|set|unset")
        actions.add_parser("show", help="print every rule (the default)")
        setting = actions.add_parser("set", help="say what is done with files of some states")
        unsetting = actions.add_parser("unset", help="take back what was said of some states, or of all")
        for one in (setting, unsetting):
            one.add_argument("--organisation", metavar="NAME", help="its own rule, instead of the hub's")
            one.add_argument("--kind", choices=Repository.Kind.values, default="", help="not every kind")
        for state in STATES:
            setting.add_argument(f"--{state}", choices=ScanPolicy.Answer.values)
        unsetting.add_argument("states", nargs="*", metavar="STATE", help=f"of {', '.join(STATES)}")

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        """Print the rules as they are afterwards."""
        if action in {"set", "unset"}:
            said = said_in(options) if action == "set" else dict.fromkeys(options["states"] or STATES, "")
            try:
                set_scan_policy(
                    organisation=organisation_named(options["organisation"]),
                    kind=options["kind"],
                    said=said,
                    actor_user=None,
                )
            except InvalidInput as problem:
                raise CommandError(str(problem)) from problem
        self.stdout.write(f"default: {in_words(DEFAULTS)}")
        for row in all_policies():
            words = in_words({state: getattr(row, state) for state in STATES})
            if words:
                whose = row.organisation.name if row.organisation else "the hub"
                self.stdout.write(f"{whose}, {row.kind or 'every kind'}: {words}")


def said_in(options: dict[str, Any]) -> dict[str, str]:
    """The states that were named, with what is done; CommandError when there is none."""
    said = {str(state): options[state] for state in STATES if options[state]}
    if not said:
        raise CommandError(f"Say what is done with at least one of --{', --'.join(STATES)}.")
    return said


def organisation_named(name: str | None) -> Namespace | None:
    """The organisation of that name; None, for the hub, without one."""
    if name is None:
        return None
    found = namespace_by_name(name)
    if found is None:
        raise CommandError(f"There is no organisation '{name}'.")
    return found


def in_words(said: Mapping[str, str]) -> str:
    """What is said, as the options spell it; "" when nothing is."""
    return ", ".join(f"{state} {answer}" for state, answer in said.items() if answer)
