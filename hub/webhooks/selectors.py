"""Reads of webhooks: a user's own, what they are told, and what waits to be sent."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.actors import ANONYMOUS, Actor
from accounts.models import AuditEvent, Membership, Namespace, User
from accounts.selectors import namespace_by_name
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.pulls.models import PullRequest
from hub.access.policy import Action
from hub.access.services import may
from hub.events import Event
from hub.repos.models import Repository
from hub.repos.selectors import namespaces_seen, repository_for, visible_to
from hub.webhooks.errors import WebhookNotFound
from hub.webhooks.models import Delivery, Watch, Webhook
from hub.webhooks.payloads import Story
from hub.webhooks.turns import Waiting
from hub.webhooks.vocabulary import TOLD, Domain, Reason, State

# The sweep looks back so far for events whose news was lost with the process that had it.
LOOK_BACK = timedelta(minutes=10)
SWEPT = 500


def webhooks_of(user: User) -> QuerySet[Webhook]:
    """The user's webhooks, the oldest first, with what of the things they watch the user may see."""
    seen = visible_to(Actor(user, None)).values("pk")
    watches = Watch.objects.filter(Q(repository=None) | Q(repository__in=seen)).order_by("pk")
    told = watches.select_related("namespace", "repository__namespace")
    return Webhook.objects.filter(user=user).prefetch_related(Prefetch("watches", told)).order_by("pk")


def find_webhook(user: User, key: str) -> Webhook:
    """The user's webhook of that id; WebhookNotFound."""
    found = webhooks_of(user).filter(key=key).first() if "\0" not in key else None
    if found is None:
        raise WebhookNotFound("There is no such webhook.")
    return found


def things_named(addresses: Iterable[str]) -> list[tuple[str, str]]:
    """The type and the name of what pages call `owner`, `owner/name` or `datasets/owner/name`."""
    return [_thing(address.strip("/")) for address in addresses]


def _thing(address: str) -> tuple[str, str]:
    if address.count("/") == 2 and address.startswith("datasets/"):
        return Repository.Kind.DATASET.value, address.removeprefix("datasets/")
    if "/" in address:
        return Repository.Kind.MODEL.value, address
    namespace = namespace_by_name(address)
    return ("org" if namespace is not None and namespace.is_organisation else "user"), address


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """What was sent to a webhook, or waits for it, the newest first."""
    return Delivery.objects.filter(webhook=webhook).select_related("event").order_by("-pk")


def watching(events: Iterable[AuditEvent]) -> list[tuple[AuditEvent, int]]:
    """Each event with the id of each webhook that it is to be told to; a few queries, however many there are.

    Nobody is told of what happened before they watched, and the log of a webhook has nothing of a repository
    that its user may not see now.
    """
    told = {event: int(event.subject.removeprefix("repository:")) for event in events}
    owners = dict(Repository.objects.filter(pk__in=told.values()).values_list("pk", "namespace_id"))
    owners |= {told[event]: event.data["namespace"] for event in told if "namespace" in event.data}
    there = Q(repository__in=told.values()) | Q(namespace__in=owners.values())
    watches = list(Watch.objects.filter(there, webhook__disabled_at=None).select_related("webhook__user"))
    hidden = _hidden(set(told.values()))
    members = _members({watch.webhook.user_id for watch in watches}, set(owners.values()))
    pairs = {
        (event, watch.webhook_id)
        for watch in watches
        for event, repository in told.items()
        if (watch.repository_id == repository or watch.namespace_id == owners.get(repository, 0))
        and TOLD[event.event].domain in watch.webhook.domains
        and event.created_at >= max(watch.created_at, watch.webhook.active_since)
        # Of one that is gone only its end is told, to whom could see it.
        and (
            repository not in hidden
            or event.data.get("public")
            or (watch.webhook.user_id, owners.get(repository, 0)) in members
        )
    }
    return sorted(pairs, key=lambda pair: (pair[0].pk, pair[1]))


def _hidden(repositories: set[int]) -> set[int]:
    """Those of the repositories that not everybody may see, or that are gone."""
    public = visible_to(ANONYMOUS).filter(pk__in=repositories).values_list("pk", flat=True)
    return repositories - set(public)


def _members(users: set[int], namespaces: set[int]) -> set[tuple[int, int]]:
    """Which of the users belongs to which of the namespaces, as (user, namespace)."""
    joined = Membership.objects.filter(user__in=users, organisation__in=namespaces)
    own = Namespace.objects.filter(user__in=users, pk__in=namespaces)
    return {*joined.values_list("user", "organisation"), *own.values_list("user", "pk")}


def event_of(event_id: int) -> list[AuditEvent]:
    """An event that webhooks hear of, unless none hears of any."""
    if not Webhook.objects.filter(disabled_at=None).exists():
        return []
    return list(AuditEvent.objects.filter(pk=event_id))


def lately(quiet: timedelta) -> list[AuditEvent]:
    """The events of the last minutes that webhooks hear of, but those of the last `quiet`."""
    if not Webhook.objects.filter(disabled_at=None).exists():
        return []
    now = timezone.now()
    found = AuditEvent.objects.filter(
        event__in=TOLD, created_at__gt=now - LOOK_BACK, created_at__lt=now - quiet
    )
    return list(found.order_by("pk"))


def waiting(now: datetime) -> list[Waiting]:
    """Of each user who has something due and nothing on its way, the delivery that waits longest."""
    busy = on_their_way(now).values("webhook__user")
    due = Delivery.objects.filter(state=State.QUEUED, next_at__lte=now).exclude(webhook__user__in=busy)
    first = due.order_by("webhook__user", "next_at", "pk").distinct("webhook__user")
    return [Waiting(*row) for row in first.values_list("webhook__user", "next_at", "pk")]


def on_their_way(now: datetime) -> QuerySet[Delivery]:
    """The deliveries that a worker sends now: a claim takes away the reason of the try before."""
    tried = Delivery.objects.filter(state=State.QUEUED, tries__gt=0)
    return tried.filter(reason=Reason.NONE, next_at__gt=now)


def pauses_to_tell(older_than: timedelta) -> list[int]:
    """The webhooks whose user should have got the mail that they were paused."""
    found = Webhook.objects.filter(paused_at__lt=timezone.now() - older_than, paused_told_at=None)
    return list(found.order_by("paused_at").values_list("pk", flat=True)[:SWEPT])


def story_of(delivery: Delivery) -> Story | None:
    """What a delivery tells, as it is now; None when the webhook's user may not see it, or it is gone."""
    event, user = delivery.event, delivery.webhook.user
    if user.suspended_at is not None:
        return None
    if event is None:
        return Story(repository=_watched(delivery.webhook))
    number = int(event.subject.removeprefix("repository:"))
    repository = repository_for(number, asker=user)
    if repository is None:
        return Story(event) if _knew(user, event) else None
    if not may(Actor(user, None), repository, Action.READ):
        return None
    if TOLD[event.event].domain == Domain.REPO:
        return Story(event, repository)
    return _of_discussion(event, repository)


def _watched(webhook: Webhook) -> Repository | None:
    """The newest repository that a webhook watches and its user may see; clients insist on one."""
    watches = Watch.objects.filter(webhook=webhook)
    among = Q(pk__in=watches.values("repository")) | Q(namespace__in=watches.values("namespace"))
    seen = visible_to(Actor(webhook.user, None)).filter(among)
    return seen.select_related("namespace").order_by("-pk").first()


def _knew(user: User, event: AuditEvent) -> bool:
    """Whether the user could see the repository that an event deleted."""
    if event.event != Event.REPOSITORY_DELETED:
        return False
    return event.data["public"] or namespaces_seen(user).filter(pk=event.data["namespace"]).exists()


def _of_discussion(event: AuditEvent, repository: Repository) -> Story | None:
    discussion = (
        Discussion.objects.select_related("author__namespace").filter(pk=event.data["discussion"]).first()
    )
    if discussion is None:
        return None
    discussion.repository = repository
    pull = PullRequest.objects.filter(pk=discussion.pk).first() if discussion.is_pull else None
    said = DiscussionEvent.objects.select_related("author__namespace").filter(pk=event.data.get("comment"))
    return Story(event, repository, discussion, pull, said.first())
