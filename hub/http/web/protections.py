"""Which branches and tags are protected, in a repository or in all of an organisation's."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Namespace
from accounts.roles import Role
from hub.access.policy import Action
from hub.access.services import open_organisation
from hub.errors import InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.pages import open_page
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.revisions.protection import protect, rules_of, unprotect


@require_POST
def in_repository(request: HttpRequest, **address: str) -> HttpResponse:
    """Protect branches or tags of a repository, or no longer."""
    repository = open_page(request, address, Action.ADMIN)
    _changed(request, repository=repository)
    return redirect(f"{page_of(repository, 'settings')}#protected")


@login_required
@require_POST
def in_organisation(request: HttpRequest, namespace: str) -> HttpResponse:
    """Protect branches or tags in all repositories of an organisation, or no longer."""
    organisation = open_organisation(visitor(request), namespace, Role.ADMIN)
    _changed(request, namespace=organisation)
    return redirect("organisation-settings", organisation.name)


def _changed(request: HttpRequest, **place: Repository | Namespace) -> None:
    if request.POST.get("remove"):
        rule = next((rule for rule in rules_of(**place) if str(rule.pk) == request.POST["remove"]), None)
        if rule is not None:
            unprotect(rule=rule, actor_user=request.user)
            messages.success(request, _("%s is no longer protected.") % rule.name)
        return
    try:
        rule = protect(
            **place,
            pattern=request.POST.get("pattern", ""),
            tags=request.POST.get("what") == "tags",
            approvals=_number(request.POST.get("approvals", "")),
            actor_user=request.user,
        )
    except InvalidInput as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("%s is protected.") % rule.name)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
