"""Pages of users and organisations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Namespace
from accounts.roles import Role, at_least
from accounts.selectors import members_of, memberships_of, role_in
from hub.collections.selectors import collections_of
from hub.follows.selectors import namespace_named, reach
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.repos.selectors import repositories_of


def open_namespace_page(name: str) -> Namespace:
    """Return the user's or organisation's namespace; NamespaceNotFound when there is none."""
    return namespace_named(name)


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
        "collections": collections_of(actor, owner),
        "reach": reach(actor, owner),
        "may_publish": at_least(role_in(actor.user, owner), Role.WRITE),
        "is_member": role_in(actor.user, owner) is not None,
        "members": members_of(owner).filter(user__suspended_at=None) if owner.is_organisation else (),
        "organisations": () if owner.is_organisation else memberships_of(owner.user),
    }
    return render(request, "web/profile.html", context)
