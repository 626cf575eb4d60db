"""Converters for routes over the undecoded path: each decodes what it captures, once."""

from functools import cache
from urllib.parse import unquote

from django.urls import register_converter


class Segment:
    """One segment of the path; a slash inside it is escaped (`refs%2Fpr%2F1`)."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """Decode; text that is not UTF-8 does not match any route."""
        return _decoded(value)

    def to_url(self, value: str) -> str:
        """The text itself, which Django escapes; a slash, which it leaves, is refused."""
        if "/" in value:
            raise ValueError("a segment with a slash cannot be reversed")
        return value


class FilePath:
    """The rest of the path; slashes separate folders, whether they came escaped or not."""

    regex = ".+"

    def to_python(self, value: str) -> str:
        """Decode; text that is not UTF-8 does not match any route."""
        return _decoded(value)

    def to_url(self, value: str) -> str:
        """The text itself, which Django escapes, all but slashes."""
        return value


class RepoPrefix:
    """Where the pages and files of a kind live: nothing for models, `datasets/` for datasets."""

    regex = "(?:datasets/)?"

    def to_python(self, value: str) -> str:
        """The repository's kind."""
        return "dataset" if value else "model"

    def to_url(self, value: str) -> str:
        """The prefix of a kind."""
        return "datasets/" if value == "dataset" else ""


class ApiKind:
    """The plural by which the API names a kind."""

    regex = "models|datasets"

    def to_python(self, value: str) -> str:
        """The repository's kind."""
        return value.removesuffix("s")

    def to_url(self, value: str) -> str:
        """The plural."""
        return f"{value}s"


def _decoded(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("the path is not UTF-8") from None


@cache
def register() -> None:
    """Make the converters known to Django under their names in routes, once."""
    for name, converter in {
        "segment": Segment,
        "filepath": FilePath,
        "prefix": RepoPrefix,
        "kind": ApiKind,
    }.items():
        register_converter(converter, name)
