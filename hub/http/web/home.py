"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Role
from accounts.selectors import namespaces_for
from hub.http.web.visitors import visitor
from hub.repos.facets import spread
from hub.repos.lists import Wanted, list_repositories, listed
from hub.repos.models import Repository

SHOWN, TASKS, ORGANISATIONS = 8, 12, 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what the hub is, and lead to what there is: trending, new, by task, by organisation."""
    actor = visitor(request)
    models = Wanted(Repository.Kind.MODEL)
    lists = {
        name: listed(actor, list_repositories(actor, wanted, sort=sort, limit=SHOWN).ids)
        for name, wanted, sort in (
            ("trending", models, "trending"),
            ("newest", models, "created"),
            ("datasets", Wanted(Repository.Kind.DATASET), "trending"),
        )
    }
    counted = spread(actor, models, sort="trending")
    context = {
        **lists,
        "trending": [repository for repository in lists["trending"] if repository.trending],
        "spread": counted,
        "tasks": counted.values.get("task", [])[:TASKS],
        "organisations": counted.values.get("author", [])[:ORGANISATIONS],
        "mine": list(namespaces_for(actor.user, Role.READ)[:ORGANISATIONS]) if actor.user else [],
    }
    return render(request, "web/home.html", context)
