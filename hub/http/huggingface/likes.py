"""Who likes which repository."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.follows.selectors import namespace_named
from hub.http.huggingface import shapes_social as shapes
from hub.http.huggingface.base import HubView, RepoView
from hub.http.links import endpoint
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.likes import services
from hub.likes.selectors import likers_of, likes_of

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


class LikeOne(RepoView):
    """`POST` and `DELETE /api/{kind}s/{id}/like`."""

    def post(self, request: Request, **address: str) -> Response:
        """Like the repository; liking it twice is liking it once."""
        services.like(repository=self.open(Action.LIKE), user=self.user)
        return Response({})

    def delete(self, request: Request, **address: str) -> Response:
        """Like the repository no more."""
        services.unlike(repository=self.open(Action.LIKE), user=self.user)
        return Response({})


class Likers(RepoView):
    """`GET /api/{kind}s/{id}/likers`."""

    def get(self, request: Request, **address: str) -> Response:
        """One page of who likes the repository, the newest first."""
        repository = self.open()
        order = f"likers:{repository.pk}"
        rows, onward = likers_of(
            repository,
            after=read_cursor(request, order=order),
            limit=page_size(request, default=DEFAULT_LIMIT, most=MAX_LIMIT),
        )
        people = [shapes.person(endpoint(request), row.user.namespace) for row in rows]
        return cursor_response(request, people, onward, order=order)


class LikesOfUser(HubView):
    """`GET /api/users/{user}/likes`."""

    def get(self, request: Request, user: str) -> Response:
        """One page of the repositories that the user likes and the caller may see, the newest like first."""
        namespace = namespace_named(user, organisation=False)
        order = f"likes:{namespace.pk}"
        rows, onward = likes_of(
            self.actor,
            namespace.user,
            after=read_cursor(request, order=order),
            limit=page_size(request, default=DEFAULT_LIMIT, most=MAX_LIMIT),
        )
        return cursor_response(request, [shapes.like(row) for row in rows], onward, order=order)
