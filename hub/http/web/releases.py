"""Releases of a repository: listed, shown one by one, made, changed and taken back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contributions.pulls.errors import ReleaseBlocked
from contributions.pulls.gates import Reason
from contributions.pulls.releasing import release as make_release
from hub.access.policy import Action
from hub.errors import Forbidden, HubError, RevisionNotFound
from hub.http.web.addresses import markdown_addresses, page_of
from hub.http.web.errors import words_of
from hub.http.web.forms import NewReleaseForm, ReleaseForm
from hub.http.web.markdown import render as render_markdown
from hub.http.web.pages import frame, open_page
from hub.http.web.refs import rows_of
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.revisions.models import Release
from hub.revisions.names import DEFAULT_BRANCH
from hub.revisions.releases import (
    NOTES_MAX,
    change_release,
    delete_release,
    list_releases,
    release_of_tag,
)

PAGE = 10
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Shown:
    """A release with its notes as HTML, whose links lead to the files of its tag."""

    release: Release
    tag: str
    notes: SafeString


@require_safe
def releases(request: HttpRequest, **address: str) -> HttpResponse:
    """List releases, newest first; `?before=` goes on below one."""
    repository = open_page(request, address)
    before = request.GET.get("before", "")
    last = min(int(before), LARGEST_ID) if before.isascii() and before.isdecimal() else None
    rows = list_releases(repository, limit=PAGE + 1, before=last)
    context = frame(request, repository, "releases") | {
        "releases": [shown(request, repository, row) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else "",
        "newest": rows[0].pk if rows and last is None else None,
    }
    return render(request, "web/releases.html", context)


@require_safe
def release(request: HttpRequest, tag: str, **address: str) -> HttpResponse:
    """Show one release."""
    repository = open_page(request, address)
    found = release_of_tag(repository, tag)
    context = frame(request, repository, "releases") | {"shown": shown(request, repository, found)}
    return render(request, "web/release.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, **address: str) -> HttpResponse:
    """Ask what is to be released; a POST makes the release, and its tag if there is none."""
    repository = open_page(request, address, Action.WRITE)
    if request.htmx:
        return _preview(request, repository, request.POST.get("start") or DEFAULT_BRANCH)
    rows = rows_of(repository)
    against: list[Reason] = []
    form = NewReleaseForm(request.POST or None, initial={"tag": request.GET.get("tag", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = make_release(
                repository=repository,
                actor=visitor(request),
                override=request.POST.get("override") == "on",
                **form.cleaned_data,
            )
        except ReleaseBlocked as problem:
            against = problem.reasons
        except Forbidden:
            raise
        except RevisionNotFound:
            form.add_error("start", _("There is no such branch, tag or commit."))
        except HubError as problem:
            field = getattr(problem, "field", "")
            form.add_error(field if field in form.fields else "tag", words_of(problem))
        else:
            messages.success(request, _("%s was released.") % made.title)
            return redirect(page_of(repository, "release", made.tag.short_name))
    context = {
        "form": form,
        "refs": rows,
        "tags": [row for row in rows if row.is_tag and not row.release],
        "against": against,
    }
    return _form_page(request, repository, context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, tag: str, **address: str) -> HttpResponse:
    """Show what is said of a release, to change it."""
    repository = open_page(request, address, Action.WRITE)
    found = release_of_tag(repository, tag)
    if request.htmx:
        return _preview(request, repository, tag)
    form = ReleaseForm(request.POST or None, initial={"title": found.title, "notes": found.notes})
    if request.method == "POST" and form.is_valid():
        change_release(release=found, actor_user=request.user, **form.cleaned_data)
        messages.success(request, _("The release was changed."))
        return redirect(page_of(repository, "release", tag))
    return _form_page(request, repository, {"form": form, "release": found, "tag": tag})


@require_POST
def delete(request: HttpRequest, tag: str, **address: str) -> HttpResponse:
    """Take a release back; its tag stays."""
    repository = open_page(request, address, Action.WRITE)
    found = release_of_tag(repository, tag)
    delete_release(release=found, actor_user=request.user)
    messages.success(request, _("The release %s was deleted. Its tag is still there.") % found.title)
    return redirect(page_of(repository, "releases"))


def shown(request: HttpRequest, repository: Repository, found: Release) -> Shown:
    """A release as pages show it."""
    tag = found.tag.short_name
    return Shown(found, tag, _rendered(request, repository, tag, found.notes))


def _rendered(request: HttpRequest, repository: Repository, revision: str, notes: str) -> SafeString:
    """Notes as HTML, whose links lead to the files of a revision."""
    return render_markdown(notes, markdown_addresses(request, repository, revision))


def _preview(request: HttpRequest, repository: Repository, revision: str) -> HttpResponse:
    """What the notes look like that somebody types, for htmx; nothing is kept."""
    notes = _rendered(request, repository, revision, request.POST.get("notes", "")[:NOTES_MAX])
    return render(request, "web/partials/edit_preview.html", {"preview": notes})


def newest(repository: Repository) -> Release | None:
    """The release that a repository's own page names, if there is any; one query."""
    return next(iter(list_releases(repository, limit=1)), None)


def _form_page(request: HttpRequest, repository: Repository, context: dict[str, Any]) -> HttpResponse:
    form = context["form"]
    status = 409 if context.get("against") else 400 if form.errors else 200
    start = context.get("tag") or form["start"].value() or DEFAULT_BRANCH
    context["preview"] = _rendered(request, repository, start, (form["notes"].value() or "")[:NOTES_MAX])
    return render(
        request, "web/release_edit.html", frame(request, repository, "releases") | context, status=status
    )
