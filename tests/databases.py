"""Making databases from one that is migrated, and emptying one after a test that committed.

Django truncates every table, which makes some hundred files anew, and fills its own tables again; a test has
written to a few tables.
"""

import fcntl
import os
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection, transaction

from contributions.moderation.seeding import write_defaults
from tests import services

MIGRATED = "migrated"
# What migrating wrote and nothing of the hub changes.
KEPT = {"django_content_type", "auth_permission"}
# Triggers keep their rows from being deleted, one by one.
APPEND_ONLY = {"accounts_auditevent", "accounts_auditlink"}


def create(name: str, template: str = "template1") -> None:
    """Make a database, as a copy of another one to which nobody is connected."""
    maintenance = services.environment(number=0, database="postgres")["DATABASE_URL"]
    with psycopg.connect(maintenance, autocommit=True) as maintaining:
        maintaining.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def migrated() -> str:
    """The name of a migrated database to copy; whichever process of this run needs it first makes it."""
    with (Path(os.environ[services.PLACE]) / f"{MIGRATED}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.fstat(lock.fileno()).st_size:
            create(MIGRATED)
            _migrate(MIGRATED)
            lock.write("made")
    return MIGRATED


def _migrate(name: str) -> None:
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def empty() -> None:
    """Delete the rows of all models but those that a new hub has."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in tables))
        filled = {name for (name,) in cursor.fetchall()}
        if guarded := sorted(filled & APPEND_ONLY):
            cursor.execute(f"TRUNCATE {', '.join(guarded)}")
        # Foreign keys are looked at when this is committed, so that any order will do.
        for name in filled - APPEND_ONLY:
            cursor.execute(f'DELETE FROM "{name}"')
        write_defaults("default")
