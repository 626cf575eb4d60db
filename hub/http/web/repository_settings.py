"""A repository's settings: who can see it and have its files, its owner and name, and its end."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.access.policy import Action
from hub.access.services import open_namespace
from hub.errors import InvalidInput, RepositoryExists
from hub.gates.selectors import counts_of
from hub.http.web.addresses import page_of
from hub.http.web.errors import words_of
from hub.http.web.forms import AccessForm, DeleteForm, MoveForm
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.repos.services import change_settings, delete_repository
from hub.revisions.moving import move_repository
from hub.revisions.protection import rules_of


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
    return _page(request, repository, form=form)


@require_POST
def move(request: HttpRequest, **address: str) -> HttpResponse:
    """Give the repository another name, or another owner where the visitor may create repositories."""
    repository = open_page(request, address, Action.ADMIN)
    form = MoveForm(request.user, repository, request.POST)
    if form.is_valid():
        try:
            moved = move_repository(
                repository=repository,
                namespace=open_namespace(visitor(request), form.cleaned_data["namespace"]),
                name=form.cleaned_data["name"],
                actor_user=request.user,
            )
        except (InvalidInput, RepositoryExists) as problem:
            form.add_error("name", words_of(problem))
        else:
            messages.success(request, _("It is now called %s.") % moved.full_name)
            return redirect(page_of(moved))
    return _page(request, repository, move_form=form)


@require_POST
def delete(request: HttpRequest, **address: str) -> HttpResponse:
    """Delete the repository when its full name was typed."""
    repository = open_page(request, address, Action.ADMIN)
    form = DeleteForm(repository.full_name, request.POST)
    if not form.is_valid():
        return _page(request, repository, delete_form=form)
    name = repository.full_name
    delete_repository(repository=repository, actor_user=request.user)
    messages.success(request, _("%s was deleted.") % name)
    return redirect("profile", repository.namespace.name)


def _page(request: HttpRequest, repository: Repository, **worked_on: forms.Form) -> HttpResponse:
    """All settings, with the form that somebody has sent."""
    context = {
        "form": AccessForm(initial=_as_it_is(repository)),
        "move_form": MoveForm(request.user, repository),
        "delete_form": DeleteForm(repository.full_name),
        "rules": rules_of(repository=repository),
        "protect_at": f"{page_of(repository, 'settings')}/protect",
        "waiting": counts_of(repository).pending if repository.gated else 0,
    } | worked_on
    status = 400 if any(form.errors for form in worked_on.values()) else 200
    return render(
        request, "web/settings.html", frame(request, repository, "settings") | context, status=status
    )


def _as_it_is(repository: Repository) -> dict[str, str]:
    return {"visibility": repository.visibility, "gate": repository.gated or "open"}
