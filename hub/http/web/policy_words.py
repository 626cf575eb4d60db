"""Policies and automatic rules in sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contributions.moderation.models import AutoRule, Policy

DAY = 24
# Until how many hours they are told as hours.
MOST_HOURS = 72


def terms_in_words(policy: Policy) -> list[str]:
    """What a policy asks for: until when is decided, by how many, and how long it can be contested."""
    hours = policy.due_hours
    if hours > MOST_HOURS and hours % DAY == 0:
        due = ngettext(
            "Cases are to be decided within %d day.", "Cases are to be decided within %d days.", hours // DAY
        )
        hours //= DAY
    else:
        due = ngettext(
            "Cases are to be decided within %d hour.", "Cases are to be decided within %d hours.", hours
        )
    second = ngettext(
        "Where it reaches %d or more, by downloads and followers, a second moderator confirms.",
        "Where it reaches %d or more, by downloads and followers, a second moderator confirms.",
        policy.confirm_above,
    )
    appeal = ngettext(
        "Those concerned can appeal for %d day; another moderator decides.",
        "Those concerned can appeal for %d days; another moderator decides.",
        policy.appeal_days,
    )
    counter = ngettext(
        "A counter-notice brings back what was withheld after %d day, unless the decision is upheld before.",
        "A counter-notice brings back what was withheld after %d days, unless the decision is upheld before.",
        policy.waiting_days,
    )
    return [
        due % hours,
        second % policy.confirm_above,
        appeal % policy.appeal_days,
        *([counter % policy.waiting_days] if policy.waiting_days else []),
    ]


def conditions_in_words(rule: AutoRule) -> list[str]:
    """When a rule applies; all of it must be so."""
    words = []
    if rule.verdict == AutoRule.Verdict.DANGEROUS:
        words.append(_("A scanner finds a file dangerous."))
    elif rule.verdict == AutoRule.Verdict.SUSPICIOUS:
        words.append(_("A scanner suspects a file."))
    if rule.reports:
        said = ngettext(
            "At least %d person reports it.", "At least %d different people report it.", rule.reports
        )
        words.append(said % rule.reports)
    if rule.trusted:
        said = ngettext(
            "At least %d of them is a trusted reporter or moderator.",
            "At least %d of them are trusted reporters or moderators.",
            rule.trusted,
        )
        words.append(said % rule.trusted)
    if rule.younger_than_days:
        said = ngettext(
            "Its owner has been here for less than %d day.",
            "Its owner has been here for less than %d days.",
            rule.younger_than_days,
        )
        words.append(said % rule.younger_than_days)
    return words


def effect_in_words(rule: AutoRule) -> str:
    """What a rule does."""
    if rule.withholds:
        return _("It is withheld at once, and a moderator decides about it.")
    return _("A case is made of it, and nothing is withheld.")
