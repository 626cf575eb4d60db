"""Telling the moderators about something; anybody who can see it may."""

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contributions.moderation import subjects
from contributions.moderation.flagging import report as file_report
from contributions.moderation.subjects import Subject
from hub.errors import InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.moderation_forms import ReportForm
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.revisions.selectors import find_entry, resolve_revision


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the form; a POST reports the repository, a file of it (`path`) or a commit (`revision`)."""
    repository = open_page(request, address)
    context = frame(request, repository, "report")
    return report_page(
        request,
        page=page_of(repository),
        context=context,
        template="web/report.html",
        find=lambda path: _subject(repository, path, request.GET.get("revision", "")),
        about_files=True,
    )


def report_page(
    request: HttpRequest,
    *,
    page: str,
    context: dict[str, Any],
    template: str,
    find: Callable[[str], Subject],
    about_files: bool = False,
) -> HttpResponse:
    """The form for a report; `find` says what it is about, from the path that was given."""
    if request.method == "POST" and (refused := consume_or_429(request, action="report")):
        return refused
    reporter = visitor(request).user
    form = ReportForm(
        request.POST or None,
        anonymous=reporter is None,
        about_files=about_files,
        initial={"path": request.GET.get("path", "")},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            file_report(subject=find(said.get("path", "")), reporter=reporter, **said)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(request, _("Thank you. A moderator will look at it."))
            return redirect(page)
    return render(request, template, context | {"form": form, "anonymous": reporter is None})


def _subject(repository: Repository, path: str, revision: str) -> Subject:
    """The file at a path of the revision, the revision, or the repository. InvalidInput for no such file."""
    if not path.strip():
        if not revision:
            return subjects.repository(repository)
        return subjects.revision(repository, resolve_revision(repository, revision).commit)
    found = find_entry(resolve_revision(repository, revision or "main"), path.strip())
    if found is None or found.type != "file":
        raise InvalidInput(_("There is no such file."), "path")
    return subjects.blob(found.sha256) if found.sha256 else subjects.repository(repository)
