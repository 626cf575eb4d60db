"""Queries that every pull asks: spelled once in a process, and planned once in a connection to PostgreSQL.

For a query with joins the ORM takes longer to spell it, and PostgreSQL to plan it, than the answer takes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=Model)


def ask(sql: str, values: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query whose values are bound by PostgreSQL, which keeps its plan with the connection.

    Django's own cursors write the values into the text, so that to PostgreSQL each query is a new one.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with _preparing(connection.connection), wrapped(psycopg.Cursor(connection.connection)) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@contextmanager
def _preparing(raw: psycopg.Connection) -> Iterator[None]:
    """Plan statements from their first time on, and only here.

    While a connection may prepare, psycopg remembers the texts of its last hundred queries, and those of
    Django's own cursors have all the values in them: megabytes each when files are stored.
    """
    raw.prepare_threshold = 0
    try:
        yield
    finally:
        raw.prepare_threshold = None


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
        sql, places, read = self._compiled
        rows = ask(sql, [_bound(sample, values[name]) if name else sample for sample, name in places])
        return read(rows[0]) if rows else None

    @cached_property
    def _compiled(self) -> tuple[str, list[tuple[Any, str | None]], Callable[[tuple[Any, ...]], Row]]:
        compiler = self.build(**self.samples)[:1].query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        names = {sample: name for name, sample in self.samples.items()}
        return sql, [(value, names.get(value)) for value in values], _reader(compiler)


def _bound(sample: Any, value: Any) -> Any:
    """The value as the ORM would give it to the driver: whole numbers are of the column's size."""
    return type(sample)(value) if isinstance(sample, int) else value


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
