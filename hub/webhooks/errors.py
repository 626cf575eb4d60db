"""What can go wrong with webhooks."""

from hub.errors import HubError
from hub.webhooks.vocabulary import Reason


class WebhookNotFound(HubError):
    """The user has no such webhook, or it has no such delivery."""


class NotDelivered(Exception):
    """A request could not be made, or was not answered by HTTP; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
