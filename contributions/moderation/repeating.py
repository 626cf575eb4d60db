"""Who reports the same again while it is open: that is no second flag, and what they say is kept."""

from django.utils import timezone

from accounts import audit
from accounts.models import User
from contributions.moderation import rules
from contributions.moderation.models import Flag
from contributions.moderation.vocabulary import REPORTING, State
from hub.events import Event


def open_flag(subject_key: str, cause: str, reporter: User) -> Flag | None:
    """The flag of theirs on a subject for a cause that is not decided yet; the caller holds its lock."""
    flags = Flag.objects.select_related("case").filter(
        case__subject_key=subject_key, case__cause=cause, reporter=reporter
    )
    return flags.exclude(case__state=State.CLOSED).first()


def add(flag: Flag, *, source: str, text: str, path: str, evidence: str, contact: str) -> Flag:
    """Add what a reporter says now to what they said, once; InvalidInput when that is too much together.

    Who asked about a licence finding and reports the same themselves now has reported it.
    Runs in the transaction that locked the subject.
    """
    flag.text = _joined(flag.text, text)
    flag.evidence = _joined(flag.evidence, evidence)
    rules.check_text(flag.text, "text", least=1, most=rules.TEXT_MAX)
    rules.check_text(flag.evidence, "evidence", least=0, most=rules.EVIDENCE_MAX)
    flag.path, flag.contact = path.strip() or flag.path, contact.strip() or flag.contact
    if flag.source not in REPORTING:
        flag.source = source
    flag.added_at = timezone.now()
    flag.save(update_fields=["source", "text", "evidence", "path", "contact", "added_at"])
    case = flag.case
    case.updated_at = flag.added_at
    case.save(update_fields=["updated_at"])
    audit.record(
        Event.FLAG_ADDED_TO, actor=flag.reporter, subject=case.subject_key, case=case.pk, flag=flag.pk
    )
    return flag


def _joined(known: str, new: str) -> str:
    new = new.strip()
    return known if new in known else f"{known}\n\n{new}".strip()
