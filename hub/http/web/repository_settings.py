"""A repository's settings: who can see it, and its end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.access.policy import Action
from hub.http.web.addresses import page_of
from hub.http.web.forms import DeleteForm, VisibilityForm
from hub.http.web.pages import frame, open_page
from hub.repos.services import change_visibility, delete_repository


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the settings; a POST changes who can see the repository."""
    repository = open_page(request, address, Action.ADMIN)
    form = VisibilityForm(request.POST or None, initial={"visibility": repository.visibility})
    if request.method == "POST" and form.is_valid():
        change_visibility(
            repository=repository, visibility=form.cleaned_data["visibility"], actor_user=request.user
        )
        messages.success(request, _("The settings were saved."))
        return redirect(page_of(repository, "settings"))
    context = frame(request, repository, "settings") | {"form": form, "delete_form": DeleteForm("")}
    return render(request, "web/settings.html", context)


@require_POST
def delete(request: HttpRequest, **address: str) -> HttpResponse:
    """Delete the repository when its full name was typed."""
    repository = open_page(request, address, Action.ADMIN)
    form = DeleteForm(repository.full_name, request.POST)
    if not form.is_valid():
        visibility = VisibilityForm(initial={"visibility": repository.visibility})
        context = frame(request, repository, "settings") | {"form": visibility, "delete_form": form}
        return render(request, "web/settings.html", context, status=400)
    name = repository.full_name
    delete_repository(repository=repository, actor_user=request.user)
    messages.success(request, _("%s was deleted.") % name)
    return redirect("profile", address["namespace"])
