"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.repos.selectors import search_repositories

SHOWN = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what the hub is, and show what is new."""
    actor = visitor(request)
    models, _ = search_repositories(actor, kind=Repository.Kind.MODEL, limit=SHOWN)
    datasets, _ = search_repositories(actor, kind=Repository.Kind.DATASET, limit=SHOWN)
    return render(request, "web/home.html", {"models": models, "datasets": datasets})
