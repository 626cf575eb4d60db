"""Publishing from the browser: the page, the two calls of its script, and a plain form for small files."""

import posixpath
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from hub.access.policy import Action
from hub.errors import HubError, InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.pages import frame, open_page
from hub.http.web.upload_plan import (
    MAX_FILES,
    Announced,
    inline_paths,
    parse_announced,
    parse_body,
    parse_brought,
)
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from hub.revisions.services import land_commit
from hub.revisions.uploads import begin_upload, finish_upload
from storage.errors import StorageError

PLAIN_TOTAL = 10 * 1024 * 1024


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the page; a POST is the plain form that works without JavaScript."""
    repository = open_page(request, address, Action.WRITE)
    context = frame(request, repository, "upload") | {
        "max_files": MAX_FILES,
        "inline_limit": settings.INLINE_LIMIT,
        "plain_total": PLAIN_TOTAL,
    }
    if request.method == "POST":
        try:
            _land_plain(request, repository)
        except (HubError, StorageError) as problem:
            return render(request, "web/upload.html", context | {"problem": str(problem)}, status=400)
        return redirect(page_of(repository, "tree", "main"))
    return render(request, "web/upload.html", context)


@require_POST
def begin(request: HttpRequest, **address: str) -> JsonResponse:
    """Say of each announced file how it travels, with links for those that go to the object store."""
    repository = open_page(request, address, Action.WRITE)
    files = parse_announced(parse_body(request.body))
    inline = inline_paths(repository, files)
    return JsonResponse(
        {"files": [_plan(repository, request.user, file, file.path in inline) for file in files]}
    )


@require_POST
def finish(request: HttpRequest, **address: str) -> JsonResponse:
    """Make one commit of all files that were brought."""
    repository = open_page(request, address, Action.WRITE)
    data = parse_body(request.body)
    files = parse_brought(data)
    for file in files:
        if file.parts:
            finish_upload(upload_id=file.upload_id, parts=file.parts, repo=repository)
    commit = land_commit(
        repo=repository,
        actor_user=request.user,
        operations=[file.operation() for file in files],
        summary=str(data.get("summary") or "") or default_summary([file.announced.path for file in files]),
        description=str(data.get("description") or ""),
    )
    messages.success(
        request, ngettext("%d file was published.", "%d files were published.", len(files)) % len(files)
    )
    return JsonResponse({"commit": commit, "location": page_of(repository, "tree", "main")})


def default_summary(paths: list[str]) -> str:
    """Return the title of a commit whose author gave none."""
    return f"Upload {paths[0]}" if len(paths) == 1 else f"Upload {len(paths)} files"


def _plan(repository: Repository, user: User, file: Announced, inline: bool) -> dict[str, Any]:
    if inline:
        return {"path": file.path, "state": "inline"}
    ticket = begin_upload(repo=repository, actor_user=user, sha256=file.sha256, size=file.size)
    if ticket.present:
        return {"path": file.path, "state": "present"}
    return {
        "path": file.path,
        "state": "upload",
        "upload_id": ticket.upload_id,
        "part_size": ticket.part_size,
        "part_urls": list(ticket.part_urls),
        "multipart": ticket.multipart,
    }


def _land_plain(request: HttpRequest, repository: Repository) -> None:
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
    land_commit(
        repo=repository,
        actor_user=request.user,
        operations=operations,
        summary=summary or default_summary([operation.path for operation in operations]),
    )


def _small(file: UploadedFile) -> bytes:
    if (file.size or 0) > settings.INLINE_LIMIT:
        raise InvalidInput(_("%s is too large for this form.") % file.name, "files")
    return file.read()
