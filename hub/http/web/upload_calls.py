"""The calls of the upload page's script: look, begin, go on, give up, and make the commit."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from hub.access.policy import Action
from hub.errors import InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.committing import propose
from hub.http.web.pages import open_page
from hub.http.web.upload_plan import (
    Announced,
    against,
    inline_paths,
    parse_announced,
    parse_body,
    parse_brought,
    parse_chosen,
    parse_numbers,
    parse_text,
)
from hub.repos.models import Repository
from hub.revisions import unfinished
from hub.revisions.names import DEFAULT_BRANCH, branch_ref
from hub.revisions.publishing import publish
from hub.revisions.refs import check_free
from hub.revisions.room import Room, check_sizes
from hub.revisions.selectors import resolve_revision
from hub.revisions.unfinished import Unfinished


@require_POST
def check(request: HttpRequest, **address: str) -> JsonResponse:
    """Say of each chosen file, before any byte is read, how it travels or why it cannot."""
    repository = open_page(request, address, Action.BRING)
    data = parse_body(request.body)
    chosen = parse_chosen(data)
    check_sizes(repository, request.user, [file.size for file in chosen])
    found = resolve_revision(repository, _start_of(data))
    if data.get("new_branch") and data.get("branch"):
        check_free(repository, branch_ref(_branch_of(data)))
    files, replaced = against(found, chosen)
    inline = inline_paths(found, files)
    told = [
        {
            "path": file.path,
            "inline": file.path in inline,
            "replaces": file.path in replaced,
            "problem": file.problem,
        }
        for file in files
    ]
    return JsonResponse({"seen": found.commit, "files": told})


@require_POST
def begin(request: HttpRequest, **address: str) -> JsonResponse:
    """Open an upload for each announced file, or find the one that broke off, with links for the rest."""
    repository = open_page(request, address, Action.BRING)
    files = parse_announced(parse_body(request.body))
    room = Room(repository, request.user, {file.sha256 for file in files})
    return JsonResponse({"files": [_begun(repository, request.user, file, room) for file in files]})


@require_safe
def progress(request: HttpRequest, upload_id: UUID, **address: str) -> JsonResponse:
    """Say which parts of the visitor's own upload are still to come."""
    repository = open_page(request, address, Action.BRING)
    found = unfinished.progress_of(repo=repository, actor_user=request.user, upload_id=str(upload_id))
    return JsonResponse(_told(found))


@require_POST
def links(request: HttpRequest, upload_id: UUID, **address: str) -> JsonResponse:
    """Give fresh links for parts of the visitor's own upload."""
    repository = open_page(request, address, Action.BRING)
    numbers = parse_numbers(parse_body(request.body), most=unfinished.LINKS)
    found = unfinished.more_links(
        repo=repository, actor_user=request.user, upload_id=str(upload_id), numbers=numbers
    )
    return JsonResponse({"links": found})


@require_POST
def done(request: HttpRequest, upload_id: UUID, **address: str) -> JsonResponse:
    """Put the parts of the visitor's own upload together."""
    repository = open_page(request, address, Action.BRING)
    unfinished.bring_together(repo=repository, actor_user=request.user, upload_id=str(upload_id))
    return JsonResponse({})


@require_POST
def abandon(request: HttpRequest, upload_id: UUID, **address: str) -> JsonResponse:
    """Give the visitor's own upload up; there may be none any more."""
    repository = open_page(request, address, Action.CONTRIBUTE)
    given_up = unfinished.abandon(repo=repository, actor_user=request.user, upload_id=str(upload_id))
    return JsonResponse({"abandoned": given_up})


@require_POST
def finish(request: HttpRequest, **address: str) -> JsonResponse:
    """Make one commit of all files that were brought: on a branch, or as a pull request."""
    data = parse_body(request.body)
    repository = open_page(request, address, Action.BRING if data.get("pull") else Action.WRITE)
    operations = parse_brought(data)
    seen = parse_text(data, "seen")
    said = {
        "summary": parse_text(data, "summary") or default_summary([one.path for one in operations]),
        "description": parse_text(data, "description"),
    }
    if data.get("pull"):
        thread = propose(request, resolve_revision(repository, seen or None), operations, **said)
        return JsonResponse({"location": thread.url_path})
    branch, start = _branch_of(data), _start_of(data)
    if data.get("new_branch") and not data.get("branch"):
        raise InvalidInput(_("Give the new branch a name."), "branch")
    commit = publish(
        repo=repository,
        actor_user=request.user,
        operations=operations,
        **said,
        branch=branch,
        seen=seen or None,
        start=start if data.get("new_branch") else None,
    )
    if commit == seen:
        messages.info(request, _("Nothing was changed: the branch has these files already."))
    else:
        number = len(operations)
        words = ngettext("%d file was published.", "%d files were published.", number) % number
        messages.success(request, words)
    return JsonResponse({"commit": commit, "location": page_of(repository, "checks", commit)})


def default_summary(paths: list[str]) -> str:
    """Return the title of a commit whose author gave none."""
    return f"Upload {paths[0]}" if len(paths) == 1 else f"Upload {len(paths)} files"


def _branch_of(data: dict[str, Any]) -> str:
    return parse_text(data, "branch", DEFAULT_BRANCH) or DEFAULT_BRANCH


def _start_of(data: dict[str, Any]) -> str:
    """The ref on which the commit will stand: the branch, or what a new branch is made from."""
    ref = branch_ref(_branch_of(data))
    return branch_ref(DEFAULT_BRANCH) if data.get("new_branch") else ref


def _begun(repository: Repository, user: User, file: Announced, room: Room) -> dict[str, Any]:
    found = unfinished.go_on(repo=repository, actor_user=user, sha256=file.sha256, size=file.size, room=room)
    if found is None:
        return {"path": file.path, "present": True}
    return {"path": file.path, "present": False, "links": found.links()} | _told(found)


def _told(found: Unfinished) -> dict[str, Any]:
    return {
        "upload_id": str(found.upload.pk),
        "part_size": found.part_size,
        "multipart": bool(found.upload.multipart_id),
        "missing": found.missing,
    }
