"""How a view is described: by its docstrings, and by its row in the tables."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from hub.http.schema.operation import JSON, Operation, Parameter, ref
from hub.http.schema.tables import OPERATIONS

BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}
PATH = {
    "namespace": "The user or organisation.",
    "name": "The repository's name.",
    "revision": "A branch, tag or commit; a slash in it is written %2F.",
    "path": "The path inside the repository.",
    "kind": "Which kind of repository.",
    "branch": "A branch; a slash in it is written %2F.",
    "user": "The user's name.",
    "owner": "The user or organisation.",
    "slug": "The rest of the collection's address.",
    "item": "The item's id.",
    "number": "The number of the discussion or pull request.",
    "comment": "The id of the comment's event.",
    "status": "Which requests.",
    "webhook": "The webhook's id.",
    "signed": "As it was handed out.",
    "epoch": "As it is in the address that came with the pass.",
    "prefix": "The client writes `default`.",
    "hash": "A xorb's or chunk's hash: four little-endian u64 in hexadecimal.",
    "file": "A file's hash, as `xetHash` has it; of an attachment, the last part of its address.",
    "grant": "The id that came with the link.",
}
TYPES = {"kind": {"type": "string", "enum": ["models", "datasets"]}}


class Undescribed(LookupError):
    """A view has no row in the tables of hub.http.schema.tables."""


class HubSchema(AutoSchema):
    """One operation, from the tables."""

    @property
    def row(self) -> Operation:
        """The row of this view and method."""
        key = row_key(type(self.view), self.method)
        try:
            return OPERATIONS[key]
        except KeyError:
            raise Undescribed(f"{key} has no row in hub/http/schema/tables") from None

    def get_operation_id(self) -> str:
        """A name from the address, which is unique as that is: getTreeByRevision."""
        parts = re.split(r"\{(\w+)\}", self.path.removeprefix("/api"))
        fixed, variables = parts[::2], parts[1::2]
        last = max((place for place, text in enumerate(fixed) if text.strip("/")), default=0)
        words = re.findall(r"[A-Za-z0-9]+", " ".join(fixed))
        by = "".join(map(str.title, variables[last:]))
        return self.method.lower() + "".join(map(str.title, words)) + (f"By{by}" if by else "")

    def get_summary(self) -> str:
        """A few words."""
        return self.row.summary

    def get_tags(self) -> list[str]:
        """The chapter."""
        return [self.row.tag]

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """The query's parameters, and what the path's mean."""
        in_path = [name for name in PATH if f"{{{name}}}" in self.path]
        return [
            *(
                OpenApiParameter(
                    name,
                    TYPES.get(name, {"type": "string"}),
                    OpenApiParameter.PATH,
                    required=True,
                    description=PATH[name],
                )
                for name in in_path
            ),
            *map(query_parameter, self.row.query),
        ]

    def get_request_serializer(self) -> dict[str, Any] | None:
        """The body, if there is one."""
        return {self.row.media: self.row.body} if self.row.body is not None else None

    def get_response_serializers(self) -> dict[Any, Any]:
        """What it answers when it goes well, and the one form of everything else."""
        answers: dict[Any, Any] = {}
        for status, shape in self.row.answers.items():
            if shape is None:
                answers[status] = OpenApiResponse(None, MEANING.get(status, "Done."))
            elif isinstance(shape, str | tuple):
                for media in (shape,) if isinstance(shape, str) else shape:
                    answers[status, media] = OpenApiResponse(BYTES, MEANING.get(status, "Bytes."))
            else:
                answers[status, JSON] = OpenApiResponse(shape, MEANING.get(status, "Done."))
        answers["default", JSON] = OpenApiResponse(ref("Error"), "Refused, with the reason.")
        return answers

    def get_extensions(self) -> dict[str, Any]:
        """What the generator has no way to say; `endpoints.completed` puts it where it belongs."""
        body = {"x-body": self.row.body} if self.method == "DELETE" and self.row.body else {}
        return body | ({"x-paged": True} if self.row.paged else {})

    def map_renderers(self, attribute: str) -> list[Any]:
        """Only what the table says; the views answer JSON whatever is accepted."""
        return [JSON]


class BearerOrSession(OpenApiAuthenticationExtension):
    """How callers prove who they are: an access token; pages of the hub also by their session."""

    target_class = "hub.http.authentication.HubAuthentication"
    name = ["accessToken", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        """Both schemes."""
        return [
            {"type": "http", "scheme": "bearer", "description": "An access token, from Settings → Tokens."},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "The session of a browser; changes also need the header X-CSRFToken.",
            },
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Either, or neither: what is public needs no one's name."""
        return [{"accessToken": []}, {"session": []}, {}]


class ChunkPass(OpenApiAuthenticationExtension):
    """How callers of the chunk storage do."""

    target_class = "hub.http.xet.base.PassAuthentication"
    name = "chunkStoragePass"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A bearer."""
        return {"type": "http", "scheme": "bearer", "description": "A pass, from xet-read-token."}


MEANING = {
    200: "Done.",
    206: "The range that was asked for.",
    302: "The bytes are at the address in Location.",
    307: "The repository is at another address now.",
    409: "It is there already.",
}


def row_key(view: type, method: str) -> str:
    """How the tables name a method of a view."""
    return f"{view.__module__.rpartition('.')[2]}.{view.__name__}.{method.lower()}"


def query_parameter(parameter: Parameter) -> OpenApiParameter:
    """A parameter of the query."""
    schema = {"type": "array", "items": parameter.schema} if parameter.repeated else parameter.schema
    return OpenApiParameter(
        parameter.name,
        schema,
        OpenApiParameter.QUERY,
        description=parameter.description,
        explode=True if parameter.repeated else None,
    )
