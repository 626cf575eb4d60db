"""The role table: what a member of an organisation may do, and what a token may do, in order."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """A member's role, each including the ones before it: the order of definition is the order of power."""

    READ = "read", _("Read")
    CONTRIBUTE = "contribute", _("Contribute")
    WRITE = "write", _("Write")
    ADMIN = "admin", _("Admin")


class DeskRole(TextChoices):
    """What somebody is at the moderators' desk; most people are nothing there."""

    NONE = "", _("None")
    TRUSTED_REPORTER = "trusted_reporter", _("Trusted reporter")
    MODERATOR = "moderator", _("Moderator")
    LEAD = "lead", _("Lead")
    AUDITOR = "auditor", _("Auditor")


class TokenRole(TextChoices):
    """What an access token lets its bearer do, on top of what its user may do."""

    READ = "read", _("Read")
    WRITE = "write", _("Write")
    FINE_GRAINED = "fine-grained", _("Fine-grained")


class Everywhere(TextChoices):
    """What a fine-grained token may do on every public repository, beside reading it."""

    GATED = "gated", _("Download the files of gated repositories that let you in")
    CONTRIBUTE = "contribute", _("Take part in discussions of public repositories")


RANK: dict[str, int] = {role.value: rank for rank, role in enumerate(Role)}


def at_least(role: str | None, wanted: str) -> bool:
    """True when `role` includes `wanted`; no role (None) includes nothing."""
    return role is not None and RANK[role] >= RANK[wanted]


def roles_including(wanted: str) -> list[str]:
    """Every role that includes `wanted`, for use in a query."""
    return [role for role in RANK if at_least(role, wanted)]
