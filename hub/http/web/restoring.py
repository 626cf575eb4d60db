"""Bringing a file, a folder or everything back as it was at a commit, after what that changes was shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.access.policy import Action
from hub.errors import EntryNotFound, InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.files import branches_and_tags
from hub.http.web.pages import frame, open_page
from hub.repos.models import Repository
from hub.revisions import restoring
from hub.revisions.history import commit_info, commit_of
from hub.revisions.names import branch_ref
from hub.revisions.selectors import Revision, as_revisions, find_entry, list_refs, resolve_revision

SHOWN = 200


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, oid: str, **address: str) -> HttpResponse:
    """Show what would change on a branch; a POST makes it one commit, if the branch is still where it was."""
    repository = open_page(request, address, Action.WRITE)
    commit = commit_of(repository, oid)
    [source] = as_revisions(repository, [commit])
    asked = request.POST if request.method == "POST" else request.GET
    path = asked.get("path", "").strip("/")
    branch = asked.get("branch") or "main"
    if request.method == "POST":
        return _restore(request, repository, source, path, branch)
    if path and find_entry(source, path) is None:
        raise EntryNotFound(f"Entry not found: {path}", source.commit)
    head = resolve_revision(repository, branch_ref(branch))
    changes = restoring.to_restore(head, source, path)
    context = frame(request, repository, "commits") | {
        "commit": commit_info(commit),
        "path": path,
        "branch": branch,
        "branches": [
            ref.short_name
            for ref in branches_and_tags(list_refs(repository))
            if ref.name.startswith("refs/heads/")
        ],
        "head": head.commit,
        "changes": changes[:SHOWN],
        "count": len(changes),
        "hidden": max(0, len(changes) - SHOWN),
    }
    return render(request, "web/restore.html", context)


def _restore(
    request: HttpRequest, repository: Repository, source: Revision, path: str, branch: str
) -> HttpResponse:
    parent = request.POST.get("parent", "")
    if not parent:
        raise InvalidInput(_("The form does not say which commit it was made for."), "parent")
    short = source.commit[:8]
    title = f"Restore {path} as it was at {short}" if path else f"Restore all files as they were at {short}"
    landed = restoring.restore(
        repo=repository,
        actor_user=request.user,
        source=source,
        path=path,
        summary=title,
        parent=parent,
        ref=branch_ref(branch),
    )
    if landed == parent:
        messages.info(request, _("Nothing differs from the newest commit, so nothing was changed."))
    else:
        messages.success(request, _("It was restored in a new commit."))
    return redirect(page_of(repository, "blob" if path else "tree", branch, path))
