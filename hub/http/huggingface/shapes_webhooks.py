"""Webhooks → JSON, in the names that huggingface_hub 2.4.0 reads."""

from typing import Any

from hub.webhooks.models import Watch, Webhook


def webhook(row: Webhook) -> dict[str, Any]:
    """A webhook of a list."""
    shape = {
        "id": row.key,
        "url": row.url,
        "watched": [_watched(watch) for watch in row.watches.all()],
        "domains": row.domains,
        "disabled": row.disabled,
    }
    return shape | ({"secret": row.secret} if row.secret else {})


def told(row: Webhook) -> dict[str, Any]:
    """The answer about one webhook."""
    return {"webhook": webhook(row)}


def _watched(watch: Watch) -> dict[str, str]:
    if watch.namespace is None:
        return {"type": watch.repository.kind, "name": watch.repository.full_name}
    return {"type": "org" if watch.namespace.is_organisation else "user", "name": watch.namespace.name}
