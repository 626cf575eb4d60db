"""The history of a repository."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.http.web.files import branches_and_tags
from hub.http.web.pages import frame, open_page
from hub.revisions.history import changed_paths, commit_info, commit_of, history
from hub.revisions.selectors import list_refs, resolve_revision

PAGE = 50
SHOWN_CHANGES = 500


@require_safe
def commits(request: HttpRequest, revision: str, **address: str) -> HttpResponse:
    """Show commits, newest first; `?after=` continues below a commit."""
    repository = open_page(request, address)
    found = resolve_revision(repository, revision)
    rows = history(repository, found, limit=PAGE + 1, after=request.GET.get("after") or None)
    context = frame(request, repository, "commits") | {
        "rev": revision,
        "refs": branches_and_tags(list_refs(repository)),
        "commits": rows[:PAGE],
        "next": rows[PAGE - 1].oid if len(rows) > PAGE else "",
    }
    return render(request, "web/commits.html", context)


@require_safe
def commit(request: HttpRequest, oid: str, **address: str) -> HttpResponse:
    """Show one commit with the files that it changed."""
    repository = open_page(request, address)
    found = commit_of(repository, oid)
    changes = changed_paths(repository, found)
    context = frame(request, repository, "commits") | {
        "commit": commit_info(found),
        "changes": changes[:SHOWN_CHANGES],
        "hidden": max(0, len(changes) - SHOWN_CHANGES),
        "count": len(changes),
    }
    return render(request, "web/commit.html", context)
