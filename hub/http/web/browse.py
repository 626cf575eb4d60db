"""Lists of models and datasets that can be searched, sorted, paged and linked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.errors import InvalidInput
from hub.http.web.forms import BrowseForm
from hub.http.web.visitors import visitor
from hub.repos.selectors import search_repositories

PAGE = 30


@require_safe
def browse(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one page of the repositories of a kind that the visitor may see."""
    form = BrowseForm(request.GET)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(_("The address asks for an unknown value of “%s”.") % field, field)
    wanted = form.cleaned_data
    number = wanted["page"] or 1
    sort = wanted["sort"] or "updated"
    found, more = search_repositories(
        visitor(request),
        kind=kind,
        search=wanted["search"],
        sort=sort,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    context = {"kind": kind, "found": found, "more": more, "number": number, "sort": sort}
    return render(request, "web/browse.html", context | {"search": wanted["search"], "sorts": form.SORTS})
