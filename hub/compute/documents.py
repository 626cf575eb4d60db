"""JSON written by strangers, read strictly (pure)."""

import json
from typing import Any


class DocumentInvalid(ValueError):
    """The bytes are not the JSON object that was expected; the argument says why."""


def read_object(data: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8 that says nothing twice and has no NaN; DocumentInvalid for all else."""
    try:
        found = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise DocumentInvalid("it is not UTF-8") from None
    except RecursionError:
        raise DocumentInvalid("it is nested too deeply") from None
    except json.JSONDecodeError as problem:
        raise DocumentInvalid(f"it is not JSON: {problem.msg} at character {problem.pos}") from None
    except ValueError as problem:
        # Also a number with more digits than Python reads.
        raise DocumentInvalid(str(problem)[:200]) from None
    if not isinstance(found, dict):
        raise DocumentInvalid("it is not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DocumentInvalid("it has the same key twice")
    return found


def _no_constant(name: str) -> None:
    raise DocumentInvalid(f"{name} is not JSON")
