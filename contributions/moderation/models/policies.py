"""By what is decided: policies, and rules that withhold before a moderator has looked."""

from django.db import models
from django.utils import translation

from contributions.moderation.vocabulary import Cause


class Policy(models.Model):
    """By what decisions are made, in words that the hub's people edit.

    `due_hours` is until when a case of its cause is to be decided. Where a case reaches `confirm_above` or
    more (downloads of 30 days and followers together), a second moderator confirms. `waiting_days` is after
    how long a counter-notice restores what was withheld, unless the decision is upheld before; 0 is never.
    """

    slug = models.SlugField(max_length=40, unique=True)
    cause = models.CharField(max_length=13, choices=Cause)
    title = models.CharField(max_length=200)
    text = models.TextField()
    reasons = models.TextField(blank=True)
    due_hours = models.PositiveIntegerField()
    confirm_above = models.PositiveBigIntegerField()
    appeal_days = models.PositiveIntegerField()
    waiting_days = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["cause", "slug"], name="policy_of_cause")]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """How the audit log names the policy."""
        return f"policy:{self.slug}"

    # What a new hub has is in the catalogues (contributions.moderation.defaults); other words stay.

    @property
    def shown_title(self) -> str:
        """The title, in the reader's language while it is one that a new hub has."""
        return translation.gettext(self.title)

    @property
    def shown_text(self) -> str:
        """The text likewise."""
        return translation.gettext(self.text)

    @property
    def shown_reasons(self) -> str:
        """The template for reasons likewise."""
        return translation.gettext(self.reasons) if self.reasons else ""


class AutoRule(models.Model):
    """When a subject is withheld before a moderator has looked; every such act can be undone.

    A rule with a `verdict` is about what scanners say, another about people: at least `reports` different
    ones, of whom `trusted` are trusted reporters; with `younger_than_days` only while the owner's account is
    younger. One that does not withhold only makes a case of a verdict that otherwise makes none.
    """

    class Verdict(models.TextChoices):
        ANY = "", "–"
        DANGEROUS = "dangerous"
        SUSPICIOUS = "suspicious"

    slug = models.SlugField(max_length=40, unique=True)
    cause = models.CharField(max_length=13, choices=Cause)
    enabled = models.BooleanField(default=True)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    reports = models.PositiveSmallIntegerField(default=0)
    trusted = models.PositiveSmallIntegerField(default=0)
    younger_than_days = models.PositiveIntegerField(default=0)
    withholds = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.slug

    @property
    def subject(self) -> str:
        """How the audit log names the rule."""
        return f"rule:{self.slug}"
