"""What every view of the chunk storage shares: the pass, asked about anew at each call."""

from typing import NoReturn

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.actors import Actor
from accounts.models import User
from accounts.selectors import actor_still
from hub.access.policy import Action
from hub.access.services import open_repo_by_id
from hub.errors import AuthenticationRequired, Forbidden
from hub.http.authentication import token_in
from hub.http.xet.passes import Pass, PassInvalid, read_pass
from hub.repos.models import Repository

INVALID = "The token of the chunk storage is not valid, or not any more. Ask the hub for another one."


class Guest:
    """An actor with the pass that was shown; `request.auth` of these views."""

    def __init__(self, actor: Actor, shown: Pass) -> None:
        self.actor = actor
        self.shown = shown

    @property
    def is_authenticated(self) -> bool:
        """Whether it is somebody with a name."""
        return self.actor.is_authenticated


class PassAuthentication(BaseAuthentication):
    """A signed pass as a bearer, whose user and access token are looked up as they are now."""

    def authenticate(self, request: Request) -> tuple[User | None, Guest]:
        """The guest; AuthenticationFailed for a pass that is none, or whose bearer may no longer act."""
        try:
            shown = read_pass(token_in(request.headers.get("Authorization", "")))
        except PassInvalid:
            self._refuse()
        actor = actor_still(user_id=shown.user_id, token_id=shown.token_id)
        # Said where callers are counted: these credentials were looked up.
        request._request._actor = actor
        if actor is None:
            self._refuse()
        return actor.user, Guest(actor, shown)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="chunks"'

    def _refuse(self) -> NoReturn:
        raise AuthenticationFailed(INVALID)


class ChunkView(APIView):
    """A view of the chunk storage."""

    authentication_classes = (PassAuthentication,)

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.request.auth.actor

    @property
    def user(self) -> User:
        """The known user; AuthenticationRequired when there is none."""
        if self.actor.user is None:
            raise AuthenticationRequired("Log in, or send an access token, to do this.")
        return self.actor.user

    def open(self, action: Action) -> Repository:
        """The repository of the pass, if its bearer may do that with it now.

        Bringing files takes no more than BRING: they may be meant for a pull request, and become part of
        a branch only by a commit.
        """
        if action == Action.BRING and not self.request.auth.shown.writes:
            raise Forbidden("This token of the chunk storage may only read.")
        return open_repo_by_id(self.actor, repository_id=self.request.auth.shown.repository_id, action=action)
