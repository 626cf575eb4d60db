"""Discussions and pull requests of a repository: listed, begun, and gone on with."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from contributions.discussions import services
from contributions.discussions.errors import ThreadNotFound
from contributions.discussions.models import Discussion
from contributions.discussions.selectors import counts, find_thread, threads
from contributions.pulls import lines, merging
from contributions.pulls import services as pulls
from contributions.pulls.selectors import pull_of
from hub.access.policy import Action
from hub.access.services import require_one_of
from hub.errors import AuthenticationRequired, HubError, InvalidInput
from hub.http.web.discussion_forms import DiscussionForm
from hub.http.web.errors import status_of
from hub.http.web.pages import frame, open_page
from hub.http.web.threads import THEIRS_AND_OURS, merge_box, shown_thread
from hub.http.web.visitors import visitor
from hub.repos.models import Repository

PAGE = 25
FARTHEST = 10_000
KINDS = {"": None, "discussions": False, "pulls": True}
STATUSES = {"open": gettext_lazy("Open"), "closed": gettext_lazy("Closed")}


@require_safe
def discussions(request: HttpRequest, **address: str) -> HttpResponse:
    """List threads, newest first, of one kind or both, under way or ended."""
    repository = open_page(request, address)
    kind = request.GET.get("kind", "")
    status = request.GET.get("status", "open")
    if kind not in KINDS or status not in STATUSES:
        raise InvalidInput(_("There is no such list."), "status")
    words, author = request.GET.get("search", "")[:200], request.GET.get("author", "")[:100]
    page = _page_number(request.GET)
    everything = threads(repository, pulls=KINDS[kind], author=author, words=words)
    found = threads(repository, pulls=KINDS[kind], status=status, author=author, words=words)
    rows = list(found[(page - 1) * PAGE : page * PAGE + 1])
    pinned = list(threads(repository, pulls=KINDS[kind]).exclude(pinned_at=None)[:3]) if page == 1 else []
    context = frame(request, repository, "discussions") | {
        "threads": _of(repository, rows[:PAGE]),
        "pinned": _of(repository, pinned) if not (words or author) else [],
        "counts": counts(everything),
        "kind_shown": kind,
        "status": status,
        "search": words,
        "author": author,
        "page": page,
        "next": page + 1 if len(rows) > PAGE and page < FARTHEST else None,
    }
    return render(request, "web/discussions.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the form for a discussion; a POST opens it."""
    repository = open_page(request, address, Action.CONTRIBUTE)
    form = DiscussionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            thread = services.open_discussion(
                repository=repository, actor=visitor(request), **form.cleaned_data
            )
        except InvalidInput as problem:
            form.add_error("title" if problem.field == "title" else "text", str(problem))
        else:
            return redirect(thread.url_path)
    context = frame(request, repository, "discussions") | {"form": form}
    return render(request, "web/discussion_new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def thread(request: HttpRequest, number: int, **address: str) -> HttpResponse:
    """Show a thread; a POST does one thing in it, which `do` names."""
    repository = open_page(request, address)
    if request.method == "POST":
        # Of what is taken down nobody but moderators changes anything, who hide and lock there too.
        require_one_of(visitor(request), repository, Action.CONTRIBUTE, Action.MODERATE)
    found = find_thread(repository, number)
    if request.method == "POST":
        return _done(request, found)
    if request.GET.get("part") == "merge" and found.is_pull:
        context = frame(request, repository, "discussions") | merge_box(request, found)
        return render(request, "web/partials/merge_box.html", context)
    return _page(request, found)


def _of(repository: Repository, rows: list[Discussion]) -> list[Discussion]:
    for row in rows:
        row.repository = repository
    return rows


def _page_number(query: QueryDict) -> int:
    text = query.get("page", "")
    return min(max(int(text), 1), FARTHEST) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _page(
    request: HttpRequest, found: Discussion, *, problem: HubError | None = None, status: int = 200
) -> HttpResponse:
    context = frame(request, found.repository, "discussions") | shown_thread(request, found)
    context |= {
        "problem": str(problem) if problem else "",
        "typed": request.POST.get("text", "") if problem else "",
        "editing": request.GET.get("edit", "") or (request.POST.get("comment", "") if problem else ""),
    }
    return render(request, "web/discussion.html", context, status=status)


def _done(request: HttpRequest, found: Discussion) -> HttpResponse:
    """Do what a form of the page asks for; what was typed is shown again when it cannot be."""
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise InvalidInput(_("There is no such thing to do here."), "do")
    try:
        anchor = act(request, found)
    except (ThreadNotFound, AuthenticationRequired):
        raise
    except HubError as problem:
        return _page(request, found, problem=problem, status=status_of(problem))
    return redirect(f"{found.url_path}{f'#{anchor}' if anchor else ''}")


Act = Callable[[HttpRequest, Discussion], str]


def _comment(request: HttpRequest, found: Discussion) -> str:
    event = services.comment(discussion=found, actor=visitor(request), text=request.POST.get("text", ""))
    return f"event-{event.pk}"


def _edit(request: HttpRequest, found: Discussion) -> str:
    event = services.edit_comment(
        discussion=found,
        event_id=_event(request.POST),
        actor=visitor(request),
        text=request.POST.get("text", ""),
    )
    return f"event-{event.pk}"


def _hide(request: HttpRequest, found: Discussion) -> str:
    hidden = request.POST.get("value") != "show"
    event = services.hide_comment(
        discussion=found, event_id=_event(request.POST), actor=visitor(request), hidden=hidden
    )
    return f"event-{event.pk}"


def _react(request: HttpRequest, found: Discussion) -> str:
    event = _event(request.POST)
    services.react(
        discussion=found,
        event_id=event,
        actor=visitor(request),
        emoji=request.POST.get("emoji", ""),
        value=request.POST.get("value") != "back",
    )
    return f"event-{event}"


def _resolve(request: HttpRequest, found: Discussion) -> str:
    event = lines.resolve(
        pull=pull_of(found),
        event_id=_event(request.POST),
        actor=visitor(request),
        value=request.POST.get("value") == "on",
    )
    return f"event-{event.pk}"


def _rename(request: HttpRequest, found: Discussion) -> str:
    services.rename(discussion=found, actor=visitor(request), title=request.POST.get("title", ""))
    return ""


def _status(request: HttpRequest, found: Discussion) -> str:
    said: Mapping[str, Any] = {
        "actor": visitor(request),
        "status": request.POST.get("value", ""),
        "text": request.POST.get("text", ""),
    }
    if found.is_pull:
        pulls.change_status(pull=pull_of(found), **said)
    else:
        services.change_status(discussion=found, **said)
    return ""


def _lock(request: HttpRequest, found: Discussion) -> str:
    services.set_locked(discussion=found, actor=visitor(request), value=request.POST.get("value") == "on")
    return ""


def _pin(request: HttpRequest, found: Discussion) -> str:
    services.set_pinned(discussion=found, actor=visitor(request), value=request.POST.get("value") == "on")
    return ""


def _review(request: HttpRequest, found: Discussion) -> str:
    event = pulls.review(
        pull=pull_of(found),
        actor=visitor(request),
        verdict=request.POST.get("verdict", ""),
        commit=request.POST.get("seen", ""),
        text=request.POST.get("text", ""),
    )
    return f"event-{event.pk}"


def _merge(request: HttpRequest, found: Discussion) -> str:
    merging.merge(
        pull=pull_of(found),
        actor=visitor(request),
        squash=request.POST.get("how") == "squash",
        seen=request.POST.get("seen", ""),
        override=request.POST.get("override") == "on",
    )
    messages.success(request, _("It was merged."))
    return ""


def _update(request: HttpRequest, found: Discussion) -> str:
    data = request.POST
    merging.update(
        pull=pull_of(found),
        actor=visitor(request),
        settled=_settled(data),
        others=data.get("others", ""),
        seen=(data["seen"], data["over"]) if "seen" in data and "over" in data else None,
    )
    messages.success(request, _("The branch was taken over."))
    return ""


ACTS: dict[str, Act] = {
    "comment": _comment,
    "edit": _edit,
    "hide": _hide,
    "react": _react,
    "resolve": _resolve,
    "rename": _rename,
    "status": _status,
    "lock": _lock,
    "pin": _pin,
    "review": _review,
    "merge": _merge,
    "update": _update,
}


def _event(data: QueryDict) -> int:
    text = data.get("comment", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ThreadNotFound("There is no such comment here.")
    return int(text)


def _settled(data: QueryDict) -> dict[str, str]:
    """Whose version counts, for each path of the form, which comes as two lists."""
    paths, sides = data.getlist("path"), data.getlist("side")
    if len(paths) != len(sides) or any(side not in THEIRS_AND_OURS for side in sides):
        raise InvalidInput(_("Say for each file whose version counts."), "side")
    return dict(zip(paths, sides, strict=True))
