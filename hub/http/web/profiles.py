"""Pages of users and organisations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Namespace
from accounts.roles import Role, at_least
from accounts.selectors import members_of, memberships_of, namespace_by_name, role_in
from hub.errors import RepoNotFound
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.repos.selectors import repositories_of


def open_namespace_page(name: str) -> Namespace:
    """Return the user's or organisation's namespace; RepoNotFound when there is none."""
    namespace = namespace_by_name(name)
    if namespace is None:
        raise RepoNotFound(_("There is no user or organisation of that name."))
    return namespace


@require_safe
def profile(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show a user or an organisation with what the visitor may see of its repositories."""
    actor = visitor(request)
    owner = open_namespace_page(namespace)
    repositories = repositories_of(actor, owner)
    context = {
        "owner": owner,
        "models": [each for each in repositories if each.kind == Repository.Kind.MODEL],
        "datasets": [each for each in repositories if each.kind == Repository.Kind.DATASET],
        "may_publish": at_least(role_in(actor.user, owner), Role.WRITE),
        "is_member": role_in(actor.user, owner) is not None,
        "members": members_of(owner) if owner.is_organisation else (),
        "organisations": () if owner.is_organisation else memberships_of(owner.user),
    }
    return render(request, "web/profile.html", context)
