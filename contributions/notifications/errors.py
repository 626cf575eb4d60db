"""What can go wrong in being kept informed."""

from hub.errors import HubError


class NoSuchLink(HubError):
    """A link of a mail that the hub did not send, or about something that is gone."""


class NotificationNotFound(HubError):
    """The user has no such notification, or may not see any more what it is about."""
