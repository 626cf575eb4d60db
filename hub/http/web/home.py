"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.http.web.visitors import visitor
from hub.repos.lists import Wanted, list_repositories, listed
from hub.repos.models import Repository

SHOWN = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what the hub is, and show what is new."""
    actor = visitor(request)
    models, datasets = (
        listed(actor, list_repositories(actor, Wanted(kind), limit=SHOWN).ids)
        for kind in (Repository.Kind.MODEL, Repository.Kind.DATASET)
    )
    return render(request, "web/home.html", {"models": models, "datasets": datasets})
