"""The files of a repository at a revision: folders, and one file as text or as facts."""

import posixpath
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from contributions.moderation.selectors import release_of
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import EntryNotFound
from hub.http.web.addresses import page_of
from hub.http.web.checks import RELEASED, Row, state_of
from hub.http.web.pages import frame, open_page
from hub.http.web.scanners import panel_of
from hub.http.web.visitors import visitor
from hub.revisions.changes import last_commits
from hub.revisions.history import commit_info
from hub.revisions.models import Ref
from hub.revisions.selectors import (
    Entry,
    Revision,
    find_entry,
    list_refs,
    list_tree,
    read_text,
    resolve_revision,
)
from hub.scanning.policy import ruling

TEXT_LIMIT = 512 * 1024
# Formats that a browser draws without running anything; SVG is not one of them.
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True)
class Step:
    """One part of the way from the top folder to a path."""

    name: str
    path: str


def trail(path: str) -> list[Step]:
    """Return the way to a path, the top folder left out."""
    parts = path.split("/") if path else []
    return [Step(name, "/".join(parts[: depth + 1])) for depth, name in enumerate(parts)]


def branches_and_tags(refs: list[Ref]) -> list[Ref]:
    """Return the refs that the revision switcher offers."""
    return [ref for ref in refs if ref.name.startswith(("refs/heads/", "refs/tags/"))]


@require_safe
def tree(request: HttpRequest, revision: str, path: str = "", **address: str) -> HttpResponse:
    """Show a folder, folders before files, each file with its size and the state of its checks."""
    repository = open_page(request, address)
    found = resolve_revision(repository, revision)
    path = path.strip("/")
    entries = sorted(list_tree(found, path), key=lambda entry: (entry.type, entry.name.lower()))
    last = last_commits(repository, found.commit, entries)
    commits = {path: commit_info(commit) for path, commit in last.items()}
    files = [entry for entry in entries if entry.type == "file"]
    context = _place(request, found, revision, path) | {
        "parent": posixpath.dirname(path),
        "rows": [(Row(entry, state_of(entry)), commits[entry.path]) for entry in entries],
        "given": {file.path for file in files if is_given(request, found, file)},
    }
    return render(request, "web/tree.html", context)


@require_safe
def blob(request: HttpRequest, revision: str, path: str, **address: str) -> HttpResponse:
    """Show a file: short text as text, a picture as a picture, anything else as facts and a link."""
    repository = open_page(request, address, Action.PULL)
    found = resolve_revision(repository, revision)
    entry = find_entry(found, path)
    if entry is None:
        raise EntryNotFound(f"Entry not found: {path}", found.commit)
    if entry.type == "directory":
        return redirect(page_of(repository, "tree", revision, path))
    given = is_given(request, found, entry)
    state = state_of(entry)
    context = _place(request, found, revision, path) | {
        "state": state,
        "panel": panel_of(entry),
        "release": release_of(entry.sha256) if state == RELEASED else None,
        "entry": entry,
        "given": given,
        "ruling": ruling(visitor(request), repository, entry) if entry.held else None,
        "text": text_of(entry) if given else None,
        "picture": given and entry.availability == "present" and path.lower().endswith(PICTURES),
    }
    return render(request, "web/blob.html", context)


def _place(request: HttpRequest, found: Revision, revision: str, path: str) -> dict[str, Any]:
    """Return what the pages of a folder and of a file say alike: where in which revision they are."""
    return frame(request, found.repository, "files") | {
        "rev": revision,
        "commit": found.commit,
        "refs": branches_and_tags(list_refs(found.repository)),
        "path": path,
        "trail": trail(path),
    }


def is_given(request: HttpRequest, found: Revision, entry: Entry) -> bool:
    """Return whether a visitor who may pull is given the file: checked, and not refused for its scans."""
    if not entry.held:
        writes = may(visitor(request), found.repository, Action.WRITE)
        return entry.availability == "checking" and writes
    return ruling(visitor(request), found.repository, entry).given


def text_of(entry: Entry) -> str | None:
    """Return a file's text when it is short enough to show and is text at all."""
    return read_text(entry, limit=TEXT_LIMIT) if entry.size <= TEXT_LIMIT else None
