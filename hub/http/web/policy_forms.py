"""What leads say of policies and automatic rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contributions.moderation.automation import MOST_DAYS, MOST_PEOPLE, Conditions
from contributions.moderation.models import AutoRule, Policy
from contributions.moderation.policies import LIMITS, Terms
from contributions.moderation.rules import (
    POLICY_TEXT_MAX,
    POLICY_TITLE_MAX,
    REASON_MAX,
    REASON_MIN,
    SLUG_MAX,
)
from contributions.moderation.vocabulary import Cause

SHORT_NAME = _("Small letters, digits and hyphens; it stays.")


def number(label: Any, least: int, most: int, help_text: Any = "", initial: int | None = None) -> Any:
    """A whole number within bounds."""
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, help_text=help_text, initial=initial
    )


class PolicyForm(forms.Form):
    """What a policy says and asks for."""

    title = forms.CharField(label=_("Title"), max_length=POLICY_TITLE_MAX)
    text = forms.CharField(
        label=_("Text"),
        min_length=REASON_MIN,
        max_length=POLICY_TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Everybody reads it, as you write it; only the words of a new hub are translated."),
    )
    reasons = forms.CharField(
        label=_("Template for reasons"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What a moderator begins with who cites this policy."),
    )
    due_hours = number(_("Decided within hours"), *LIMITS["due_hours"])
    confirm_above = number(
        _("A second moderator confirms from a reach of"),
        *LIMITS["confirm_above"],
        _("Downloads of 30 days and followers together; 0 is always."),
    )
    appeal_days = number(
        _("Days to appeal"),
        *LIMITS["appeal_days"],
        _("It counts for earlier decisions too. European law asks for 180 at least."),
    )
    waiting_days = number(
        _("Waiting days of a counter-notice"), *LIMITS["waiting_days"], _("0 is no counter-notice.")
    )

    def terms(self) -> Terms:
        """What was said."""
        return Terms(**{name: self.cleaned_data[name] for name in Terms.__annotations__})

    @staticmethod
    def said_of(policy: Policy) -> dict[str, Any]:
        """What a policy says now."""
        return {name: getattr(policy, name) for name in Terms.__annotations__}


class NewPolicyForm(PolicyForm):
    """The same, with what stays."""

    slug = forms.CharField(label=_("Short name"), max_length=SLUG_MAX, help_text=SHORT_NAME)
    cause = forms.ChoiceField(label=_("Cause"), choices=Cause.choices)
    field_order = ("slug", "cause")


class RuleForm(forms.Form):
    """When an automatic rule applies, and what it does."""

    cause = forms.ChoiceField(label=_("Cause"), choices=Cause.choices)
    verdict = forms.ChoiceField(
        label=_("What is it about?"),
        required=False,
        choices=[
            (AutoRule.Verdict.ANY, _("What people report")),
            (AutoRule.Verdict.DANGEROUS, _("What a scanner finds dangerous")),
            (AutoRule.Verdict.SUSPICIOUS, _("What a scanner suspects")),
        ],
    )
    reports = number(_("Different people who report it"), 0, MOST_PEOPLE, _("Of a scanner's verdict 0."), 2)
    trusted = number(
        _("Trusted reporters among them"), 0, MOST_PEOPLE, _("Moderators count as trusted reporters."), 1
    )
    younger_than_days = number(
        _("Only of owners who are here for fewer days than"),
        0,
        MOST_DAYS,
        _("0 is of all. Of a file, all who have it must be."),
        0,
    )
    withholds = forms.BooleanField(label=_("Withhold it at once"), required=False, initial=True)
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def conditions(self) -> Conditions:
        """What was said."""
        return Conditions(**{name: self.cleaned_data[name] for name in Conditions.__annotations__})

    @staticmethod
    def said_of(rule: AutoRule) -> dict[str, Any]:
        """What a rule says now."""
        return {name: getattr(rule, name) for name in Conditions.__annotations__}


class NewRuleForm(RuleForm):
    """The same, with its name."""

    slug = forms.CharField(label=_("Short name"), max_length=SLUG_MAX, help_text=SHORT_NAME)
    field_order = ("slug",)
