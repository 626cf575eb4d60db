"""One file of a repository at a revision: what is in it, what the checks say, and what became of it."""

import posixpath
import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.selectors import people_among
from contributions.moderation.selectors import release_of
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import EntryNotFound
from hub.http.web.addresses import markdown_addresses, page_of
from hub.http.web.checks import RELEASED, state_of
from hub.http.web.pages import frame, open_page
from hub.http.web.scanners import panel_of
from hub.http.web.viewers.choice import Shown, View, Wish, view_of
from hub.http.web.visitors import visitor
from hub.revisions.changes import last_commits
from hub.revisions.history import commit_info
from hub.revisions.models import Ref
from hub.revisions.selectors import (
    Entry,
    Revision,
    find_entry,
    list_refs,
    resolve_revision,
)
from hub.scanning.policy import ruling


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
def blob(request: HttpRequest, revision: str, path: str, **address: str) -> HttpResponse:
    """Show a file as its viewer does, anything else as facts and a link."""
    repository = open_page(request, address, Action.PULL)
    found = resolve_revision(repository, revision)
    entry = find_entry(found, path)
    if entry is None:
        raise EntryNotFound(f"Entry not found: {path}", found.commit)
    if entry.type == "directory":
        return redirect(page_of(repository, "tree", revision, path))
    given = is_given(request, found, entry)
    state = state_of(entry)
    last = commit_info(last_commits(repository, found.commit, [entry])[entry.path])
    context = place(request, found, revision, path) | {
        "state": state,
        "panel": panel_of(entry),
        "release": release_of(entry.sha256) if state == RELEASED else None,
        "entry": entry,
        "given": given,
        "ruling": ruling(visitor(request), repository, entry) if entry.held else None,
        "view": _view(request, found, revision, entry) if given and entry.availability == "present" else None,
        "last": last,
        "people": people_among([last.username]),
    }
    return render(request, "web/blob.html", context)


def _view(request: HttpRequest, found: Revision, revision: str, entry: Entry) -> View:
    addresses = markdown_addresses(request, found.repository, revision, posixpath.dirname(entry.path))
    line = request.GET.get("line", "")
    wish = Wish(
        source=request.GET.get("view") == "source",
        line=int(line) if re.fullmatch(r"[0-9]{1,7}", line) else 1,
        layer=request.GET.get("layer", ""),
    )
    return view_of(Shown(found, entry, addresses, wish))


def place(request: HttpRequest, found: Revision, revision: str, path: str) -> dict[str, Any]:
    """Return what the pages of a folder and of a file say alike: where in which revision they are."""
    return frame(request, found.repository, "files") | {
        "rev": revision,
        "commit": found.commit,
        "withheld": found.withheld,
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
