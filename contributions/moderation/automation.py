"""How leads change what is withheld before a moderator has looked, and how often each rule was right."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import rules
from contributions.moderation.models import AutoRule, Decision
from contributions.moderation.policies import changes, check_lead
from contributions.moderation.selectors import UNDONE_BY_PEOPLE
from contributions.moderation.vocabulary import WAITED, Cause
from hub.errors import InvalidInput
from hub.events import Event

MOST_PEOPLE = 100
MOST_DAYS = 3650


@dataclass(frozen=True)
class Conditions:
    """When a rule applies and what it does; `AutoRule` has what the fields mean."""

    cause: str
    enabled: bool
    verdict: str
    reports: int
    trusted: int
    younger_than_days: int
    withholds: bool


@dataclass(frozen=True)
class Acts:
    """How often a rule withheld something, and how often people undid that."""

    made: int = 0
    undone: int = 0


def auto_rules() -> list[AutoRule]:
    """All rules, by their short names."""
    return list(AutoRule.objects.order_by("slug"))


def rule_named(slug: str) -> AutoRule | None:
    """The rule of a short name, or None."""
    return AutoRule.objects.filter(slug=slug).first()


def acts_by_rule() -> dict[str, Acts]:
    """What each rule did until now, also one that is gone; by short name."""
    decisions = Decision.objects.exclude(rule__in=["", WAITED]).order_by("rule").values("rule")
    counted = decisions.annotate(made=Count("pk"), undone=Count("pk", filter=UNDONE_BY_PEOPLE))
    return {row["rule"]: Acts(row["made"], row["undone"]) for row in counted}


@transaction.atomic
def create_rule(*, slug: str, conditions: Conditions, lead: User) -> AutoRule:
    """Add a rule; it is asked at the next flag. InvalidInput, Forbidden for all but leads."""
    check_lead(lead)
    rules.check_slug(slug)
    if slug == WAITED:
        raise InvalidInput(gettext("There is one with this short name already."), "slug")
    _check(conditions)
    rule, made = AutoRule.objects.get_or_create(slug=slug, defaults=asdict(conditions))
    if not made:
        raise InvalidInput(gettext("There is one with this short name already."), "slug")
    audit.record(Event.RULE_CREATED, actor=lead, subject=rule.subject, after=asdict(conditions))
    return rule


@transaction.atomic
def change_rule(*, rule: AutoRule, conditions: Conditions, lead: User) -> AutoRule:
    """Let a rule say something else from now on; its row is locked.

    InvalidInput, Forbidden for all but leads. What it did stays until a moderator decides.
    """
    check_lead(lead)
    _check(conditions)
    return _changed(rule, asdict(conditions), lead)


@transaction.atomic
def switch_rule(*, rule: AutoRule, enabled: bool, lead: User) -> AutoRule:
    """Let a rule act, or rest, from now on; the row is locked. Forbidden for all but leads."""
    check_lead(lead)
    return _changed(rule, {"enabled": enabled}, lead)


@transaction.atomic
def delete_rule(*, rule: AutoRule, lead: User) -> None:
    """Take a rule away; what it did keeps its name. All rules are locked.

    InvalidInput for the last one, because a hub without rules gets those of a new hub; Forbidden for all but
    leads.
    """
    check_lead(lead)
    known = {row.pk: row for row in AutoRule.objects.select_for_update().order_by("pk")}
    locked = known.get(rule.pk)
    if locked is None:
        return
    if len(known) == 1:
        raise InvalidInput(gettext("This is the last rule: switch it off instead."), "slug")
    before = {name: getattr(locked, name) for name in Conditions.__annotations__}
    audit.record(Event.RULE_DELETED, actor=lead, subject=locked.subject, before=before)
    locked.delete()


def _changed(rule: AutoRule, wanted: dict[str, object], lead: User) -> AutoRule:
    locked = AutoRule.objects.select_for_update().get(pk=rule.pk)
    before, after = changes(locked, wanted)
    if after:
        for name, value in after.items():
            setattr(locked, name, value)
        locked.save(update_fields=list(after))
        audit.record(Event.RULE_CHANGED, actor=lead, subject=locked.subject, before=before, after=after)
    return locked


def _check(said: Conditions) -> None:
    """Raise InvalidInput unless the rule would do what it says."""
    if said.cause not in Cause.values:
        raise InvalidInput(f"The cause is one of {', '.join(Cause.values)}.", "cause")
    if said.verdict not in AutoRule.Verdict.values:
        raise InvalidInput(f"The verdict is one of {', '.join(AutoRule.Verdict.values)}.", "verdict")
    rules.check_number(said.reports, "reports", least=0, most=MOST_PEOPLE)
    rules.check_number(said.trusted, "trusted", least=0, most=MOST_PEOPLE)
    rules.check_number(said.younger_than_days, "younger_than_days", least=0, most=MOST_DAYS)
    if not said.verdict and said.reports < 1:
        raise InvalidInput(gettext("A rule about people needs at least one report."), "reports")
    if said.verdict and (said.reports or said.trusted):
        raise InvalidInput(gettext("A rule about a scanner's verdict counts no reports."), "reports")
    if said.trusted > said.reports:
        raise InvalidInput(gettext("Trusted reporters are some of all who report."), "trusted")
    if not said.withholds and said.verdict != AutoRule.Verdict.SUSPICIOUS:
        raise InvalidInput(
            gettext("Only of what a scanner suspects a rule can make a case and withhold nothing."),
            "withholds",
        )
