"""What the fields of a card suggest while somebody types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.access.policy import Action
from hub.http.web.pages import open_page
from hub.http.web.visitors import visitor
from hub.repos.languages import codes_and_names
from hub.repos.lists import RELEVANCE, Wanted, list_repositories, listed
from hub.repos.models import Repository
from hub.repos.tags import tags_by_type

SHOWN = 12
LONGEST = 200
REPOSITORIES = {"base_model": Repository.Kind.MODEL, "datasets": Repository.Kind.DATASET}
# The types of tags that are a field of their own, or say what another field says.
OTHER = "other"


@require_safe
def suggest(request: HttpRequest, **address: str) -> HttpResponse:
    """Tell how the last text of a field may go on, as options that keep the texts before it."""
    repository = open_page(request, address, Action.WRITE)
    field = next((name for name in (*REPOSITORIES, "language", "tags") if name in request.GET), "tags")
    before, comma, begun = request.GET.get(field, "").replace("\0", "").rpartition(",")
    words = _words(request, repository, field, begun.strip()[:LONGEST]) if begun.strip() else []
    kept = f"{before.strip()}, " if comma else ""
    return render(
        request, "web/partials/options.html", {"options": [(kept + one, said) for one, said in words]}
    )


def _words(request: HttpRequest, repository: Repository, field: str, begun: str) -> list[tuple[str, str]]:
    if field in REPOSITORIES:
        actor, wanted = visitor(request), Wanted(REPOSITORIES[field], search=begun)
        ids = list_repositories(actor, wanted, sort=RELEVANCE, limit=SHOWN).ids
        return [(found.full_name, found.pipeline_tag) for found in listed(actor, ids)]
    if field == "language":
        known = codes_and_names()
        return [row for row in known if any(part.lower().startswith(begun.lower()) for part in row)][:SHOWN]
    tags = tags_by_type(repository.kind).get(OTHER, [])
    return [(tag, "") for tag in tags if tag.lower().startswith(begun.lower())][:SHOWN]
