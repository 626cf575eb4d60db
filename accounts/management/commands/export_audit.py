"""manage.py export_audit > FILE: the log of acts as lines of JSON."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.ledger.selectors import export


class Command(BaseCommand):
    """Write the sealed log, the oldest first, with the digests that accounts.ledger.hashing explains."""

    help = "Write the audit log as lines of JSON, in the order of its chain, with every digest."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in export():
            self.stdout.write(line)
