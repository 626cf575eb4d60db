"""Who looks at a page: somebody with a session, or nobody; tokens are for programs and do not count here."""

from django.http import HttpRequest

from accounts.actors import Actor, actor_for_session


def visitor(request: HttpRequest) -> Actor:
    """Return the actor of a browser's session; ANONYMOUS without one and for a suspended user."""
    return actor_for_session(request.user)
