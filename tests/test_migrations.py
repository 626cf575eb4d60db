"""The migrations say what the models say, and can be taken back."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

OURS = ("accounts", "storage", "hub", "contributions")


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_migration_is_named_and_can_be_taken_back():
    executor = MigrationExecutor(connection=None)
    for (app, name), migration in executor.loader.disk_migrations.items():
        if app in OURS:
            assert "auto" not in name
            assert all(operation.reversible for operation in migration.operations), (app, name)


@pytest.mark.django_db(transaction=True)
def test_migrating_back_to_nothing_and_forth_again_works():
    tables = set(connection.introspection.table_names())
    for app in ("contributions", "hub", "storage"):
        call_command("migrate", app, "zero", verbosity=0)
    assert not {name for name in connection.introspection.table_names() if name.startswith("hub_")}
    call_command("migrate", verbosity=0)
    assert set(connection.introspection.table_names()) == tables
