"""Queries that every pull asks: spelled once in a process, and planned once in a connection to PostgreSQL.

For a query with joins the ORM takes longer to spell it, and PostgreSQL to plan it, than the answer takes.
"""

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=Model)


def ask(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query whose values are bound by PostgreSQL, which keeps its plan with the connection.

    Django's own cursors write the values into the text, so that to PostgreSQL each query is a new one.
    """
    database = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    database.validate_no_broken_transaction()
    raw = database.connection
    # Planned from the first time on, and only here: while a connection may prepare, psycopg remembers the
    # texts of its last hundred queries, and those of Django's own cursors have all the values in them:
    # megabytes each when files are stored.
    raw.prepare_threshold = 0
    try:
        # Django's wrapper of a cursor takes longer than the driver does, and only counting queries needs it.
        with database.wrap_database_errors, psycopg.Cursor(raw) as plain:
            cursor = database.make_debug_cursor(plain) if database.queries_logged else plain
            cursor.execute(sql, values)
            return plain.fetchall()
    finally:
        raw.prepare_threshold = None


class Compiled(NamedTuple):
    """A query's text with named places, the value of each (a sample or a constant), and a row's reader."""

    sql: str
    values: dict[str, Any]
    read: Callable[[tuple[Any, ...]], Any]
    width: int


class Statement(Generic[Row]):
    """The first row of a query of the ORM, for other values each time.

    `build` makes the query from values for the `samples`, each a value that stands nowhere else in it. What
    comes along with the row by select_related and annotate does here, too.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], **samples: Any) -> None:
        self.build = build
        self.samples = samples

    def first(self, **values: Any) -> Row | None:
        """The row for these values, or None."""
        rows = ask(self._compiled.sql, self._bound(values))
        return self._compiled.read(rows[0]) if rows else None

    def first_beside(
        self, sql: str, others: Mapping[str, Any], **values: Any
    ) -> tuple[Row | None, tuple[Any, ...]]:
        """The row for these values, and the first one of `sql` for the `others`, in one query.

        All of that one's columns are None when it has no row; nothing is told of it without a row here.
        """
        own = self._compiled
        rows = ask(_beside(own.sql, sql), {**self._bound(values), **others})
        return (own.read(rows[0]), rows[0][own.width :]) if rows else (None, ())

    def _bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the ORM would give them to the driver: whole numbers are of the column's size."""
        bound = dict(self._compiled.values)
        for name, value in values.items():
            bound[name] = type(bound[name])(value) if isinstance(bound[name], int) else value
        return bound

    @cached_property
    def _compiled(self) -> Compiled:
        compiler = self.build(**self.samples)[:1].query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        names = {sample: name for name, sample in self.samples.items()}
        places = [names.get(value, f"constant_{at}") for at, value in enumerate(values)]
        named = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in places)
        return Compiled(
            named, dict(zip(places, values, strict=True)), _reader(compiler), len(compiler.select)
        )


@cache
def _beside(own: str, other: str) -> str:
    return f"SELECT * FROM ({own}) AS own LEFT JOIN ({other}) AS other ON TRUE LIMIT 1"


def _reader(compiler: Any) -> Callable[[tuple[Any, ...]], Any]:
    """What makes the model of a row, as django.db.models.query.ModelIterable does."""
    select, klass, annotations = compiler.select, compiler.klass_info, compiler.annotation_col_map
    own = slice(klass["select_fields"][0], klass["select_fields"][-1] + 1)
    names = [column[0].target.attname for column in select[own]]
    related = get_related_populators(klass, select, connection.alias)
    converters = compiler.get_converters([column[0] for column in select])

    def read(row: tuple[Any, ...]) -> Any:
        [values] = compiler.apply_converters([row], converters)
        found = klass["model"].from_db(connection.alias, names, values[own])
        for populator in related:
            populator.populate(values, found)
        for name, column in (annotations or {}).items():
            setattr(found, name, values[column])
        return found

    return read
