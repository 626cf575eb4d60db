"""Publishing from the browser: the page, and a plain form for small files."""

import posixpath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.access.policy import Action
from hub.access.services import may
from hub.errors import HubError, InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.committing import propose
from hub.http.web.pages import frame, open_page
from hub.http.web.upload_calls import default_summary
from hub.http.web.upload_plan import MAX_FILES
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.revisions.names import DEFAULT_BRANCH
from hub.revisions.operations import AddInline
from hub.revisions.selectors import list_refs, resolve_revision
from hub.revisions.services import land_commit
from storage.errors import StorageError

PLAIN_TOTAL = 10 * 1024 * 1024


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the page; a POST is the plain form that works without JavaScript."""
    repository = open_page(request, address, Action.BRING)
    writes = may(visitor(request), repository, Action.WRITE)
    branches = _branches(repository) if writes else []
    asked = request.GET.get("branch")
    context = frame(request, repository, "upload") | {
        "branches": branches,
        "branch": asked if asked in branches else DEFAULT_BRANCH,
        "folder": request.GET.get("folder", ""),
        "max_files": MAX_FILES,
        "inline_limit": settings.INLINE_LIMIT,
        "plain_total": PLAIN_TOTAL,
    }
    if request.method == "POST":
        try:
            location = _land_plain(request, repository, writes)
        except (HubError, StorageError) as problem:
            return render(request, "web/upload.html", context | {"problem": str(problem)}, status=400)
        return redirect(location)
    return render(request, "web/upload.html", context)


def _branches(repository: Repository) -> list[str]:
    return [ref.short_name for ref in list_refs(repository) if ref.name.startswith("refs/heads/")]


def _land_plain(request: HttpRequest, repository: Repository, writes: bool) -> str:
    """Make a commit of the form's files, as a pull request of those who may not write; where it is seen."""
    files = request.FILES.getlist("files")
    # The files of a longer request are read past, so that nobody fills the memory or the disk with them.
    if int(request.headers.get("Content-Length") or 0) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        raise InvalidInput(_("Together the files are too large for this form."), "files")
    if not files:
        raise InvalidInput(_("Choose at least one file."), "files")
    if sum(file.size or 0 for file in files) > PLAIN_TOTAL:
        raise InvalidInput(_("Together the files are too large for this form."), "files")
    folder = request.POST.get("folder", "").strip().strip("/")
    operations = [AddInline(posixpath.join(folder, file.name or ""), _small(file)) for file in files]
    summary = request.POST.get("summary", "").strip()
    summary = summary or default_summary([operation.path for operation in operations])
    if not writes:
        return propose(request, resolve_revision(repository, None), operations, summary=summary).url_path
    land_commit(repo=repository, actor_user=request.user, operations=operations, summary=summary)
    return page_of(repository, "tree", "main")


def _small(file: UploadedFile) -> bytes:
    if (file.size or 0) > settings.INLINE_LIMIT:
        raise InvalidInput(_("%s is too large for this form.") % file.name, "files")
    return file.read()
