"""The policies and automatic rules that a new hub has; its people change them as they like."""

from typing import Any

from django.utils.translation import gettext_noop

from contributions.moderation.vocabulary import Cause

POLICIES: list[dict[str, Any]] = [
    {
        "slug": "malware",
        "cause": Cause.MALWARE,
        "title": gettext_noop("Nothing that harms whoever loads it"),
        "text": gettext_noop(
            "Files must not run code, reach the network, or read or change what is on a machine when "
            "they are loaded, unless their card says so plainly and a scanner can follow it."
        ),
        "reasons": gettext_noop(
            "The file runs code, or can, when somebody loads it: what was found says how. Publish it in a "
            "form that holds data alone, such as safetensors, and delete the old file."
        ),
        "due_hours": 24,
        "confirm_above": 10_000,
        "appeal_days": 180,
    },
    {
        "slug": "misuse",
        "cause": Cause.MISUSE,
        "title": gettext_noop("Nothing made for abuse"),
        "text": gettext_noop(
            "What is made to deceive, harass, defraud or hurt people, or to help others do so, is not "
            "published here."
        ),
        "reasons": gettext_noop(
            "It is made to deceive, harass, defraud or hurt people, or to help others do so."
        ),
        "due_hours": 72,
        "confirm_above": 1_000,
        "appeal_days": 180,
    },
    {
        "slug": "copyright",
        "cause": Cause.LICENCE,
        "title": gettext_noop("Only what you may publish"),
        "text": gettext_noop(
            "Publish only what is yours or what its licence allows, with its licence and its notices. "
            "Whoever holds a right can send a notice; whom it concerns can answer with a counter-notice, "
            "and what was withheld comes back after the waiting period unless the claim is taken to a "
            "court."
        ),
        "reasons": gettext_noop(
            "Whoever holds the right says that it is published here without permission, and what they show "
            "for it is plausible. If you may publish it, answer with a counter-notice."
        ),
        "due_hours": 72,
        "confirm_above": 1_000,
        "appeal_days": 180,
        "waiting_days": 14,
    },
    {
        "slug": "personal-data",
        "cause": Cause.PERSONAL_DATA,
        "title": gettext_noop("No personal data without a right to it"),
        "text": gettext_noop(
            "Data about people is published only with their consent or another ground in law, and goes "
            "when somebody who has the right asks for that."
        ),
        "reasons": gettext_noop(
            "It holds data about people, and neither their consent nor another ground in law is to be seen. "
            "Publish it without that data."
        ),
        "due_hours": 48,
        "confirm_above": 10_000,
        "appeal_days": 180,
    },
    {
        "slug": "secrets",
        "cause": Cause.SECRET,
        "title": gettext_noop("No passwords and keys"),
        "text": gettext_noop(
            "Passwords, keys and tokens do not belong into files. One that was published is to be "
            "revoked: whoever saw it may have kept it."
        ),
        "reasons": gettext_noop(
            "It holds a password, key or token. Revoke it where it came from, because whoever saw it may "
            "have kept it, and publish a version without it."
        ),
        "due_hours": 24,
        "confirm_above": 10_000,
        "appeal_days": 180,
    },
    {
        "slug": "spam",
        "cause": Cause.SPAM,
        "title": gettext_noop("No advertising, no flooding"),
        "text": gettext_noop(
            "Repositories and comments are about models and data. What only advertises or fills lists is "
            "removed."
        ),
        "reasons": gettext_noop("It only advertises or fills lists, and says nothing about models or data."),
        "due_hours": 168,
        "confirm_above": 1_000,
        "appeal_days": 180,
    },
    {
        "slug": "impersonation",
        "cause": Cause.IMPERSONATION,
        "title": gettext_noop("Be who you say you are"),
        "text": gettext_noop(
            "Names and pictures must not make people believe that somebody else publishes here, or that "
            "somebody else's model is yours."
        ),
        "reasons": gettext_noop(
            "The name or the picture makes people believe that somebody else publishes here. Choose another, "
            "or show that you are who you say."
        ),
        "due_hours": 72,
        "confirm_above": 1_000,
        "appeal_days": 180,
    },
    {
        "slug": "other",
        "cause": Cause.OTHER,
        "title": gettext_noop("The rules of this hub"),
        "text": gettext_noop("What the other policies do not name, and harms people or the hub."),
        "reasons": gettext_noop("It harms people or the hub in a way that no other policy names."),
        "due_hours": 168,
        "confirm_above": 1_000,
        "appeal_days": 180,
    },
]
RULES: list[dict[str, Any]] = [
    {"slug": "scanner-found-danger", "cause": Cause.MALWARE, "verdict": "dangerous"},
    {"slug": "two-reports-one-trusted", "cause": Cause.MALWARE, "reports": 2, "trusted": 1},
    {
        "slug": "young-account-trusted-report",
        "cause": Cause.MALWARE,
        "reports": 1,
        "trusted": 1,
        "younger_than_days": 7,
    },
    {
        "slug": "scanner-suspects",
        "cause": Cause.MALWARE,
        "verdict": "suspicious",
        "withholds": False,
        "enabled": False,
    },
]
