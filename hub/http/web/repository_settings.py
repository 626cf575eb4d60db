"""A repository's settings: who can see it and have its files, and its end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.access.policy import Action
from hub.http.web.addresses import page_of
from hub.http.web.forms import AccessForm, DeleteForm
from hub.http.web.pages import frame, open_page
from hub.repos.models import Repository
from hub.repos.services import change_settings, delete_repository


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the settings; a POST changes who can see the repository and have its files."""
    repository = open_page(request, address, Action.ADMIN)
    form = AccessForm(request.POST or None, initial=_as_it_is(repository))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        change_settings(
            repository=repository,
            actor_user=request.user,
            visibility=wanted["visibility"],
            gated=Repository.Gate.OPEN if wanted["gate"] == "open" else wanted["gate"],
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
        access = AccessForm(initial=_as_it_is(repository))
        context = frame(request, repository, "settings") | {"form": access, "delete_form": form}
        return render(request, "web/settings.html", context, status=400)
    name = repository.full_name
    delete_repository(repository=repository, actor_user=request.user)
    messages.success(request, _("%s was deleted.") % name)
    return redirect("profile", address["namespace"])


def _as_it_is(repository: Repository) -> dict[str, str]:
    return {"visibility": repository.visibility, "gate": repository.gated or "open"}
