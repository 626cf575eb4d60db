"""Taking one's data along, and leaving."""

import json
from collections.abc import Iterator

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.departures.selectors import only_admin_of
from accounts.errors import LastAdmin
from accounts.models import User
from hub.errors import RepoWithheld
from hub.http.web.forms import DeleteForm
from hub.http.web.visitors import visitor
from hub.personal.selectors import everything_about, profile_of
from hub.personal.services import delete_account
from hub.repos.selectors import repositories_of
from hub.revisions.room import storage_of


@login_required
@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Show how to take one's data along, and how to leave."""
    return _page(request, DeleteForm(request.user.username))


@login_required
@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Send everything that the hub keeps about the visitor as one JSON file, as it is read."""
    response = StreamingHttpResponse(_written(request.user), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{request.user.username}.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_POST
@reauthentication_required
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the visitor's account when its name was typed, by somebody who just proved who they are."""
    form = DeleteForm(request.user.username, request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        delete_account(user=request.user)
    except (LastAdmin, RepoWithheld) as problem:
        form.add_error(None, str(problem))
        return _page(request, form, status=409)
    name = request.user.username
    logout(request)
    messages.success(request, _("The account %s was deleted.") % name)
    return redirect("home")


def _page(request: HttpRequest, form: DeleteForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "only_admin_of": only_admin_of(request.user),
        "storage": storage_of(request.user.namespace),
        "repositories": repositories_of(visitor(request), request.user.namespace),
    }
    return render(request, "web/settings_data.html", context, status=status)


def _written(user: User) -> Iterator[str]:
    """A JSON object, list by list and row by row."""
    yield '{"profile": ' + _json(profile_of(user))
    for name, rows in everything_about(user):
        yield f',\n"{name}": ['
        for number, row in enumerate(rows):
            yield (",\n  " if number else "\n  ") + _json(row)
        yield "]"
    yield "}\n"


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
