"""Deciding while what is decided about is deleted: each may hold rows that the other waits for."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

ATTEMPTS = 4
Given = ParamSpec("Given")
Result = TypeVar("Result")


def in_one_piece(write: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run a write in a transaction, and again when PostgreSQL ended it because two waited in a circle.

    A deletion takes the rows below a repository first and the case's reference to it then, a decision the
    case first and those rows then. What was deleted meanwhile is gone for the next attempt, which says so.
    """

    @wraps(write)
    def wrapped(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for last in (*[False] * (ATTEMPTS - 1), True):
            try:
                with transaction.atomic():
                    return write(*args, **kwargs)
            except OperationalError as problem:
                if last or not isinstance(problem.__cause__, DeadlockDetected):
                    raise
        raise AssertionError

    return wrapped
