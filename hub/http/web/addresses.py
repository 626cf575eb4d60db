"""The addresses of a repository's pages, spelled once."""

from urllib.parse import quote

from django.http import HttpRequest

from hub.http.links import endpoint
from hub.http.web.markdown import Addresses
from hub.repos.models import Repository

# Pages that live below a repository; a namespace cannot be confused with them, because they come third.
PAGES = frozenset(
    ("tree", "blob", "resolve", "commits", "commit", "compare", "restore")
    + ("upload", "settings", "report", "like", "checks", "ask-access", "collect")
    + ("watch", "activity", "feed.atom", "licence")
    + ("new", "edit", "delete", "move", "suggest", "refs", "releases", "release", "discussions")
)


def page_of(repository: Repository, page: str = "", revision: str = "", path: str = "") -> str:
    """Return the address of a page of the repository; only the path keeps its slashes."""
    if page and page not in PAGES:
        raise ValueError(f"A repository has no page {page!r}.")
    parts = [quote(repository.url_path)]
    parts += [page] if page else []
    parts += [quote(revision, safe="")] if revision else []
    parts += [quote(path)] if path else []
    return "/".join(parts)


def markdown_addresses(
    request: HttpRequest, repository: Repository, revision: str, folder: str = ""
) -> Addresses:
    """Return where the links of Markdown lead that stands in a folder of a revision."""
    pages, files = (page_of(repository, page, revision) for page in ("blob", "resolve"))
    return Addresses(pages, files, folder, endpoint(request))
