"""The branches and tags of a repository: seen, made and deleted."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.access.policy import Action
from hub.errors import HubError, RevisionNotFound
from hub.http.web.addresses import page_of
from hub.http.web.errors import words_of
from hub.http.web.forms import RefForm
from hub.http.web.pages import frame, open_page
from hub.repos.models import Repository
from hub.revisions.history import CommitInfo, commit_info
from hub.revisions.models import Ref
from hub.revisions.names import MAIN_REF
from hub.revisions.refs import create_branch, create_tag, delete_ref
from hub.revisions.selectors import refs_with_commits


@dataclass(frozen=True)
class Row:
    """A branch or tag with the commit it names; `kept` says whether it cannot be deleted, `release` why."""

    ref: Ref
    commit: CommitInfo
    is_tag: bool
    default: bool
    release: Any

    @property
    def kept(self) -> bool:
        """Whether it cannot be deleted."""
        return self.default or self.release is not None


@require_http_methods(["GET", "POST"])
def refs(request: HttpRequest, **address: str) -> HttpResponse:
    """List branches and tags; a POST makes one."""
    repository = open_page(request, address, Action.WRITE if request.method == "POST" else Action.READ)
    form = RefForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            _create(request, repository, **wanted)
        except RevisionNotFound:
            form.add_error("start", _("There is no such branch, tag or commit."))
        except HubError as problem:
            form.add_error("name", words_of(problem))
        else:
            messages.success(request, _("%s was made.") % wanted["name"])
            return redirect(page_of(repository, "refs"))
    rows = rows_of(repository)
    context = frame(request, repository, "files") | {
        "branches": [row for row in rows if not row.is_tag],
        "tags": [row for row in rows if row.is_tag],
        "form": form,
    }
    return render(request, "web/refs.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, **address: str) -> HttpResponse:
    """Ask before a branch or tag is deleted; a POST deletes it."""
    repository = open_page(request, address, Action.WRITE)
    name = (request.POST if request.method == "POST" else request.GET).get("ref", "")
    row = next((row for row in rows_of(repository) if row.ref.name == name), None)
    if row is None:
        raise RevisionNotFound(f"Invalid rev id: {name}")
    if request.method == "POST":
        delete_ref(repo=repository, ref=name, actor_user=request.user)
        messages.success(request, _("%s was deleted.") % row.ref.short_name)
        return redirect(page_of(repository, "refs"))
    return render(request, "web/ref_delete.html", frame(request, repository, "files") | {"row": row})


def rows_of(repository: Repository) -> list[Row]:
    """Branches, then tags; the default branch first. One query."""
    found = [
        Row(
            ref,
            commit_info(ref.commit),
            ref.name.startswith("refs/tags/"),
            ref.name == MAIN_REF,
            getattr(ref, "release", None),
        )
        for ref in refs_with_commits(repository)
    ]
    return sorted(found, key=lambda row: (row.is_tag, not row.default, row.ref.name))


def _create(request: HttpRequest, repository: Repository, *, what: str, name: str, start: str) -> None:
    if what == "tag":
        create_tag(repo=repository, name=name, revision=start, actor_user=request.user)
    else:
        create_branch(repo=repository, name=name, start=start, actor_user=request.user)
