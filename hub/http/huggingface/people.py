"""Users and organisations: overviews, followers, members, and what they keep."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Namespace
from accounts.selectors import memberships_of
from hub.access.services import role_within, writing_user
from hub.errors import AuthenticationRequired, Forbidden
from hub.follows import selectors, services
from hub.http.huggingface import shapes_social as shapes
from hub.http.huggingface.base import HubView
from hub.http.links import endpoint
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.likes.selectors import count_likes_of
from hub.revisions.usage import usage_of

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


class NamespaceView(HubView):
    """A view of one user or one organisation."""

    organisation = False

    def open(self, name: str) -> Namespace:
        """The namespace of that kind; NamespaceNotFound when there is none."""
        return selectors.namespace_named(name, organisation=self.organisation)

    def page(self, listing: str, namespace: Namespace) -> tuple[str, dict]:
        """The order of a list of this namespace, and where and how far the caller reads it."""
        order = f"{listing}:{namespace.pk}"
        limit = page_size(self.request, default=DEFAULT_LIMIT, most=MAX_LIMIT)
        return order, {"after": read_cursor(self.request, order=order), "limit": limit}


class UserOverview(NamespaceView):
    """`GET /api/users/{user}/overview`."""

    def get(self, request: Request, name: str) -> Response:
        """The user with their numbers, as far as the caller may know what is counted."""
        namespace = self.open(name)
        overview = shapes.user_overview(
            endpoint(request),
            namespace,
            repositories=selectors.count_repositories(self.actor, namespace),
            reach=selectors.reach(self.actor, namespace),
            likes=count_likes_of(self.actor, namespace.user),
            memberships=memberships_of(namespace.user),
        )
        return Response(overview)


class OrganisationOverview(NamespaceView):
    """`GET /api/organizations/{organisation}/overview`."""

    organisation = True

    def get(self, request: Request, name: str) -> Response:
        """The organisation with its numbers, as far as the caller may know what is counted."""
        namespace = self.open(name)
        overview = shapes.organisation_overview(
            endpoint(request),
            namespace,
            repositories=selectors.count_repositories(self.actor, namespace),
            reach=selectors.reach(self.actor, namespace),
            members=selectors.count_members(namespace),
        )
        return Response(overview)


class Followers(NamespaceView):
    """`GET /api/users/{user}/followers` and `/api/organizations/{organisation}/followers`."""

    def get(self, request: Request, name: str) -> Response:
        """One page of who follows, the newest first."""
        namespace = self.open(name)
        order, page = self.page("followers", namespace)
        rows, onward = selectors.followers_of(namespace, **page)
        people = [shapes.person(endpoint(request), row.user.namespace) for row in rows]
        return cursor_response(request, people, onward, order=order)


class FollowedUsers(NamespaceView):
    """`GET /api/users/{user}/following`."""

    def get(self, request: Request, name: str) -> Response:
        """One page of the users whom the user follows, the newest first."""
        namespace = self.open(name)
        order, page = self.page("following", namespace)
        rows, onward = selectors.following_of(namespace.user, **page)
        people = [shapes.person(endpoint(request), row.namespace) for row in rows]
        return cursor_response(request, people, onward, order=order)


class Members(NamespaceView):
    """`GET /api/organizations/{organisation}/members`: public, as they are on its page."""

    organisation = True

    def get(self, request: Request, name: str) -> Response:
        """One page of the members with their roles, the newest first."""
        namespace = self.open(name)
        order, page = self.page("members", namespace)
        rows, onward = selectors.members_of(namespace, **page)
        people = [shapes.person(endpoint(request), row.user.namespace) | {"role": row.role} for row in rows]
        return cursor_response(request, people, onward, order=order)


class FollowOne(NamespaceView):
    """`POST` and `DELETE /api/users/{user}/follow` and `/api/organizations/{organisation}/follow`."""

    def post(self, request: Request, name: str) -> Response:
        """Follow the user or organisation; twice is once."""
        user = writing_user(self.actor)
        services.follow(namespace=self.open(name), user=user)
        return Response({})

    def delete(self, request: Request, name: str) -> Response:
        """Follow the user or organisation no more."""
        user = writing_user(self.actor)
        services.unfollow(namespace=self.open(name), user=user)
        return Response({})


class OwnRepositories(NamespaceView):
    """`GET /api/settings/repositories`."""

    def get(self, request: Request) -> Response:
        """One page of the caller's own repositories, the newest first, with what each keeps."""
        return self.answer(self.user.namespace)

    def answer(self, namespace: Namespace) -> Response:
        """The page."""
        order, page = self.page("storage", namespace)
        rows, onward, usage = usage_of(self.actor, namespace, **page)
        return cursor_response(self.request, [shapes.stored(row, usage) for row in rows], onward, order=order)


class OrganisationRepositories(OwnRepositories):
    """`GET /api/organizations/{organisation}/settings/repositories`, for its members."""

    organisation = True

    def get(self, request: Request, name: str) -> Response:
        """One page of the organisation's repositories, the newest first, with what each keeps."""
        if not self.actor.is_authenticated:
            raise AuthenticationRequired("Log in, or send an access token, to see what is kept.")
        namespace = self.open(name)
        if role_within(self.actor, namespace) is None:
            raise Forbidden(f"Only members of {namespace.name} may see what it keeps.")
        return self.answer(namespace)
