"""manage.py desk_role USER ROLE: say what somebody is at the moderators' desk."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.desk import DeskRole, set_desk_role
from accounts.selectors import user_by_name

NONE = "none"


class Command(BaseCommand):
    """Give a user a role at the desk, or take it away."""

    help = "Say what a user is at the moderators' desk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=[NONE, *(role for role in DeskRole.values if role)])

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_by_name(options["username"])
        if user is None:
            raise CommandError(f"There is no user '{options['username']}'.")
        role = "" if options["role"] == NONE else options["role"]
        set_desk_role(user=user, role=role, actor_user=None)
        what = DeskRole(role).label.lower() if role else "nothing"
        self.stdout.write(f"{user.username} is {what} at the desk.")
