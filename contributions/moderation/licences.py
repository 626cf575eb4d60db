"""Licence findings and the moderators: anybody signed in asks them to look, and they settle one."""

from django.utils.translation import gettext

from accounts.models import User
from contributions.moderation import subjects
from contributions.moderation.circles import in_one_piece
from contributions.moderation.errors import ConflictOfInterest
from contributions.moderation.flagging import flag
from contributions.moderation.models import Flag
from contributions.moderation.vocabulary import Cause, Source
from hub.errors import Forbidden, InvalidInput
from hub.licensing import answers
from hub.licensing.findings import Finding
from hub.licensing.models import LicenceFinding
from hub.licensing.words import told
from hub.repos.models import Repository

LONGEST = 2000


@in_one_piece
def raise_finding(*, repository: Repository, key: str, reporter: User, text: str, language: str = "") -> Flag:
    """Ask the moderators to look at a finding: the flag holds its words, and what is said beside them.

    The repository's standing and the finding are locked, then the subject. InvalidInput, EntryNotFound.
    """
    if len(text) > LONGEST:
        raise InvalidInput(gettext("At most %d characters.") % LONGEST, "text")
    finding = answers.note_raised(repository=repository, key=key, actor_user=reporter)
    return flag(
        subject=subjects.repository(repository),
        source=Source.LICENCE,
        cause=Cause.LICENCE,
        reporter=reporter,
        text=f"{told(Finding.from_json(finding.said)).message}\n\n{text.strip()}".strip(),
        evidence=key,
        language=language,
    )


def settle_finding(*, repository: Repository, key: str, reason: str, moderator: User) -> LicenceFinding:
    """Waive a finding as a moderator, with a reason that everybody reads. Forbidden, InvalidInput.

    Nobody settles what is said of their own, or of their organisation's.
    """
    check_settles(repository, moderator)
    return answers.waive(repository=repository, key=key, reason=reason, actor_user=moderator)


def check_settles(repository: Repository, user: User) -> None:
    """Forbidden for all but moderators to whom the repository is no matter of their own."""
    if not user.is_moderator:
        raise Forbidden(gettext("Only moderators may do this."))
    if subjects.is_theirs(repository.namespace_id, user):
        raise ConflictOfInterest(gettext("It is about something of yours: another moderator has to do it."))
