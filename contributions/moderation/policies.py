"""How leads change the policies by which moderators decide; what was there before stays in the log."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import rules
from contributions.moderation.models import Policy
from hub.errors import Forbidden, InvalidInput
from hub.events import Event


@dataclass(frozen=True)
class Terms:
    """What a policy says and asks for; `Policy` has what the numbers mean."""

    title: str
    text: str
    reasons: str
    due_hours: int
    confirm_above: int
    appeal_days: int
    waiting_days: int


# The least and the most of each number.
LIMITS = {
    "due_hours": (1, 24 * 365),
    "confirm_above": (0, 10**12),
    "appeal_days": (1, 3650),
    "waiting_days": (0, 365),
}


@transaction.atomic
def create_policy(*, slug: str, cause: str, terms: Terms, lead: User) -> Policy:
    """Write a policy for cases of a cause; InvalidInput, Forbidden for all but leads."""
    check_lead(lead)
    rules.check_slug(slug)
    rules.check_cause(cause)
    terms = _checked(terms)
    policy, made = Policy.objects.get_or_create(slug=slug, defaults={"cause": cause, **asdict(terms)})
    if not made:
        raise InvalidInput(gettext("There is one with this short name already."), "slug")
    after = {"cause": str(cause), **asdict(terms)}
    audit.record(Event.POLICY_CREATED, actor=lead, subject=policy.subject, after=after)
    return policy


@transaction.atomic
def change_policy(*, policy: Policy, terms: Terms, lead: User) -> Policy:
    """Say something else from now on; the row is locked. InvalidInput, Forbidden for all but leads.

    Decisions that cite it keep the reasons that were written, and can be appealed as long as it says now.
    """
    check_lead(lead)
    terms = _checked(terms)
    locked = Policy.objects.select_for_update().get(pk=policy.pk)
    before, after = changes(locked, asdict(terms))
    if after:
        for name, value in after.items():
            setattr(locked, name, value)
        locked.save(update_fields=list(after))
        audit.record(Event.POLICY_CHANGED, actor=lead, subject=locked.subject, before=before, after=after)
    return locked


@transaction.atomic
def delete_policy(*, policy: Policy, lead: User) -> None:
    """Take a policy away that no decision cites, and that is not the last of its cause.

    All policies of the cause are locked. InvalidInput, Forbidden for all but leads.
    """
    check_lead(lead)
    same = {
        row.pk: row for row in Policy.objects.select_for_update().filter(cause=policy.cause).order_by("pk")
    }
    locked = same.get(policy.pk)
    if locked is None:
        return
    if locked.decisions.exists():
        raise InvalidInput(gettext("Decisions cite this policy: change it instead."), "slug")
    if len(same) == 1:
        raise InvalidInput(gettext("Cases of this cause need a policy, and this is the last one."), "slug")
    before = {"cause": locked.cause, **{name: getattr(locked, name) for name in Terms.__annotations__}}
    audit.record(Event.POLICY_DELETED, actor=lead, subject=locked.subject, before=before)
    locked.delete()


def check_lead(user: User) -> None:
    """Raise Forbidden for all but leads."""
    if not user.is_lead or user.suspended_at:
        raise Forbidden(gettext("Only leads change what moderators decide by."))


def changes(row: object, wanted: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """What differs of a row: as it is, and as it is wanted."""
    before = {name: getattr(row, name) for name, value in wanted.items() if getattr(row, name) != value}
    return before, {name: wanted[name] for name in before}


def _checked(terms: Terms) -> Terms:
    """The terms with texts as they are stored; InvalidInput."""
    rules.check_text(terms.title, "title", least=1, most=rules.POLICY_TITLE_MAX)
    rules.check_text(terms.text, "text", least=rules.REASON_MIN, most=rules.POLICY_TEXT_MAX)
    rules.check_text(terms.reasons, "reasons", least=0, most=rules.REASON_MAX)
    for name, (least, most) in LIMITS.items():
        rules.check_number(getattr(terms, name), name, least=least, most=most)
    # A browser sends line ends as CR LF.
    texts = {
        name: getattr(terms, name).replace("\r\n", "\n").strip() for name in ("title", "text", "reasons")
    }
    return Terms(**asdict(terms) | texts)
