"""Emptying the database after a test that committed.

Django truncates every table, which makes some hundred files anew, and fills its own tables again; a test has
written to a few tables.
"""

from django.db import connection, transaction

# What migrating wrote and nothing of the hub changes.
KEPT = {"django_content_type", "auth_permission"}
# Triggers keep their rows from being deleted, one by one.
APPEND_ONLY = {"accounts_auditevent", "accounts_auditlink"}


def empty() -> None:
    """Delete the rows of all models."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in tables))
        filled = {name for (name,) in cursor.fetchall()}
        if guarded := sorted(filled & APPEND_ONLY):
            cursor.execute(f"TRUNCATE {', '.join(guarded)}")
        # Foreign keys are looked at when this is committed, so that any order will do.
        for name in filled - APPEND_ONLY:
            cursor.execute(f'DELETE FROM "{name}"')
