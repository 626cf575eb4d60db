"""Asking to be let in at a gate, and deciding who is.

A request's row is locked while it changes, so that of two decisions at once the second sees the first.
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from accounts.selectors import role_in
from hub.errors import InvalidInput, RepoNotFound
from hub.events import Event
from hub.gates.errors import AccessRequestNotFound, AlreadyDecided, AlreadyLetIn, FormChanged, NotGated
from hub.gates.forms import form_of
from hub.repos.gate_forms import read_answers
from hub.repos.gates import REASON_MAX, AccessRequest
from hub.repos.models import Repository

Status = AccessRequest.Status
EVENTS = {
    Status.PENDING: Event.ACCESS_SET_BACK,
    Status.ACCEPTED: Event.ACCESS_ACCEPTED,
    Status.REJECTED: Event.ACCESS_REJECTED,
}


@transaction.atomic
def ask(
    *, repository: Repository, user: User, answers: Mapping[str, str], seen: str, language: str = ""
) -> AccessRequest:
    """Ask to be let in: at once where whoever asks is, else the request waits for the repository's people.

    `answers` are texts by the labels of the form; `seen` is the digest of the form that the asker saw. The
    repository's row is locked, so that the gate stays what it is meanwhile; of two askings at once one
    counts. Raises NotGated, AlreadyLetIn, FormChanged, and InvalidInput that names the field.
    """
    locked = Repository.objects.select_for_update(no_key=True, of=("self",)).select_related("namespace")
    here = locked.filter(pk=repository.pk).first()
    if here is None or here.private:
        raise RepoNotFound("Repository not found")
    check_gated(here)
    form = form_of(here)
    if seen != form.digest:
        raise FormChanged(gettext("What is asked here has changed meanwhile. Read it again, and then ask."))
    given, problems = read_answers(form, answers)
    for label, problem in problems.items():
        raise InvalidInput(f"{label}: {problem}", label)
    if role_in(user, here.namespace):
        raise AlreadyLetIn(gettext("You have access already."))
    at_once = here.gated == Repository.Gate.AUTO
    now = timezone.now()
    request, new = AccessRequest.objects.get_or_create(
        repository=here,
        user=user,
        defaults={
            "status": Status.ACCEPTED if at_once else Status.PENDING,
            "answers": given,
            "terms": form.agreed,
            "language": language,
            "asked_at": now,
            "decided_at": now if at_once else None,
            # Who is let in at once sees it at once.
            "asker_told_at": now if at_once else None,
        },
    )
    if not new:
        raise AlreadyLetIn(gettext("You have asked already."))
    _record(Event.ACCESS_REQUESTED, request, user)
    if at_once:
        _record(Event.ACCESS_ACCEPTED, request, None)
    return request


@transaction.atomic
def withdraw(*, repository: Repository, user: User) -> None:
    """Take one's own request back, or give up the access that one has.

    AccessRequestNotFound without one. What people decided against stays, or asking anew would undo it.
    """
    request = _locked(AccessRequest.objects.filter(repository=repository, user=user))
    if request.status == Status.REJECTED or request.set_back:
        raise AlreadyDecided(gettext("Its people decided about this request, and it stays with them."))
    # The row goes, and with it when the owners were told of it.
    told = request.owners_told_at.isoformat() if request.owners_told_at else None
    _record(Event.ACCESS_WITHDRAWN, request, user, was=request.status, told=told)
    request.delete()


@transaction.atomic
def decide(
    *, request: AccessRequest, status: str, actor_user: User, reason: str = "", seen: str | None = None
) -> AccessRequest:
    """Let somebody in, turn them away with a reason, or set the request back so that it waits again.

    `seen` is the status that the decider saw; by default any other than the wanted one will do. Raises
    AlreadyDecided when it is another, AccessRequestNotFound when it was withdrawn, NotGated, InvalidInput.
    """
    check_gated(request.repository)
    check_reason(reason, status)
    locked = _locked(AccessRequest.objects.filter(pk=request.pk))
    if locked.status == status:
        raise AlreadyDecided(gettext("This request is already: %s.") % locked.get_status_display())
    if seen is not None and locked.status != seen:
        raise AlreadyDecided(gettext("Somebody else decided this request while you were reading it."))
    was, locked.status, locked.reason = locked.status, status, reason.strip()
    locked.decided_by, locked.decided_at, locked.asker_told_at = actor_user, timezone.now(), None
    locked.save(update_fields=["status", "reason", "decided_by", "decided_at", "asker_told_at"])
    _record(EVENTS[Status(status)], locked, actor_user, was=was, reason=locked.reason)
    return locked


@transaction.atomic
def decide_several(
    *,
    repository: Repository,
    ids: Collection[int],
    status: str,
    actor_user: User,
    seen: str,
    reason: str = "",
) -> list[AccessRequest]:
    """`decide` for several of a repository's requests; returns those that it decided, in three statements.

    The rows are locked in the order of their ids. What is no longer as it was `seen`, or was withdrawn, stays
    as it is. Raises NotGated, AlreadyDecided, InvalidInput.
    """
    check_gated(repository)
    check_reason(reason, status)
    if status == seen:
        raise AlreadyDecided(gettext("This request is already: %s.") % Status(status).label)
    rows = AccessRequest.objects.filter(repository=repository, pk__in=ids, status=seen)
    held = list(rows.select_for_update(of=("self",)).select_related("user").order_by("pk"))
    now, words = timezone.now(), reason.strip()
    for row in held:
        row.status, row.reason = status, words
        row.decided_by, row.decided_at, row.asker_told_at = actor_user, now, None
    AccessRequest.objects.bulk_update(held, ["status", "reason", "decided_by", "decided_at", "asker_told_at"])
    acts = [
        (repository.subject, {"request": row.pk, "user": row.user.username, "was": seen, "reason": words})
        for row in held
    ]
    audit.record_each(EVENTS[Status(status)], actor=actor_user, acts=acts)
    return held


@transaction.atomic
def grant(*, repository: Repository, user: User, actor_user: User) -> AccessRequest:
    """Let somebody in who did not ask, or whose request waits or was rejected. NotGated, AlreadyLetIn."""
    check_gated(repository)
    already = AlreadyLetIn(gettext("%s has access already.") % user.username, "user")
    if role_in(user, repository.namespace):
        raise already
    now = timezone.now()
    given = {"status": Status.ACCEPTED, "by_hand": True, "decided_by": actor_user, "decided_at": now}
    request, new = AccessRequest.objects.select_for_update().get_or_create(
        repository=repository, user=user, defaults=given
    )
    if new:
        _record(Event.ACCESS_GRANTED, request, actor_user)
        return request
    if request.status == Status.ACCEPTED:
        raise already
    return decide(request=request, status=Status.ACCEPTED, actor_user=actor_user)


def check_gated(repository: Repository) -> None:
    """NotGated unless the repository has a gate."""
    if not repository.gated:
        raise NotGated(gettext("%s is not gated.") % repository.full_name)


def check_reason(reason: str, status: str) -> None:
    """InvalidInput unless the reason can be told, and only to somebody who is turned away."""
    if len(reason.strip()) > REASON_MAX or "\0" in reason:
        raise InvalidInput(gettext("The reason has at most %d characters.") % REASON_MAX, "rejectionReason")
    if reason.strip() and status != Status.REJECTED:
        raise InvalidInput(gettext("Only who is rejected is told a reason."), "rejectionReason")


def _locked(found: QuerySet[AccessRequest]) -> AccessRequest:
    request = found.select_for_update(of=("self",)).select_related("user", "repository__namespace").first()
    if request is None:
        raise AccessRequestNotFound(gettext("There is no such request any more."))
    return request


def _record(event: Event, request: AccessRequest, actor: User | None, **data: str | None) -> None:
    audit.record(
        event,
        actor=actor,
        subject=request.repository.subject,
        request=request.pk,
        user=request.user.username,
        **data,
    )
