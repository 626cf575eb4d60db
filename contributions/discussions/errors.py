"""What can go wrong in a thread."""

from hub.errors import HubError


class ThreadNotFound(HubError):
    """The repository has no discussion or pull request of that number, or no comment of that id in it."""


class AlreadySo(HubError):
    """The thread is what it was asked to become already."""


class TooOften(HubError):
    """Somebody says more than one person does; `seconds` until they may go on."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds
