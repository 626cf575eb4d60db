"""What a pull request changes, file by file, and what is said of its lines."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contributions.discussions.policy import Act, acts_of
from contributions.discussions.selectors import find_thread
from contributions.pulls.lines import comment_on_line
from contributions.pulls.models import PullRequest
from contributions.pulls.selectors import pull_of
from contributions.pulls.sides import Sides, changes_of, sides_of
from hub.access.policy import Action
from hub.errors import AuthenticationRequired, HubError, InvalidInput
from hub.http.web.comparisons import Difference, difference
from hub.http.web.errors import status_of
from hub.http.web.lines import Asked, read_place, talks_of
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor
from hub.repos.models import Repository


@require_http_methods(["GET", "POST"])
def files(request: HttpRequest, number: int, **address: str) -> HttpResponse:
    """Show the changes; `?path=` one file's with all of its lines, `?on=` and `?line=` a form for a comment.

    A POST says something of a line; `?part=line` is the form alone.
    """
    repository = open_page(request, address, Action.CONTRIBUTE if request.method == "POST" else Action.READ)
    pull = pull_of(find_thread(repository, number))
    if request.method == "POST":
        return _say(request, repository, pull)
    asked = _asked(request)
    if asked and request.GET.get("part") == "line":
        context = {"asked": asked, "seen": request.GET.get("seen", ""), "only": request.GET.get("path", "")}
        return render(request, "web/partials/line_form.html", context)
    return _page(request, repository, pull, asked)


def _asked(request: HttpRequest) -> Asked | None:
    place = read_place(request.GET.get("line", ""))
    return Asked(request.GET.get("on", ""), place) if place else None


def _say(request: HttpRequest, repository: Repository, pull: PullRequest) -> HttpResponse:
    """Put a comment beside a line; what was typed is shown again when it cannot be."""
    data = request.POST
    place = read_place(data.get("line", ""))
    if place is None:
        raise InvalidInput(_("The change of this file does not show such a line."), "line")
    asked = Asked(data.get("on", ""), place, data.get("text", ""))
    try:
        event = comment_on_line(
            pull=pull,
            actor=visitor(request),
            path=asked.path,
            side=place[0],
            line=place[1],
            commit=data.get("seen", ""),
            text=asked.text,
        )
    except AuthenticationRequired:
        raise
    except HubError as problem:
        asked.problem = str(problem)
        return _page(request, repository, pull, asked, status_of(problem))
    only = f"?{urlencode({'path': asked.path})}" if data.get("path") else ""
    return redirect(f"{request.path}{only}#comment-{event.pk}")


def _page(
    request: HttpRequest,
    repository: Repository,
    pull: PullRequest,
    asked: Asked | None,
    status: int = 200,
) -> HttpResponse:
    sides = sides_of(pull)
    shown = _shown(request, pull, sides, asked)
    in_vain = asked is not None and not any(file.talk.asks_in(file.text) for file in shown.files if file.talk)
    context: dict[str, Any] = frame(request, repository, "discussions") | {
        "thread": pull.discussion,
        "pull": pull,
        "target": pull.target.removeprefix("refs/heads/"),
        "difference": shown,
        "only": _only(request),
        "new_rev": sides.head.commit,
        "may_comment": Act.COMMENT in acts_of(visitor(request), pull.discussion),
        # Of a line that the page does not show the problem is told above.
        "problem": asked.problem if asked and in_vain else "",
        "typed": asked.text if asked and in_vain else "",
    }
    return render(request, "web/pull_files.html", context, status=status)


def _only(request: HttpRequest) -> str:
    return request.GET.get("path", "") or request.POST.get("path", "")


def _shown(request: HttpRequest, pull: PullRequest, sides: Sides, asked: Asked | None) -> Difference:
    """The difference, with what is said beside the lines of its texts."""
    changes = changes_of(sides)
    shown = difference(request, sides.base, sides.head, changes, _only(request))
    talks = talks_of(request, pull.discussion, changes, asked)
    for file in shown.files:
        file.talk = talks.get(file.change.path)
    return shown
