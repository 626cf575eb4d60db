"""The form of a webhook: an address, what it is told of, and a secret."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hub.webhooks.models import SECRET_MAX, URL_MAX, Webhook
from hub.webhooks.selectors import things_named
from hub.webhooks.services import WATCHES_MAX
from hub.webhooks.vocabulary import Domain

LINES = {"rows": 4, "spellcheck": "false", "autocapitalize": "off"}


class WebhookForm(forms.Form):
    """What hub.webhooks.services take; they check it."""

    url = forms.CharField(
        label=_("Address"),
        max_length=URL_MAX,
        help_text=_("Where the hub sends a request, beginning with https:// or http://."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    watched = forms.CharField(
        label=_("What it watches"),
        max_length=20_000,
        help_text=_(
            "One on each line: a person or an organisation by name, a model as owner/name, "
            "a dataset as datasets/owner/name."
        ),
        widget=forms.Textarea(attrs=LINES),
    )
    domains = forms.MultipleChoiceField(
        label=_("What it is told of"),
        choices=Domain.choices,
        initial=Domain.values,
        widget=forms.CheckboxSelectMultiple,
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=SECRET_MAX,
        required=False,
        strip=False,
        help_text=_("It is sent along and signs what is sent, so that the other side knows the hub."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_watched(self) -> str:
        """Not more than a webhook may watch, before anything of it is looked for."""
        watched = self.cleaned_data["watched"]
        if len(watched.split()) > WATCHES_MAX:
            raise forms.ValidationError(_("A webhook watches at most %d things.") % WATCHES_MAX)
        return watched

    @property
    def fields_for_service(self) -> dict[str, Any]:
        """The fields with what is watched found; only for a form that is valid."""
        lines = self.cleaned_data["watched"].split()
        return self.cleaned_data | {"watched": things_named(lines)}


def initial_of(webhook: Webhook) -> dict[str, Any]:
    """What the form shows of a webhook."""
    lines = [
        watch.namespace.name if watch.namespace else watch.repository.url_path.removeprefix("/")
        for watch in webhook.watches.all()
    ]
    return {
        "url": webhook.url,
        "watched": "\n".join(lines),
        "domains": webhook.domains,
        "secret": webhook.secret,
    }
