"""A user's webhooks."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.services import writing_user
from hub.errors import InvalidInput
from hub.http.huggingface import shapes_webhooks as shapes
from hub.http.huggingface.base import HubView, json_object, text_field
from hub.webhooks import selectors, services
from hub.webhooks.models import Webhook
from hub.webhooks.vocabulary import Domain


class WebhookView(HubView):
    """A view of the webhooks of somebody who may change what is their own: their secrets are told."""

    def open(self) -> Webhook:
        """The webhook of the address."""
        return selectors.find_webhook(writing_user(self.actor), self.kwargs["webhook"])


class Webhooks(WebhookView):
    """`GET` and `POST /api/settings/webhooks`."""

    def get(self, request: Request) -> Response:
        """All of the user's webhooks."""
        return Response([shapes.webhook(row) for row in selectors.webhooks_of(writing_user(self.actor))])

    def post(self, request: Request) -> Response:
        """The new webhook."""
        user, data = writing_user(self.actor), json_object(request)
        refuse_jobs(data)
        made = services.create_webhook(
            user=user,
            url=text_field(data, "url"),
            watched=watched_in(data),
            domains=domains_in(data) if "domains" in data else Domain.values,
            secret=text_field(data, "secret", default=""),
        )
        return Response(shapes.told(made))


class OneWebhook(WebhookView):
    """`GET`, `POST` and `DELETE /api/settings/webhooks/{id}`."""

    def get(self, request: Request, webhook: str) -> Response:
        """The webhook."""
        return Response(shapes.told(self.open()))

    def post(self, request: Request, webhook: str) -> Response:
        """Change what the body names; an empty list of what is watched leaves that as it is."""
        found, data = self.open(), json_object(request)
        refuse_jobs(data)
        changed = services.update_webhook(
            webhook=found,
            url=text_field(data, "url") if "url" in data else None,
            watched=watched_in(data),
            domains=domains_in(data) if "domains" in data else None,
            secret=text_field(data, "secret") if "secret" in data else None,
        )
        return Response(shapes.told(changed))

    def delete(self, request: Request, webhook: str) -> Response:
        """Delete the webhook."""
        services.delete_webhook(webhook=self.open())
        return Response({})


class EnableWebhook(WebhookView):
    """`POST /api/settings/webhooks/{id}/enable` and `…/disable`."""

    disabled = False

    def post(self, request: Request, webhook: str) -> Response:
        """The webhook, which goes on or rests."""
        return Response(shapes.told(services.set_disabled(webhook=self.open(), value=self.disabled)))


def refuse_jobs(data: dict[str, Any]) -> None:
    """There is nothing here that would run a job."""
    for field in ("jobSourceId", "secrets"):
        if data.get(field) is not None:
            raise InvalidInput("This hub runs no jobs: a webhook is sent to a url.", field)


def watched_in(data: dict[str, Any]) -> list[tuple[str, str]]:
    """The types and names of what is watched."""
    value = data.get("watched") or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidInput("watched must be a list of objects with type and name.", "watched")
    if not all(isinstance(item.get(part), str) for item in value for part in ("type", "name")):
        raise InvalidInput("watched must be a list of objects with type and name.", "watched")
    return [(item["type"], item["name"]) for item in value]


def domains_in(data: dict[str, Any]) -> list[str]:
    """The domains in a body."""
    value = data["domains"]
    if not isinstance(value, list) or not all(isinstance(domain, str) for domain in value):
        raise InvalidInput("domains must be a list of texts.", "domains")
    return value
