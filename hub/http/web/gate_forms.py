"""The forms at a gate: what a card asks of people, and what its admins say to them."""

import json
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.names import MAX_LENGTH
from hub.repos.countries import COUNTRIES
from hub.repos.gate_forms import ANSWER_MAX, OUTSIDE_EU, FieldType, GateField, GateForm, read_answers
from hub.repos.gates import REASON_MAX, AccessRequest

# The hub's own questions; all others are their authors'.
QUESTIONS: dict[str, Promise] = {OUTSIDE_EU: _("I am not in the European Union, and ask for nobody who is.")}
TICKED_MAX = 100
MISSING: dict[FieldType, Promise] = {FieldType.CHECKBOX: _("Tick it, or you cannot be given access.")}


class AskForm(forms.Form):
    """What a card asks, field by field, with the digest of what was shown."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, gate: GateForm, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": gate.digest}, **kwargs)
        self.gate = gate
        self.names = {field.label: f"answer-{number}" for number, field in enumerate(gate.fields)}
        for field in gate.fields:
            self.fields[self.names[field.label]] = _form_field(field)

    @property
    def answers(self) -> dict[str, str]:
        """What was filled in, by label."""
        given = {label: self.cleaned_data.get(name) for label, name in self.names.items()}
        return {label: "on" if value is True else str(value or "") for label, value in given.items()}

    def clean(self) -> dict[str, Any]:
        """Say of every field what is wrong with it, not only of the first."""
        cleaned = super().clean()
        self.cleaned_data = cleaned
        _, problems = read_answers(self.gate, self.answers)
        for label, problem in problems.items():
            if self.names[label] not in self.errors:
                self.add_error(self.names[label], problem)
        return cleaned


def _form_field(field: GateField) -> forms.Field:
    missing = MISSING.get(field.type, _("Fill it in: the owners ask for it."))
    how: dict[str, Any] = {
        "label": QUESTIONS.get(field.label, field.label),
        "required": field.required,
        "error_messages": {"required": missing},
    }
    if field.type == FieldType.CHECKBOX:
        return forms.BooleanField(**how)
    if field.options:
        # For the page's script, which says countries in the reader's language.
        codes = {name: code for code, name in COUNTRIES.items()}
        attrs = {"data-countries": json.dumps(codes)} if field.type == FieldType.COUNTRY else {}
        choices = [("", _("Choose …")), *field.options]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=attrs), **how)
    if field.type == FieldType.DATE:
        return forms.CharField(max_length=10, widget=forms.DateInput(attrs={"type": "date"}), **how)
    return forms.CharField(max_length=ANSWER_MAX, **how)


class GateDecisionForm(forms.Form):
    """What an admin decides about a request, and the status in which they saw it."""

    status = forms.ChoiceField(choices=AccessRequest.Status.choices)
    seen = forms.ChoiceField(choices=AccessRequest.Status.choices)
    reason = forms.CharField(required=False, max_length=REASON_MAX)


class GateDecisionsForm(GateDecisionForm):
    """What an admin decides about several requests at once."""

    request = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whatever is ticked is looked for in the repository; more than a page has no one ticks.
        ticked = self.data.getlist("request")[:TICKED_MAX] if self.is_bound else []
        numbers = [one for one in ticked if one.isascii() and one.isdigit() and len(one) < 19]
        self.fields["request"].choices = [(one, one) for one in numbers]


class GrantForm(forms.Form):
    """Whom an admin lets in who did not ask."""

    user = forms.CharField(
        label=_("Username"),
        max_length=MAX_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class QueueForm(forms.Form):
    """Which requests are shown."""

    status = forms.ChoiceField(required=False, choices=AccessRequest.Status.choices)
    search = forms.CharField(required=False, max_length=200)
