"""Every change to webhooks themselves.

A user's row is locked while they get one more, a webhook's while it changes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from accounts.selectors import namespace_by_name
from hub.access.policy import Action
from hub.access.services import open_repo
from hub.errors import InvalidInput, RepoNotFound, RepositoryMoved
from hub.events import Event
from hub.repos.models import Repository
from hub.webhooks.errors import WebhookNotFound
from hub.webhooks.guard import checked_url
from hub.webhooks.models import SECRET_MAX, Delivery, Watch, Webhook
from hub.webhooks.selectors import find_webhook
from hub.webhooks.vocabulary import Domain, Reason, State

WEBHOOKS_MAX, WATCHES_MAX = 50, 100
OWNERS = {"user": False, "org": True}
# What a watch is of: the ids of a namespace and of a repository, of which one is None.
Target = tuple[int | None, int | None]


@transaction.atomic
def create_webhook(
    *, user: User, url: str, watched: Sequence[tuple[str, str]], domains: Sequence[str], secret: str = ""
) -> Webhook:
    """Let an address be told of things, each a type (user, org, model, dataset) and a name.

    InvalidInput names what is wrong; a thing that the user may not see is as one that is not there.
    """
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
    if Webhook.objects.filter(user=user).count() >= WEBHOOKS_MAX:
        raise InvalidInput(gettext("You have %d webhooks, which is the most.") % WEBHOOKS_MAX, "url")
    webhook = Webhook.objects.create(
        user=user, url=checked_url(url), domains=_checked_domains(domains), secret=_checked_secret(secret)
    )
    _watch(webhook, _targets(user, watched))
    _record(Event.WEBHOOK_CREATED, webhook, url=webhook.url)
    return find_webhook(user, webhook.key)


@transaction.atomic
def update_webhook(
    *,
    webhook: Webhook,
    url: str | None = None,
    watched: Sequence[tuple[str, str]] = (),
    domains: Sequence[str] | None = None,
    secret: str | None = None,
) -> Webhook:
    """Change what is given. Nothing watched means as before: a webhook always watches something."""
    held = _locked(webhook)
    if url is not None:
        held.url = checked_url(url)
    if domains is not None:
        held.domains = _checked_domains(domains)
    if secret is not None:
        held.secret = _checked_secret(secret)
    held.save(update_fields=["url", "domains", "secret"])
    if watched:
        _watch(held, _targets(webhook.user, watched))
    _record(Event.WEBHOOK_CHANGED, held, url=held.url)
    return find_webhook(webhook.user, webhook.key)


@transaction.atomic
def set_disabled(*, webhook: Webhook, value: bool) -> Webhook:
    """Send nothing more, or go on from now; what waits is given up. Twice is once."""
    held = _locked(webhook)
    if held.disabled != value:
        now = timezone.now()
        held.disabled_at, held.failures = (now if value else None), 0
        held.paused_at = held.paused_told_at = None
        held.active_since = held.active_since if value else now
        changed = ("disabled_at", "paused_at", "paused_told_at", "failures", "active_since")
        held.save(update_fields=changed)
        if value:
            give_up(held)
        _record(Event.WEBHOOK_CHANGED, held, disabled=value)
    return find_webhook(webhook.user, webhook.key)


@transaction.atomic
def delete_webhook(*, webhook: Webhook) -> None:
    """Delete a webhook with its log."""
    held = _locked(webhook)
    _record(Event.WEBHOOK_DELETED, held, url=held.url)
    held.delete()


def give_up(webhook: Webhook) -> None:
    """Send nothing of what waits for a webhook that its caller disabled."""
    waiting = Delivery.objects.filter(webhook=webhook, state=State.QUEUED)
    waiting.update(state=State.DROPPED, reason=Reason.DISABLED)


def _locked(webhook: Webhook) -> Webhook:
    held = Webhook.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
    found = held.filter(pk=webhook.pk).first()
    if found is None:
        raise WebhookNotFound("There is no such webhook.")
    return found


def _watch(webhook: Webhook, targets: Iterable[Target]) -> None:
    """Let a webhook watch these and nothing else; what it watched already goes on without a gap."""
    wanted = dict.fromkeys(targets)
    known = {(row.namespace_id, row.repository_id): row.pk for row in Watch.objects.filter(webhook=webhook)}
    Watch.objects.filter(pk__in=[pk for target, pk in known.items() if target not in wanted]).delete()
    Watch.objects.bulk_create(
        Watch(webhook=webhook, namespace_id=namespace, repository_id=repository)
        for namespace, repository in wanted
        if (namespace, repository) not in known
    )


def _targets(user: User, watched: Sequence[tuple[str, str]]) -> list[Target]:
    if not watched:
        raise InvalidInput(gettext("Name at least one thing to watch."), "watched")
    if len(watched) > WATCHES_MAX:
        raise InvalidInput(gettext("A webhook watches at most %d things.") % WATCHES_MAX, "watched")
    return [_target(user, *one) for one in watched]


def _target(user: User, kind: str, name: str) -> Target:
    missing = InvalidInput(
        gettext("There is no %(kind)s %(name)s.") % {"kind": kind, "name": name}, "watched"
    )
    if kind in OWNERS:
        namespace = namespace_by_name(name)
        if namespace is None or namespace.is_organisation != OWNERS[kind]:
            raise missing
        if namespace.user is not None and namespace.user.suspended_at is not None:
            raise missing
        return namespace.pk, None
    if kind not in Repository.Kind.values:
        words = gettext("A webhook watches users, orgs, models and datasets: this hub has no others.")
        raise InvalidInput(words, "watched")
    repository = _visible(user, kind, name)
    if repository is None:
        raise missing
    return None, repository.pk


def _visible(user: User, kind: str, full_name: str) -> Repository | None:
    owner, _, name = full_name.partition("/")
    asked: dict[str, Any] = {"kind": kind, "action": Action.READ}
    try:
        return open_repo(Actor(user, None), namespace=owner, name=name, **asked)
    except RepositoryMoved as moved:
        owner, _, name = moved.full_name.partition("/")
        return open_repo(Actor(user, None), namespace=owner, name=name, **asked)
    except RepoNotFound:
        return None


def _checked_domains(domains: Sequence[str]) -> list[str]:
    unknown = [domain for domain in domains if domain not in Domain.values]
    if unknown or not domains:
        words = gettext("Name at least one domain, of these: %s.") % ", ".join(Domain.values)
        raise InvalidInput(words, "domains")
    return [domain for domain in Domain.values if domain in domains]


def _checked_secret(secret: str) -> str:
    """It goes into a header as it is."""
    if (
        len(secret) > SECRET_MAX
        or not (secret.isascii() and secret.isprintable())
        or secret != secret.strip()
    ):
        words = gettext("A secret has at most %d letters, digits and signs of ASCII.") % SECRET_MAX
        raise InvalidInput(words, "secret")
    return secret


def _record(event: Event, webhook: Webhook, **data: object) -> None:
    audit.record(event, actor=webhook.user, subject=webhook.subject, key=webhook.key, **data)
