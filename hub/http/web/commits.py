"""The history of a repository or of one path in it, and what a commit or the way between two changed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.selectors import people_among
from hub.errors import InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.comparisons import difference
from hub.http.web.files import branches_and_tags, trail
from hub.http.web.pages import frame, open_page
from hub.repos.models import Repository
from hub.revisions.history import (
    CommitInfo,
    changes_between,
    changes_of,
    commit_info,
    commit_of,
    count_changes,
    history,
    history_between,
)
from hub.revisions.past import PathHistory, path_history
from hub.revisions.selectors import Revision, as_revisions, list_refs, resolve_revision

PAGE = 50
# Commits that a comparison names.
BETWEEN = 100


@require_safe
def commits(request: HttpRequest, revision: str, path: str = "", **address: str) -> HttpResponse:
    """Show commits, newest first, of everything or of one path; `?after=` continues below a commit."""
    repository = open_page(request, address)
    found = resolve_revision(repository, revision)
    path = path.strip("/")
    after = request.GET.get("after") or None
    page = path_history(repository, found, path, after=after) if path else _page(repository, found, after)
    context = frame(request, repository, "commits") | {
        "rev": revision,
        "refs": branches_and_tags(list_refs(repository)),
        "path": path,
        "trail": trail(path),
        "commits": _counted(page.commits),
        "people": people_among(row.username for row in page.commits),
        "next": page.below,
    }
    return render(request, "web/commits.html", context)


def _page(repository: Repository, found: Revision, after: str | None) -> PathHistory:
    rows = history(repository, found, limit=PAGE + 1, after=after)
    return PathHistory(rows[:PAGE], rows[PAGE - 1].oid if len(rows) > PAGE else "")


def _counted(rows: list[CommitInfo]) -> list[tuple[CommitInfo, int | None]]:
    """Commits, each with the number of files that it changed, if that is quickly told."""
    counts = count_changes(rows)
    return [(row, counts.get(row.oid)) for row in rows]


@require_safe
def commit(request: HttpRequest, oid: str, **address: str) -> HttpResponse:
    """Show one commit with what it changed; `?path=` shows one file's change with all of its lines."""
    repository = open_page(request, address)
    found = commit_of(repository, oid)
    parent = commit_of(repository, found.parents[0]) if found.parents else None
    only = request.GET.get("path", "")
    after, *before = as_revisions(repository, [found, parent] if parent else [found])
    info = commit_info(found)
    context = frame(request, repository, "commits") | {
        "commit": info,
        "people": people_among([info.username]),
        "difference": difference(request, before[0] if before else None, after, changes_of(found), only),
        "only": only,
        "new_rev": found.oid,
    }
    return render(request, "web/commit.html", context)


@require_safe
def compare(request: HttpRequest, revisions: str = "", **address: str) -> HttpResponse:
    """Show what revision b has otherwise than a, at `a...b`; a form leads to any two."""
    repository = open_page(request, address)
    if not revisions and request.GET.get("from") and request.GET.get("to"):
        return redirect(page_of(repository, "compare", f"{request.GET['from']}...{request.GET['to']}"))
    context = frame(request, repository, "commits") | {
        "refs": branches_and_tags(list_refs(repository)),
        "from": "",
        "to": "",
    }
    if revisions:
        context |= _between(request, repository, revisions)
    return render(request, "web/compare.html", context)


def _between(request: HttpRequest, repository: Repository, revisions: str) -> dict[str, Any]:
    before, dots, after = revisions.partition("...")
    if not dots:
        raise InvalidInput(
            _("Name two revisions with three dots between them, as in v1...main."), "revisions"
        )
    old, new = resolve_revision(repository, before or None), resolve_revision(repository, after or None)
    only = request.GET.get("path", "")
    rows = history_between(old.commit, new.commit, limit=BETWEEN + 1)
    return {
        "from": before or "main",
        "to": after or "main",
        "old": old,
        "new": new,
        "commits": _counted(rows[:BETWEEN]),
        "people": people_among(row.username for row in rows[:BETWEEN]),
        "more": len(rows) > BETWEEN,
        "difference": difference(request, old, new, changes_between(old.tree, new.tree), only),
        "only": only,
        "new_rev": new.commit,
    }
