"""What an organisation says of itself, how its new repositories begin, and its end; for its admins."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Namespace
from accounts.roles import Role
from hub.access.services import open_organisation
from hub.errors import InvalidInput
from hub.http.web.forms import DeleteForm
from hub.http.web.profile_forms import OrganisationProfileForm
from hub.http.web.profile_settings import saved
from hub.http.web.visitors import visitor
from hub.personal.services import delete_organisation
from hub.revisions.protection import rules_of
from hub.revisions.room import storage_of


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show the settings; a POST changes the profile."""
    organisation = open_organisation(visitor(request), namespace, Role.ADMIN)
    form = OrganisationProfileForm(organisation, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and saved(request, organisation, form):
        return redirect("organisation-settings", organisation.name)
    return _page(request, organisation, form, DeleteForm(organisation.name))


@login_required
@require_POST
def delete(request: HttpRequest, namespace: str) -> HttpResponse:
    """Delete the organisation when its name was typed and nothing is left in it."""
    organisation = open_organisation(visitor(request), namespace, Role.ADMIN)
    form = DeleteForm(organisation.name, request.POST)
    if form.is_valid():
        try:
            delete_organisation(organisation=organisation, actor=request.user)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(request, _("%s was deleted.") % organisation.name)
            return redirect("home")
    return _page(request, organisation, OrganisationProfileForm(organisation), form, status=400)


def _page(
    request: HttpRequest,
    organisation: Namespace,
    form: OrganisationProfileForm,
    delete_form: DeleteForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "organisation": organisation,
        "form": form,
        "delete_form": delete_form,
        "is_admin": True,
        "rules": rules_of(namespace=organisation),
        "storage": storage_of(organisation),
        "protect_at": reverse("organisation-protect", args=[organisation.name]),
    }
    return render(request, "web/organisation_settings.html", context, status=status)
