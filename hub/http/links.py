"""Absolute addresses of this hub, as the caller reaches it."""

from itertools import pairwise
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest

from hub.errors import RepositoryMoved
from hub.repos.models import Repository
from hub.revisions.selectors import Revision

DEFAULT_PORTS = {"http": 80, "https": 443}


def endpoint(request: HttpRequest) -> str:
    """The hub's public address, or else the one that the request was sent to; no slash at its end."""
    return settings.HUB_URL or f"{request.scheme}://{request.get_host()}"


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common, as clients and browsers compare them."""
    return _origin(one) == _origin(other)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def moved_path(request: HttpRequest, moved: RepositoryMoved, address: dict[str, str]) -> str:
    """The path and query of a request with a repository's new address in the place of its old one.

    The path is compared part by part as it is decoded, because a client may have escaped any letter of it.
    """
    path, mark, query = request.META["RAW_URI"].partition("?")
    parts = path.split("/")
    known = [unquote(part) for part in parts]
    name = address["name"]
    for at, pair in enumerate(pairwise(known)):
        if pair[0] == address["namespace"] and pair[1] in (name, f"{name}.git"):
            parts[at : at + 2] = [f"{moved.full_name}{pair[1].removeprefix(name)}"]
            break
    return "/".join(parts) + mark + query


def repository_url(request: HttpRequest, repository: Repository) -> str:
    """The address of the repository's page."""
    return endpoint(request) + repository.url_path


def resolve_url(request: HttpRequest, repository: Repository, revision: str, path: str) -> str:
    """The address from which a file is downloaded."""
    return f"{repository_url(request, repository)}/resolve/{quote(revision, safe='')}/{quote(path)}"


def read_token_url(request: HttpRequest, revision: Revision) -> str:
    """The address of a pass to read the files of a commit in chunks."""
    repository = revision.repository
    name = f"{repository.kind}s/{quote(repository.full_name)}"
    return f"{endpoint(request)}/api/{name}/xet-read-token/{revision.commit}"
