"""Lists of models and datasets that can be searched, sorted, paged and linked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.errors import InvalidInput
from hub.http.pagination import next_page, read_cursor
from hub.http.web.forms import BrowseForm
from hub.http.web.visitors import visitor
from hub.repos.lists import RELEVANCE, Wanted, list_repositories, listed

PAGE = 30


@require_safe
def browse(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one page of the repositories of a kind that the visitor may see."""
    form = BrowseForm(request.GET)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(_("The address asks for an unknown value of “%s”.") % field, field)
    search, sort = form.cleaned_data["search"], form.cleaned_data["sort"]
    order = f"{kind}:{sort or RELEVANCE}"
    actor = visitor(request)
    page = list_repositories(
        actor,
        Wanted(kind, search=search),
        sort=sort or RELEVANCE,
        after=read_cursor(request, order=order),
        limit=PAGE,
    )
    context = {
        "kind": kind,
        "found": listed(actor, page.ids),
        "following": next_page(request, page.after, order=order) if page.after else None,
        "begun": "cursor" in request.GET,
        "search": search,
        "sort": sort,
        "sorts": [form.BEST, *form.SORTS] if search else form.SORTS,
    }
    return render(request, "web/browse.html", context)
