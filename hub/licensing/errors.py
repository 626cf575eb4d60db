"""What can go wrong in the licence registry."""

from hub.errors import StaleRef


class LicenceChanged(StaleRef):
    """Somebody else changed the licence since it was read, so nothing was saved."""
