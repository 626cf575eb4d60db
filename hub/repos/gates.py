"""Who asked for the files behind a repository's gate, and what its people said to that."""

import hashlib
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hub.repos.models import Repository

REASON_MAX = 200


class AccessRequest(models.Model):
    """One user's request for one repository, or what its people gave them unasked (`by_hand`).

    It outlives a gate that is taken away, and moves with the repository. What the hub was told in the form is
    in `answers`, as [label, value] in the form's order, and what was agreed to in `terms`, to the letter.
    """

    class Status(models.TextChoices):
        """As the client spells them."""

        PENDING = "pending", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="access_requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_requests")
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    by_hand = models.BooleanField(default=False)
    answers = models.JSONField(default=list)
    terms = models.TextField(blank=True)
    # The language in which it was asked, for the mail with the answer.
    language = models.CharField(max_length=10, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    # Also of what was set back, and waits again.
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    # Whether the mails about it went out.
    owners_told_at = models.DateTimeField(null=True)
    asker_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "user"], name="access_request_once"),
        ]
        indexes = [
            models.Index(fields=["repository", "status", "-id"], name="access_request_queue"),
            models.Index(
                fields=["repository", "owners_told_at"],
                name="access_request_owners",
                condition=Q(status="pending", decided_at=None),
            ),
            models.Index(
                fields=["decided_at"],
                name="access_request_asker",
                condition=Q(decided_at__isnull=False, asker_told_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.repository_id}: {self.status}"

    @property
    def fields(self) -> dict[str, Any]:
        """The answers by their labels, in the form's order."""
        return dict(self.answers)

    @property
    def set_back(self) -> bool:
        """Whether it waits because somebody took a decision back, not because nobody looked at it."""
        return self.status == self.Status.PENDING and self.decided_at is not None

    @property
    def automatic(self) -> bool:
        """Whether an automatic gate let them in: in the moment of asking, and nobody decided."""
        return self.decided_by_id is None and self.decided_at == self.asked_at

    @property
    def terms_digest(self) -> str:
        """The sha256 of what was agreed to; "" when nothing was."""
        return hashlib.sha256(self.terms.encode()).hexdigest() if self.terms else ""


def asked_status(user: int, repository_id: OuterRef) -> Subquery:
    """The status of the user's request, for a query about the repository `repository_id`."""
    return Subquery(_statuses(user, repository_id)[:1])


def status_of(user: int, repository: Repository) -> str | None:
    """The status of the user's request; None without one. No query for a repository that brought it along."""
    noted = repository.__dict__.get("_noted_status", {})
    return noted[user] if user in noted else _statuses(user, repository.pk).first()


def note_status(user: int, repository: Repository, status: str | None) -> None:
    """Spare `status_of` its query: `status` is the user's `asked_status` there, read just now."""
    repository.__dict__["_noted_status"] = {user: status}


def let_in(user: int) -> QuerySet:
    """The ids of the repositories whose people let the user in."""
    accepted = AccessRequest.objects.filter(user=user, status=AccessRequest.Status.ACCEPTED)
    return accepted.values("repository")


def _statuses(user: int, repository: int | OuterRef) -> QuerySet:
    return AccessRequest.objects.filter(repository=repository, user=user).values_list("status", flat=True)
