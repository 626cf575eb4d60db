"""Who acts: users, organisations, memberships, tokens, and the log of acts."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Upper
from django.utils import timezone

from accounts import names
from accounts.errors import AppendOnly, NameInvalid
from accounts.invitations.models import Invitation
from accounts.ledger.models import AuditLink
from accounts.logins.models import DeviceLogin, RefreshToken
from accounts.roles import DeskRole, Everywhere, Role, TokenRole

__all__ = [
    "AccessToken",
    "AuditEvent",
    "AuditLink",
    "DeviceLogin",
    "ForbiddenName",
    "Invitation",
    "Membership",
    "Namespace",
    "RefreshToken",
    "RetiredName",
    "TokenGrant",
    "User",
]


def validate_namespace_name(value: str) -> None:
    """Django's form of names.check_name, which sign-up forms find on User.username."""
    try:
        names.check_name(value)
    except NameInvalid as error:
        raise ValidationError(str(error)) from error


class UserManager(DjangoUserManager["User"]):
    """Makes a user and its namespace together, also from `manage.py createsuperuser`."""

    def create_user(self, *args: Any, **fields: Any) -> User:
        return self._with_namespace(super().create_user, *args, **fields)

    def create_superuser(self, *args: Any, **fields: Any) -> User:
        return self._with_namespace(super().create_superuser, *args, **fields)

    @transaction.atomic
    def _with_namespace(self, create: Any, *args: Any, **fields: Any) -> User:
        user = create(*args, **fields)
        Namespace.objects.create(name=user.username, kind=Namespace.Kind.USER, user=user)
        return user


class User(AbstractUser):
    """A person; the username is also the name of the person's namespace."""

    # A person's full name stands in the namespace, as an organisation's does.
    first_name = None
    last_name = None

    username = models.CharField(
        max_length=names.MAX_LENGTH, unique=True, validators=[validate_namespace_name]
    )
    email = models.EmailField()
    desk_role = models.CharField(
        max_length=16, choices=DeskRole.choices, blank=True, default=DeskRole.NONE, db_default=""
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    # Since when they may bring no files anywhere, and may read and talk all the same.
    uploads_suspended_at = models.DateTimeField(null=True, blank=True)
    # Chosen on a page, for mails; "" is the hub's own.
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    # Django ends the sessions of users who are not active; the database keeps the two from disagreeing.
    is_active = models.GeneratedField(
        expression=models.Q(suspended_at__isnull=True),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(Upper("email"), name="accounts_user_email_once"),
            models.CheckConstraint(
                condition=models.Q(desk_role__in=DeskRole.values), name="accounts_user_desk_role_known"
            ),
        ]
        indexes = [
            # Few of all people are at the desk.
            models.Index(
                fields=["desk_role"], name="accounts_user_at_desk", condition=~models.Q(desk_role="")
            ),
        ]

    @property
    def is_moderator(self) -> bool:
        """Whether they decide moderation cases."""
        return self.desk_role in {DeskRole.MODERATOR, DeskRole.LEAD}

    @property
    def is_lead(self) -> bool:
        """Whether they also say by which policies and rules cases are decided."""
        return self.desk_role == DeskRole.LEAD

    @property
    def reads_desk(self) -> bool:
        """Whether they may read everything at the desk; an auditor changes nothing there."""
        return self.is_moderator or self.desk_role == DeskRole.AUDITOR

    @property
    def reads_log(self) -> bool:
        """Whether they may read the log of all acts, which tells also who reported what."""
        return self.desk_role in {DeskRole.LEAD, DeskRole.AUDITOR}

    @property
    def is_trusted_reporter(self) -> bool:
        """Whether what they report weighs more; what moderators report does too."""
        return self.is_moderator or self.desk_role == DeskRole.TRUSTED_REPORTER

    def get_full_name(self) -> str:
        """The full name in the namespace, or the username."""
        return self.namespace.full_name or self.username

    def get_short_name(self) -> str:
        return self.username


class Namespace(models.Model):
    """The first part of a repository's address: a user's or an organisation's."""

    class Kind(models.TextChoices):
        USER = "user", "User"
        ORGANISATION = "organisation", "Organisation"

    class Visibility(models.TextChoices):
        """Of new repositories, when nobody says otherwise."""

        PUBLIC = "public", "Public"
        PRIVATE = "private", "Private"

    name = models.CharField(max_length=names.MAX_LENGTH, validators=[validate_namespace_name])
    kind = models.CharField(max_length=12, choices=Kind.choices)
    full_name = models.CharField(max_length=200, blank=True, default="")
    description = models.CharField(max_length=500, blank=True, default="")
    homepage = models.CharField(max_length=200, blank=True, default="")
    # Where the uploaded picture is in Django's default storage; "" is the one drawn from the name.
    picture = models.CharField(max_length=100, blank=True, default="")
    default_visibility = models.CharField(max_length=7, choices=Visibility.choices, default=Visibility.PUBLIC)
    # Set by the people who run the hub, when an organisation has shown them that a domain is its own.
    verified_domain = models.CharField(max_length=253, blank=True, default="")
    # Bytes, set by them too: 0 is no limit, None the hub's own.
    storage_limit = models.BigIntegerField(null=True, blank=True)
    # Since when its pages are withheld; what that does to its repositories is the catalogue's.
    withheld_at = models.DateTimeField(null=True, blank=True)
    user = models.OneToOneField(User, models.CASCADE, null=True, blank=True, related_name="namespace")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            # Upper, because Django spells iexact with UPPER on PostgreSQL: the same index answers look-ups.
            models.UniqueConstraint(Upper("name"), name="accounts_namespace_name_once"),
            models.CheckConstraint(
                condition=models.Q(kind="user", user__isnull=False)
                | models.Q(kind="organisation", user__isnull=True),
                name="accounts_namespace_user_by_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_organisation(self) -> bool:
        return self.kind == self.Kind.ORGANISATION

    @property
    def subject(self) -> str:
        """How the audit log names it."""
        return f"namespace:{self.pk}"

    @property
    def picture_path(self) -> str:
        """The address of its picture; another one after each change, so that browsers may keep it."""
        version = self.picture.rpartition("/")[2].partition(".")[0]
        return f"/avatars/{self.name}.svg" + (f"?{version}" if version else "")


class RetiredName(models.Model):
    """A name, in small letters, whose owner left: nobody else shall seem to be who published under it."""

    name = models.CharField(max_length=names.MAX_LENGTH, unique=True)
    retired_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class ForbiddenName(models.Model):
    """A name, in small letters, that nobody gets: an owner's, or a repository's as owner/name."""

    name = models.CharField(max_length=2 * names.MAX_LENGTH + 1, unique=True)
    why = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What one user may do in one organisation."""

    organisation = models.ForeignKey(Namespace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="accounts_membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} in {self.organisation_id}"


class AccessToken(models.Model):
    """A secret that acts for its user; only its sha256 is kept, so it can be shown once and never again.

    A device's token gets another secret from time to time; its former one works until `former_until`.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    former_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    hint = models.CharField(max_length=4)
    role = models.CharField(max_length=12, choices=TokenRole.choices)
    everywhere = ArrayField(models.CharField(max_length=10, choices=Everywhere.choices), default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=TokenRole.values), name="accounts_accesstoken_role_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"


class TokenGrant(models.Model):
    """One grant of a fine-grained token, as accounts.grants.Grant describes it.

    The repository is the catalogue's, which this app does not know: its id alone is kept, and the catalogue
    says when it is deleted (accounts.services.forget_repository).
    """

    token = models.ForeignKey(AccessToken, models.CASCADE, related_name="grants")
    namespace = models.ForeignKey(Namespace, models.CASCADE, null=True, related_name="+")
    repository_id = models.BigIntegerField(null=True, db_index=True)
    permission = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(namespace__isnull=True) ^ models.Q(repository_id__isnull=True),
                name="accounts_tokengrant_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(permission__in=Role.values), name="accounts_tokengrant_permission_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permission} in {self.namespace_id or self.repository_id}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Reads and adds; refuses to change or delete."""

    def update(self, **fields: Any) -> NoReturn:
        raise AppendOnly("An audit event cannot be changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("An audit event cannot be deleted.")


class AuditEvent(models.Model):
    """One act, as it was: who, what, on which subject. Append-only, here and by a trigger (accounts.sql).

    `actor_name` is the lasting record: deleting a user must not touch the log, so `actor` has no constraint
    in the database and may point to nobody.
    """

    event = models.CharField(max_length=64)
    actor = models.ForeignKey(
        User, models.DO_NOTHING, null=True, db_constraint=False, related_name="audit_events"
    )
    actor_name = models.CharField(max_length=names.MAX_LENGTH, blank=True)
    subject = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[Any] = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-created_at"], name="accounts_audit_subject"),
            models.Index(fields=["event", "-created_at"], name="accounts_audit_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("An audit event cannot be changed.")
        # force_insert: a given primary key that exists must not turn the insert into an update.
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("An audit event cannot be deleted.")
