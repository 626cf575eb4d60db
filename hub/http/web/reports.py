"""Telling the moderators about something; anybody who can see it may."""

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from contributions.discussions.selectors import find_comment, find_thread
from contributions.moderation import subjects
from contributions.moderation.flagging import report as file_report
from contributions.moderation.subjects import Subject
from hub.errors import InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.moderation_forms import ReportForm
from hub.http.web.pages import frame, open_page
from hub.http.web.profiles import open_namespace_page, profile_frame
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.revisions.selectors import Revision, find_entry, resolve_revision

REPOSITORY_PAGE, PROFILE_PAGE = "web/repository_base.html", "web/profile_base.html"


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the form; a POST reports the repository, a file of it (`path`) or a commit (`revision`).

    The address keeps both, so that they are there again when the form comes back.
    """
    repository = open_page(request, address)
    named = request.GET.get("revision", "")
    found = resolve_revision(repository, named) if named else None
    return report_page(
        request,
        page=page_of(repository, "commit", found.commit) if found else page_of(repository),
        about=subjects.revision(repository, found.commit).name if found else repository.full_name,
        context=frame(request, repository, "report"),
        layout=REPOSITORY_PAGE,
        find=lambda path: _subject(repository, path, found),
        about_files=True,
    )


@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, number: int, event_id: int, **address: str) -> HttpResponse:
    """Show the form about a comment; a POST reports it. One that is hidden is not there."""
    repository = open_page(request, address)
    thread = find_thread(repository, number)
    event = find_comment(thread, event_id)
    who = event.author.username if event.author else _("somebody who left")
    return report_page(
        request,
        page=f"{thread.url_path}#event-{event.pk}",
        about=_("A comment by %(who)s in “%(thread)s”") % {"who": who, "thread": thread.title},
        context=frame(request, repository, "discussions"),
        layout=REPOSITORY_PAGE,
        find=lambda _path: subjects.comment(event),
    )


@require_http_methods(["GET", "POST"])
def namespace(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show the form about a user or an organisation; a POST reports them."""
    owner = open_namespace_page(namespace)
    return report_page(
        request,
        page=f"/{owner.name}",
        about=owner.full_name or owner.name,
        context=profile_frame(request, owner, "report"),
        layout=PROFILE_PAGE,
        find=lambda _path: subjects.namespace(owner),
    )


def report_page(
    request: HttpRequest,
    *,
    page: str,
    about: str,
    context: dict[str, Any],
    layout: str,
    find: Callable[[str], Subject],
    about_files: bool = False,
) -> HttpResponse:
    """The form for a report; `find` says what it is about, from the path that was given.

    `about` names it to the reader, `page` is where it is, and `layout` the template around the form.
    """
    reporter = visitor(request).user
    if request.method == "POST" and (refused := too_often(request, reporter)):
        return refused
    form = ReportForm(
        request.POST or None,
        anonymous=reporter is None,
        about_files=about_files,
        initial={"path": request.GET.get("path", "")},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            subject, language = find(said.get("path", "")), get_language() or ""
            flag = file_report(subject=subject, reporter=reporter, language=language, **said)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(
                request,
                _("You reported this already. What you wrote was added to your report.")
                if flag.added_at
                else _("Thank you. A moderator will look at it."),
            )
            return redirect(page)
    context |= {
        "form": form,
        "anonymous": reporter is None,
        "layout": layout,
        "about": about,
        "page": page,
    }
    return render(request, "web/report.html", context)


def too_often(request: HttpRequest, reporter: User | None) -> HttpResponse | None:
    """The page that says so, with 429, when too much is reported from an address or by one account."""
    by_address = consume_or_429(request, action="report")
    if by_address or reporter is None or reporter.is_moderator:
        return by_address
    return consume_or_429(request, action="report_by_user")


def _subject(repository: Repository, path: str, revision: Revision | None) -> Subject:
    """The file at a path of the revision, the revision, or the repository. InvalidInput for no such file."""
    if not path.strip():
        return subjects.revision(repository, revision.commit) if revision else subjects.repository(repository)
    found = find_entry(revision or resolve_revision(repository, "main"), path.strip())
    # A pointer to bytes that the repository never had is no file of it: they may be somebody else's.
    if found is None or found.type != "file" or (found.sha256 and not found.held):
        raise InvalidInput(_("There is no such file."), "path")
    return subjects.blob(found.sha256) if found.sha256 else subjects.repository(repository)
