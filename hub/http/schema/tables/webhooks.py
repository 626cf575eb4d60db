"""Webhooks: which address is told of what."""

from hub.http.schema.operation import EMPTY, TEXT, TRUTH, Operation, one_of, record, rows, takes

WEBHOOKS = "Webhooks"
WATCHED = record(type=one_of("user", "org", "model", "dataset"), name=TEXT)
DOMAINS = rows(one_of("repo", "discussion"))
WEBHOOK = record(
    "secret", id=TEXT, url=TEXT, watched=rows(WATCHED), domains=DOMAINS, secret=TEXT, disabled=TRUTH
)
TOLD = record(webhook=WEBHOOK)
FIELDS = {"url": TEXT, "watched": rows(WATCHED), "domains": DOMAINS, "secret": TEXT}
TABLE = {
    "webhooks.Webhooks.get": Operation(WEBHOOKS, "Your webhooks", {200: rows(WEBHOOK)}),
    "webhooks.Webhooks.post": Operation(
        WEBHOOKS, "Create a webhook", {200: TOLD}, body=takes("url", "watched", **FIELDS)
    ),
    "webhooks.OneWebhook.get": Operation(WEBHOOKS, "A webhook", {200: TOLD}),
    "webhooks.OneWebhook.post": Operation(WEBHOOKS, "Change a webhook", {200: TOLD}, body=takes(**FIELDS)),
    "webhooks.OneWebhook.delete": Operation(WEBHOOKS, "Delete a webhook", {200: EMPTY}),
    "webhooks.EnableWebhook.post": Operation(WEBHOOKS, "Enable or disable a webhook", {200: TOLD}),
}
