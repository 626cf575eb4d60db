"""What happened in a repository, at an organisation's, and by a person: pages of a list."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from contributions.activity.models import Act
from contributions.activity.selectors import around, in_repository
from hub.http.pagination import next_page, read_cursor
from hub.http.web.addresses import page_of
from hub.http.web.pages import frame, open_page
from hub.http.web.profiles import open_namespace_page, profile_frame
from hub.http.web.visitors import visitor

PAGE = 30
ORDER = "activity"


@require_safe
def of_repository(request: HttpRequest, **address: str) -> HttpResponse:
    """List what happened in a repository that the visitor may see."""
    repository = open_page(request, address)
    found = in_repository(repository, before=_before(request), limit=PAGE + 1)
    context = frame(request, repository, "activity") | _page(request, found)
    # Programs that read feeds have no session: of what is not public theirs is empty.
    feed = "" if repository.private or repository.taken_down_at else page_of(repository, "feed.atom")
    return render(request, "web/repository_activity.html", context | {"feed": feed})


@require_safe
def of_namespace(request: HttpRequest, namespace: str) -> HttpResponse:
    """List what the visitor may know of what a person did, or of what was done at an organisation's."""
    owner = open_namespace_page(namespace, request)
    found = around(visitor(request), owner, before=_before(request), limit=PAGE + 1)
    context = profile_frame(request, owner, "activity") | _page(request, found)
    feed = reverse("namespace-feed", args=[owner.name])
    return render(request, "web/profile_activity.html", context | {"feed": feed})


def _before(request: HttpRequest) -> int | None:
    position = read_cursor(request, order=ORDER)
    return position[0] if position else None


def _page(request: HttpRequest, found: list[Act]) -> dict[str, Any]:
    more = len(found) > PAGE
    following = next_page(request, [found[PAGE - 1].event], order=ORDER) if more else ""
    return {"acts": found[:PAGE], "next": following}
