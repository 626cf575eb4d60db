"""What can go wrong at a gate."""

from hub.errors import HubError, InvalidInput, StaleRef


class NotGated(InvalidInput):
    """The repository has no gate, so that nobody has to be let in."""


class AccessRequestNotFound(HubError):
    """The repository has no such request, or its user is suspended."""


class AlreadyDecided(AccessRequestNotFound):
    """The request has that status already, or another one than the caller saw."""


class AlreadyLetIn(InvalidInput):
    """The user has the files already, or asked for them before."""


class FormChanged(StaleRef):
    """The form or its terms are not what the asker saw any more, so nothing was sent."""
