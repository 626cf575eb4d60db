"""What people are told about their webhooks by mail, in the language that is active. Pure."""

from django.utils.translation import gettext

from hub.webhooks.models import Webhook


def paused(webhook: Webhook, hub: str) -> tuple[str, str]:
    """Subject and body: a webhook is paused, and how to go on."""
    parts = [
        gettext(
            "The hub could not deliver to this webhook many times in a row, and sends nothing more to it:"
        ),
        webhook.url,
        gettext("See what went wrong, mend it, and enable the webhook again:"),
        f"{hub}/settings/webhooks/{webhook.key}",
    ]
    return gettext("A webhook of yours is paused"), "\n\n".join(parts)
