"""How PostgreSQL answers the questions it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def recorded() -> Iterator[list[str]]:
    """The plan of every SELECT and UPDATE made inside, there once the block has ended."""
    plans: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield plans
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if query["sql"].startswith("SELECT set_config("):
                # What comes next was planned under this setting.
                cursor.execute(query["sql"])
            elif query["sql"].lstrip().startswith(("SELECT", "UPDATE")):
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append("\n".join([query["sql"], *(line for (line,) in cursor.fetchall())]))
