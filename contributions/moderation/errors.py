"""What can go wrong between people and moderators."""

from hub.errors import Forbidden, HubError


class ConflictOfInterest(Forbidden):
    """The moderator belongs to a namespace that the case is about, so another one must decide."""


class CaseClosed(HubError):
    """The case was decided since the moderator read it, or the same decision stands already."""
