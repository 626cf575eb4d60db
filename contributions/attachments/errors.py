"""What can go wrong with attachments."""

from hub.errors import HubError


class AttachmentNotFound(HubError):
    """There is no attachment of that id, or none that the reader may see."""


class TooManyAttachments(HubError):
    """Somebody uploads more than one person does; `seconds` until they may go on."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds
