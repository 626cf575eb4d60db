"""The words in which a call is described: JSON Schema 2020-12, as OpenAPI 3.1 has it."""

from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
EMPTY: Schema = {"type": "object", "additionalProperties": False}
JSON = "application/json"


def record(*optional: str, **fields: Schema) -> Schema:
    """An object with these fields and no others; those named first may be absent."""
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def some_of(*required: str, **fields: Schema) -> Schema:
    """An object with any of these fields and no others; those named first are always there."""
    return record(*(name for name in fields if name not in required), **fields)


def takes(*required: str, **fields: Schema) -> Schema:
    """The body of a request; what it has beside these fields is ignored."""
    return {"type": "object", "properties": fields, "required": list(required)}


def rows(of: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": of}


def mapping(of: Schema) -> Schema:
    """An object whose names are data."""
    return {"type": "object", "additionalProperties": of}


def maybe(of: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [of, {"type": "null"}]}


def one_of(*values: Any) -> Schema:
    """One of some values."""
    return {"enum": list(values)}


def ref(name: str) -> Schema:
    """A component by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query."""

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: TEXT)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What one call takes and answers when it goes well; how it fails is told once for all."""

    tag: str
    summary: str
    # By status; None is an answer without a body, a text is the media type of bytes, or several are.
    answers: dict[int, Schema | str | tuple[str, ...] | None]
    query: tuple[Parameter, ...] = ()
    body: Schema | None = None
    media: str = JSON
    paged: bool = False
