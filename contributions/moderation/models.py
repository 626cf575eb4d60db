"""What was said or found, the case it makes, what was decided and contested, and by which policies.

Of what is told by mail `notified_at` is when that was done, and `telling_until` until when a worker has it.
"""

import uuid

from django.db import models
from django.utils import timezone, translation
from django.utils.functional import Promise

from accounts.models import Namespace, User
from contributions.discussions.models import DiscussionEvent
from contributions.moderation.vocabulary import (
    CAME_UP,
    REPORTED,
    TOLD,
    AppealKind,
    AppealState,
    CallKind,
    Cause,
    DecisionState,
    Effect,
    Severity,
    Source,
    State,
    SubjectKind,
)
from hub.repos.models import Repository
from storage.keys import appeal_file_key


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


class Case(models.Model):
    """One question to the moderators: what is to be done about this subject, for this cause?

    `subject_key` is how the audit log names the subject, and `subject_name` what people called it; both
    outlive it. `namespace` is whose it is: of a user's or an organisation's case, the subject. `reach` is
    downloads of 30 days and followers together. `turn` counts what happened in the case: who decides says
    what they saw. `second_by` is whose opinion is asked for, `all_asked_by` who asks all for theirs.
    `outcome` is the effect of the decision that closed it last, "" before.
    """

    subject_kind = models.CharField(max_length=12, choices=SubjectKind)
    subject_key = models.CharField(max_length=120)
    subject_name = models.CharField(max_length=400)
    sha256 = models.CharField(max_length=64, blank=True)
    oid = models.CharField(max_length=40, blank=True)
    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, related_name="cases")
    comment = models.ForeignKey(DiscussionEvent, models.SET_NULL, null=True, related_name="+")
    namespace = models.ForeignKey(Namespace, models.SET_NULL, null=True, related_name="+")
    cause = models.CharField(max_length=13, choices=Cause)
    source = models.CharField(max_length=9, choices=Source)
    title = models.CharField(max_length=300)
    findings = models.JSONField(default=list)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    reach = models.PositiveBigIntegerField(default=0)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=15, choices=Effect, blank=True)
    turn = models.PositiveIntegerField(default=0)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    all_asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_key", "cause"],
                condition=~models.Q(state=State.CLOSED),
                name="case_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.CLOSED, closed_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state=State.CLOSED),
                name="case_closed_by_an_outcome",
            ),
        ]
        indexes = [
            # The queue in each of its orders, and what was decided last.
            *(
                models.Index(
                    fields=[*fields, "id"], name=f"case_by_{name}", condition=~models.Q(state=State.CLOSED)
                )
                for name, fields in {
                    "severity": ["-severity", "-reach"],
                    "reach": ["-reach"],
                    "due": ["due_at"],
                    "age": ["created_at"],
                }.items()
            ),
            models.Index(
                fields=["-closed_at", "-id"], name="case_closed", condition=models.Q(state=State.CLOSED)
            ),
            models.Index(fields=["subject_key", "-id"], name="case_subject"),
            # What a year or a quarter is told of.
            models.Index(fields=["created_at"], name="case_opened"),
            models.Index(fields=["sha256"], name="case_sha256", condition=~models.Q(sha256="")),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.title}"

    @property
    def subject(self) -> str:
        """How the audit log names the case."""
        return f"case:{self.pk}"

    @property
    def anew(self) -> bool:
        """Whether it is about what a deleted repository had, and `repository` was made in its place."""
        of_repository = self.subject_kind in (SubjectKind.REPOSITORY, SubjectKind.REVISION)
        return of_repository and self.repository_id not in (None, int(self.subject_key.split(":")[1]))

    @property
    def came_up(self) -> Promise:
        """How it did, in a sentence that names nobody."""
        return CAME_UP.get(self.source, REPORTED)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be decided in it."""
        return self.state != State.CLOSED


class Flag(models.Model):
    """That a machine or a person says a subject is wrong; flags of one cause gather in one case.

    `evidence` are links and references; `contact` is how a person without an account is reached, `language`
    that of the page on which they wrote. `added_at`
    is when the reporter said more about the same, in place of a second flag. `notified_at` is set once they
    were told what came of it.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="flags")
    source = models.CharField(max_length=9, choices=Source)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=1024, blank=True)
    evidence = models.TextField(blank=True)
    contact = models.CharField(max_length=254, blank=True)
    reporter = models.ForeignKey(User, models.SET_NULL, null=True, related_name="flags")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    language = models.CharField(max_length=10, blank=True)
    added_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="flag_raised"),
            models.Index(
                fields=["case"],
                name="flag_untold",
                condition=models.Q(notified_at=None, source__in=TOLD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} in case {self.case_id}"

    @property
    def by_people(self) -> bool:
        """Whether somebody reported it who is told what comes of it; moderators read it at the desk."""
        return self.source in TOLD


class Decision(models.Model):
    """What was decided in a case, by which policy and why; one without a moderator is a rule's.

    `reason` is for those concerned, `note` for the desk alone. `due_at` is until when changes are asked for,
    and `heads` has the commit that was the head then where something is to change, by the repository's id.
    `notified_at` is set once the mails are handed over, and `reminded_at` once those that remind of the date
    are. `again_at` is since when it holds in a repository that was made anew: those concerned may learn of it
    only then.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    moderator = models.ForeignKey(User, models.SET_NULL, null=True, related_name="decisions")
    rule = models.CharField(max_length=40, blank=True)
    effect = models.CharField(max_length=15, choices=Effect)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="decisions")
    reason = models.TextField()
    note = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=DecisionState)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    heads = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    applied_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="decision_made"),
            models.Index(
                fields=["due_at"],
                name="decision_unreminded",
                condition=models.Q(effect=Effect.ASK, state=DecisionState.STANDING, reminded_at=None),
            ),
            models.Index(
                fields=["created_at"],
                name="decision_untold",
                condition=models.Q(notified_at=None, applied_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect} in case {self.case_id}"

    @property
    def automatic(self) -> bool:
        """Whether a rule decided, and no person."""
        return bool(self.rule)

    @property
    def shown_reason(self) -> str:
        """The reason, in the reader's language where no person wrote it."""
        return translation.gettext(self.reason) if self.automatic and self.reason else self.reason

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.state == DecisionState.STANDING


class Appeal(models.Model):
    """That somebody whom a decision concerns contests it; another moderator decides.

    `due_at` is until when it is to be answered, by the policy that the decision cites. A counter-notice
    undoes the decision by itself at `restore_at`, unless it was upheld before; `claimants_told` is the state
    of which those who claimed the right were told last.
    """

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="appeals")
    kind = models.CharField(max_length=14, choices=AppealKind)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="appeals")
    text = models.TextField()
    state = models.CharField(max_length=9, choices=AppealState, default=AppealState.OPEN)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    due_at = models.DateTimeField()
    restore_at = models.DateTimeField(null=True)
    claimants_told = models.CharField(max_length=9, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "kind", "author"], name="appeal_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="appeal_due", condition=models.Q(state=AppealState.OPEN)),
            models.Index(
                fields=["restore_at"], name="appeal_restores", condition=models.Q(state=AppealState.OPEN)
            ),
            models.Index(
                fields=["decided_at"],
                name="appeal_untold",
                condition=models.Q(state=AppealState.UPHELD, notified_at=None),
            ),
            models.Index(
                fields=["created_at"],
                name="appeal_counters",
                condition=models.Q(kind=AppealKind.COUNTER_NOTICE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} against decision {self.decision_id}"

    @property
    def shown_reason(self) -> str:
        """Why it was answered so, in the reader's language where the waiting period did."""
        waited = self.state == AppealState.UNDONE and self.decided_by_id is None
        return translation.gettext(self.reason) if waited and self.reason else self.reason


class AppealFile(models.Model):
    """What somebody added to their appeal, as bytes that are only ever saved: nothing loads or shows them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where its bytes are in the store."""
        return appeal_file_key(self.sha256, self.id)


class Message(models.Model):
    """What the desk and those concerned write each other about a case; an internal one stays there."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    from_desk = models.BooleanField()
    internal = models.BooleanField(default=False)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(internal=False) | models.Q(from_desk=True), name="message_internal_of_desk"
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="message_untold",
                condition=models.Q(notified_at=None, from_desk=True, internal=False),
            )
        ]

    def __str__(self) -> str:
        return f"message {self.pk} in case {self.case_id}"


class Call(models.Model):
    """That one moderator is called to a case, by one mail.

    `by` is the colleague who asks for an opinion, also of all, proposes a decision or hands the case over;
    `decision` is what is proposed or contested, or what asked for changes until a date that is over.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="calls")
    moderator = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=CallKind)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="call_untold", condition=models.Q(notified_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.kind} in case {self.case_id}"


class SavedView(models.Model):
    """A selection of the queue that a moderator keeps under a name."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
