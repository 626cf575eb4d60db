"""Deleting a file and giving it another path, each one commit."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.access.policy import Action
from hub.errors import FileChanged, HubError
from hub.http.web.addresses import page_of
from hub.http.web.committing import commit_form, commit_onto
from hub.http.web.errors import words_of
from hub.http.web.files import trail
from hub.http.web.forms import PathForm
from hub.http.web.pages import frame, open_page
from hub.revisions.edits import moving
from hub.revisions.operations import DeleteFile
from hub.revisions.selectors import Entry, Revision, find_file, resolve_revision
from storage.errors import StorageError


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, revision: str, path: str, **address: str) -> HttpResponse:
    """Ask before a file is deleted; a POST makes the commit."""
    found, entry = _file(request, revision, path, address)
    suggestion = f"Delete {path}"
    form = commit_form(request, found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            landed = commit_onto(
                request,
                found,
                form,
                seen={path: request.POST.get("base", "")},
                operations=[DeleteFile(path)],
                suggestion=suggestion,
            )
        except (HubError, StorageError) as problem:
            _say(form, problem, "")
        else:
            if landed.thread:
                return redirect(landed.thread.url_path)
            messages.success(request, _("%s was deleted.") % path)
            return redirect(page_of(found.repository, "tree", landed.branch))
    return _asked(request, "delete", revision, found, entry, {"commit_form": form, "suggestion": suggestion})


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, revision: str, path: str, **address: str) -> HttpResponse:
    """Ask for a file's new path; a POST makes the commit."""
    found, entry = _file(request, revision, path, address)
    form = commit_form(request, found, request.POST or None)
    paths = PathForm(request.POST or None, initial={"path": path})
    if request.method == "POST" and paths.is_valid() and form.is_valid():
        target = paths.cleaned_data["path"]
        try:
            landed = commit_onto(
                request,
                found,
                form,
                seen={path: request.POST.get("base", ""), target: ""},
                operations=moving(entry, target),
                suggestion=f"Rename {path} to {target}",
            )
        except (HubError, StorageError) as problem:
            _say(paths, problem, target)
        else:
            if landed.thread:
                return redirect(landed.thread.url_path)
            messages.success(request, _("%(path)s is now %(target)s.") % {"path": path, "target": target})
            return redirect(page_of(found.repository, "blob", landed.branch, target))
    context = {"commit_form": form, "path_form": paths, "suggestion": f"Rename {path}"}
    return _asked(request, "move", revision, found, entry, context)


def _file(request: HttpRequest, revision: str, path: str, address: dict[str, str]) -> tuple[Revision, Entry]:
    found = resolve_revision(open_page(request, address, Action.BRING), revision)
    return found, find_file(found, path)


def _say(form: forms.Form, problem: Exception, target: str) -> None:
    """Tell at the field what went wrong; the page shows the file as it is now."""
    if isinstance(problem, FileChanged) and problem.path == target:
        form.add_error(None, _("There is something at that path already."))
    else:
        form.add_error(None, words_of(problem))


def _asked(
    request: HttpRequest, what: str, revision: str, found: Revision, entry: Entry, context: dict
) -> HttpResponse:
    forms_ = [form for name, form in context.items() if name.endswith("_form")]
    status = 400 if any(form.errors for form in forms_) else 200
    place = {"rev": revision, "path": entry.path, "trail": trail(entry.path), "entry": entry, "what": what}
    context = frame(request, found.repository, "files") | place | context
    return render(request, "web/file_change.html", context, status=status)
