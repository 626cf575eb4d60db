"""What can go wrong between people and moderators."""

from hub.errors import Forbidden, HubError


class ConflictOfInterest(Forbidden):
    """The case is about something of the moderator's, or they decided it themselves: another one must."""


class CaseChanged(HubError):
    """Something happened in the case since it was read, or what is asked for is so already."""
