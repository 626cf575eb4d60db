"""Pages of users and organisations."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actors import Actor
from accounts.models import Namespace
from accounts.roles import Role, at_least
from accounts.selectors import members_of, memberships_of, role_in
from contributions.moderation.concerns import standing_about
from contributions.notifications.selectors import level_of
from contributions.notifications.vocabulary import Level
from hub.collections.selectors import collections_of
from hub.errors import InvalidInput
from hub.follows.selectors import count_members, count_repositories, namespace_named, reach
from hub.http.web.forms import BrowseForm
from hub.http.web.visitors import visitor
from hub.likes.selectors import count_likes_of, likes_of
from hub.repos.lists import RELEVANCE, Wanted, list_repositories, listed
from hub.repos.models import Repository

# Of each kind so many are shown; the others are a link away, in the list of all models or datasets.
SHOWN, PEOPLE, LIKED = 20, 40, 6
UNASKED = "updated"


def open_namespace_page(name: str, request: HttpRequest | None = None) -> Namespace:
    """Return the user's or organisation's namespace; NamespaceNotFound when there is none.

    One that is withheld is there for its people and the desk alone, where a page asks for them by `request`.
    """
    return namespace_named(name, reader=visitor(request).user if request else None)


@require_safe
def profile(request: HttpRequest, namespace: str) -> HttpResponse:
    """Show a user or an organisation with what the visitor may see of its repositories."""
    actor = visitor(request)
    owner = open_namespace_page(namespace, request)
    form = BrowseForm({name: request.GET.get(name, "") for name in ("search", "sort")})
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(_("The address asks for an unknown value of “%s”.") % field, field)
    search, sort = form.cleaned_data["search"], form.cleaned_data["sort"]
    counts = count_repositories(actor, owner)
    context = profile_frame(request, owner, "overview") | {
        "models": _repositories(actor, owner, Repository.Kind.MODEL, search, sort) if counts["model"] else [],
        "datasets": _repositories(actor, owner, Repository.Kind.DATASET, search, sort)
        if counts["dataset"]
        else [],
        "counts": counts,
        "searched": search,
        "sort": sort or UNASKED,
        "sorts": form.SORTS,
        "collections": collections_of(actor, owner),
        **(_people(owner) if owner.is_organisation else _person(actor, owner)),
    }
    return render(request, "web/profile.html", context)


def profile_frame(request: HttpRequest, owner: Namespace, tab: str) -> dict[str, Any]:
    """Return what the head and the tabs of a user's or an organisation's pages show."""
    actor = visitor(request)
    role = role_in(actor.user, owner)
    return {
        "owner": owner,
        "tab": tab,
        "reach": reach(actor, owner),
        "watched": level_of(actor.user, namespace=owner),
        "levels": Level.choices,
        "may_publish": at_least(role, Role.WRITE) and not owner.withheld_at,
        "is_member": role is not None,
        "decision": standing_about(owner) if at_least(role, Role.ADMIN) or _hidden(owner) else None,
        "told_of_owner": at_least(role, Role.ADMIN),
    }


def _hidden(owner: Namespace) -> bool:
    return owner.withheld_at is not None or (owner.user is not None and owner.user.suspended_at is not None)


def _repositories(actor: Actor, owner: Namespace, kind: str, search: str, sort: str) -> list[Repository]:
    wanted = Wanted(kind, search=search, author=owner.name)
    order = sort or (RELEVANCE if search else UNASKED)
    return listed(actor, list_repositories(actor, wanted, sort=order, limit=SHOWN).ids)


def _people(owner: Namespace) -> dict[str, Any]:
    members = members_of(owner).filter(user__suspended_at=None)
    return {"members": members[:PEOPLE], "members_count": count_members(owner)}


def _person(actor: Actor, owner: Namespace) -> dict[str, Any]:
    return {
        "organisations": memberships_of(owner.user),
        "liked": [like.repository for like in likes_of(actor, owner.user, after=None, limit=LIKED)[0]],
        "liked_count": count_likes_of(actor, owner.user),
    }
