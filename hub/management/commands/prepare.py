"""`manage.py prepare`: bring the stores to what this version of the hub needs, once per start or roll-out."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hub.management.stores import check_stores, check_writes
from storage import s3


class Command(BaseCommand):
    """Apply the migrations that are missing and make the bucket; does nothing when there is nothing to do."""

    help = "Bring the database and the bucket up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database, then the bucket; CommandError when a store does not do as configured."""
        check_stores()
        executor = MigrationExecutor(connection)
        steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if steps:
            self.stdout.write(f"Bringing the database up to date ({len(steps)} steps) …")
            self.stdout.flush()
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        s3.ensure_bucket()
        check_writes()
