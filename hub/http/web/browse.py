"""Lists of models and datasets that can be searched, narrowed, sorted, paged and linked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.errors import InvalidInput
from hub.http.pagination import next_page, read_cursor
from hub.http.web.facets import chips_of, chosen_in, facets_of, hidden_fields
from hub.http.web.forms import BrowseForm
from hub.http.web.visitors import visitor
from hub.licensing.books import current_books
from hub.licensing.openness import Openness, licences_in
from hub.repos.facets import spread, wanted_by
from hub.repos.lists import RELEVANCE, list_repositories, listed
from hub.repos.suggestions import suggest

PAGE = 30
# What nobody has asked to be sorted: by what is pulled these days.
UNASKED = "trending"


@require_safe
def browse(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one page of the repositories of a kind that the visitor may see, and how to narrow them."""
    form = BrowseForm(request.GET)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(_("The address asks for an unknown value of “%s”.") % field, field)
    search, asked = form.cleaned_data["search"], form.cleaned_data["sort"]
    sort = asked or (RELEVANCE if search else UNASKED)
    order = f"{kind}:{sort}"
    actor, chosen = visitor(request), chosen_in(request.GET)
    openness = form.cleaned_data["openness"]
    book = current_books().book
    licences = licences_in(Openness(openness), book) if openness else ()
    wanted = wanted_by(kind, search, chosen, licences=licences)
    page = list_repositories(actor, wanted, sort=sort, after=read_cursor(request, order=order), limit=PAGE)
    counted = spread(actor, wanted, sort=sort)
    context = {
        "kind": kind,
        "found": listed(actor, page.ids),
        "following": next_page(request, page.after, order=order) if page.after else None,
        "begun": "cursor" in request.GET,
        "search": search,
        "sort": asked if search or asked != UNASKED else "",
        # What nobody asks for is not sent along: a search from here is sorted by how well it matches.
        "sorts": [form.BEST, *form.SORTS] if search else [("", form.SORTS[0][1]), *form.SORTS[1:]],
        "spread": counted,
        "facets": facets_of(request.GET, chosen, counted, book),
        "chips": chips_of(request.GET, chosen),
        "kept": hidden_fields(chosen),
    }
    # What the page's own script asks for is the list alone; going back asks for the whole page.
    part = request.htmx and not request.htmx.history_restore_request
    response = render(request, "web/partials/found.html" if part else "web/browse.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """What somebody may mean who has begun to type a search, as options of the search box."""
    kind = "dataset" if request.GET.get("kind") == "dataset" else "model"
    form = BrowseForm({"search": request.GET.get("search", "")})
    text = form.cleaned_data["search"] if form.is_valid() else ""
    return render(
        request,
        "web/partials/suggestions.html",
        {"kind": kind, "search": text, "suggestions": suggest(visitor(request), kind, text)},
    )
