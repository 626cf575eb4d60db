"""What owners and askers are told by mail, in the language that is active. Pure."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from hub.repos.gates import AccessRequest
from hub.repos.models import Repository

NAMES_SHOWN = 20
Status = AccessRequest.Status


def for_owners(repository: Repository, askers: Sequence[str], page: str) -> tuple[str, str]:
    """Subject and body: who asks, and the address of the `page` where that is decided."""
    count = len(askers)
    subject = ngettext(
        "%(count)d person asks for access to %(name)s", "%(count)d people ask for access to %(name)s", count
    ) % {"count": count, "name": repository.full_name}
    names = [f"  - {name}" for name in askers[:NAMES_SHOWN]]
    if count > NAMES_SHOWN:
        names.append("  - " + gettext("and %d more") % (count - NAMES_SHOWN))
    parts = [
        gettext("They ask for the files of %s, which are gated:") % repository.full_name,
        "\n".join(names),
        gettext("Read what they wrote, and accept or reject them:"),
        page,
        gettext("You get this mail because you are an admin there."),
    ]
    return subject, "\n\n".join(parts)


def for_asker(request: AccessRequest, page: str) -> tuple[str, str]:
    """Subject and body: what was decided, why, and what it means; `page` is the repository's address."""
    name = request.repository.full_name
    match request.status:
        case Status.ACCEPTED:
            subject = gettext("You have access to %s") % name
            parts = [
                gettext("The owners of %s gave you access to its files.") % name,
                gettext("Programs need an access token of yours to download them."),
            ]
        case Status.REJECTED:
            subject = gettext("Your request for access to %s was rejected") % name
            parts = [gettext("The owners of %s rejected your request for access to its files.") % name]
            if request.reason:
                parts += [gettext("Their reason:"), request.reason]
        case _:
            subject = gettext("Your access to %s is being looked at again") % name
            parts = [
                gettext(
                    "The owners of %s took their decision back. Your request waits again, and you cannot "
                    "download the files meanwhile."
                )
                % name
            ]
    return subject, "\n\n".join([*parts, page])
