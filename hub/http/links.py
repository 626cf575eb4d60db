"""Absolute addresses of this hub, as the caller reaches it."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest

from hub.errors import RepositoryMoved
from hub.repos.models import Repository


def endpoint(request: HttpRequest) -> str:
    """The hub's public address, or else the one that the request was sent to; no slash at its end."""
    return settings.HUB_URL or f"{request.scheme}://{request.get_host()}"


def moved_path(request: HttpRequest, moved: RepositoryMoved, address: dict[str, str]) -> str:
    """The path and query of a request with a repository's new address in the place of its old one."""
    raw = request.META["RAW_URI"]
    return raw.replace(f"/{address['namespace']}/{address['name']}", f"/{moved.full_name}", 1)


def repository_url(request: HttpRequest, repository: Repository) -> str:
    """The address of the repository's page."""
    return endpoint(request) + repository.url_path


def resolve_url(request: HttpRequest, repository: Repository, revision: str, path: str) -> str:
    """The address from which a file is downloaded."""
    return f"{repository_url(request, repository)}/resolve/{quote(revision, safe='')}/{quote(path)}"
