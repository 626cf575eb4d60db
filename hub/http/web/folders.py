"""A folder of a repository at a revision: what is in it, who changed it last, and its README."""

import posixpath
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from hub.access.policy import Action
from hub.access.services import may
from hub.http.pagination import whole_number
from hub.http.web.addresses import markdown_addresses
from hub.http.web.checks import Row, state_of
from hub.http.web.files import is_given, place
from hub.http.web.markdown import render as render_markdown
from hub.http.web.pages import open_page
from hub.http.web.visitors import visitor
from hub.http.web.work import following
from hub.revisions.changes import last_commits
from hub.revisions.folders import folder_page, total_of
from hub.revisions.history import commit_info
from hub.revisions.selectors import Entry, Revision, read_text, resolve_revision

PAGE = 200
MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Pager:
    """Which part of a list is shown, counted from 1, and the queries that lead to the parts beside it."""

    first: int
    last: int
    count: int
    before: str
    after: str


def pager(number: int, count: int, size: int) -> Pager | None:
    """The line below a list that has more rows than a page; None for one page."""
    if count <= size and number == 1:
        return None
    first = (number - 1) * size + 1
    last = min(number * size, count)
    before = "?" + urlencode({"page": number - 1}) if number > 1 else ""
    after = "?" + urlencode({"page": number + 1}) if last < count else ""
    return Pager(first, last, count, before, after)


@require_safe
def tree(request: HttpRequest, revision: str, path: str = "", **address: str) -> HttpResponse:
    """Show a folder, folders before files, each file with its size and the state of its checks."""
    repository = open_page(request, address)
    found = resolve_revision(repository, revision)
    path = path.strip("/")
    number = max(1, whole_number(request.GET.get("page"), "page", 1, MOST_PAGES))
    folder = folder_page(found, path, start=(number - 1) * PAGE, limit=PAGE)
    last = last_commits(repository, found.commit, folder.entries)
    commits = {path: commit_info(commit) for path, commit in last.items()}
    files = [entry for entry in folder.entries if entry.type == "file"]
    rows = [(Row(entry, state_of(entry)), commits[entry.path]) for entry in folder.entries]
    context = place(request, found, revision, path) | {
        "parent": posixpath.dirname(path),
        "rows": rows,
        **following(found, [row.state for row, _ in rows]),
        "given": {file.path for file in files if is_given(request, found, file)},
        "count": folder.count,
        "total": total_of(folder.oid),
        "pager": pager(number, folder.count, PAGE),
        "readme": folder.readme,
        "text": _readme(request, found, revision, folder.readme) if folder.readme else None,
    }
    return render(request, "web/tree.html", context)


def _readme(request: HttpRequest, found: Revision, revision: str, readme: Entry) -> SafeString | None:
    """A folder's README.md, rendered, for those who are given it."""
    repository = found.repository
    if not may(visitor(request), repository, Action.PULL) or not is_given(request, found, readme):
        return None
    text = read_text(readme)
    if text is None:
        return None
    folder = posixpath.dirname(readme.path)
    return render_markdown(text, markdown_addresses(request, repository, revision, folder))
