"""What leads of the desk say of a licence that they register."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hub.http.web.licence_words import ALL_ANSWERS, ALL_QUESTIONS, CONDITION_NAMES, KINDS
from hub.licensing.catalogue import VOCABULARY
from hub.licensing.fields import LONGEST, MOST, TEXTS, condition_problems
from hub.licensing.models import RegisteredLicence
from hub.licensing.registry import LONGEST_TEXT
from hub.licensing.words import DUTY_WORDS, NOT_KNOWN

# So many empty ones are offered beside those that are there.
SPARE = 2


class LicenceForm(forms.Form):
    """A licence's text and what it allows; conditions and duties are forms below it."""

    name = forms.CharField(label=_("Name"), max_length=200)
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    source_url = forms.URLField(
        label=_("Where the text stands"), required=False, max_length=1000, assume_scheme="https"
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", NOT_KNOWN), *KINDS.items()])
    spdx = forms.CharField(
        label=_("SPDX ids"),
        required=False,
        help_text=_("One a line."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    aliases = forms.CharField(
        label=_("Other names"),
        required=False,
        help_text=_("One a line, as cards write them."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    compatible = forms.CharField(
        label=_("Compatible with"),
        required=False,
        help_text=_("Short names of licences, one a line, under which what is made of it may stand as well."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    policy_url = forms.URLField(
        label=_("Address of its policy for use"),
        required=False,
        max_length=LONGEST,
        assume_scheme="https",
    )
    source = forms.CharField(
        label=_("What was read"),
        required=False,
        max_length=LONGEST,
        help_text=_("Such as a repository and the name of the file."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in VOCABULARY:
            self.fields[question] = forms.ChoiceField(
                label=ALL_QUESTIONS[question],
                required=False,
                choices=[
                    ("", NOT_KNOWN),
                    *((one, ALL_ANSWERS[question][one]) for one in VOCABULARY[question]),
                ],
            )
            self.fields[f"clause_{question}"] = forms.CharField(
                label=format_lazy("{} – {}", ALL_QUESTIONS[question], _("Clause")),
                required=False,
                max_length=LONGEST,
            )

    def said(self) -> dict[str, Any]:
        """The fields as the registry takes them, without conditions and duties."""
        cleaned = self.cleaned_data
        plain = {name: cleaned[name] for name in ("kind", "policy_url", "source", *VOCABULARY)}
        clauses = {question: cleaned[f"clause_{question}"] for question in VOCABULARY}
        given = {question: clause for question, clause in clauses.items() if clause}
        return plain | {name: _lines(cleaned[name]) for name in TEXTS} | {"clauses": given}

    @staticmethod
    def said_of(row: RegisteredLicence) -> dict[str, Any]:
        """What is said of a licence now."""
        said = {name: row.fields.get(name, "") for name in ("kind", "policy_url", "source", *VOCABULARY)}
        lists = {name: "\n".join(row.fields.get(name, [])) for name in TEXTS}
        clauses = row.fields.get("clauses", {})
        said |= {f"clause_{question}": clauses.get(question, "") for question in VOCABULARY}
        return said | lists | {"name": row.name, "text": row.text, "source_url": row.source_url}


class NewLicenceForm(LicenceForm):
    """The same, with what stays."""

    key = forms.CharField(
        label=_("Short name"),
        max_length=100,
        help_text=_("Small letters, digits, dots, and hyphens; it stays."),
    )
    field_order = ("key", "name")


class ChangeLicenceForm(LicenceForm):
    """The same, and whether it is known any more."""

    retired = forms.BooleanField(
        label=_("Retired: the hub knows it no more, and nothing is found to be under it"), required=False
    )


class ConditionForm(forms.Form):
    """A condition under which an answer holds."""

    kind = forms.ChoiceField(
        label=_("Condition"), required=False, choices=[("", _("none")), *CONDITION_NAMES.items()]
    )
    limit = forms.IntegerField(label=_("From what number"), required=False, min_value=0, max_value=2**53 - 1)
    what = forms.CharField(label=_("The name that is shown"), required=False, max_length=LONGEST)

    def clean(self) -> None:
        """What its kind needs, and nothing else."""
        if self.cleaned_data.get("kind") and not self.errors:
            for part, problem in condition_problems(self.cleaned_data).items():
                self.add_error(part, problem)


class DutyForm(forms.Form):
    """Something that the licence asks of whoever passes it on."""

    kind = forms.ChoiceField(label=_("Duty"), required=False, choices=[("", _("none")), *DUTY_WORDS.items()])
    text = forms.CharField(label=_("The sentence, word by word"), required=False, max_length=LONGEST)
    clause = forms.CharField(label=_("Clause"), required=False, max_length=LONGEST)


class _Several(forms.BaseFormSet):
    """The forms of one kind; those without a kind say nothing."""

    def said(self) -> list[dict[str, Any]]:
        """What was said, without what is empty."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("kind")]
        return [{name: value for name, value in row.items() if value} for row in rows]


Conditions = forms.formset_factory(
    ConditionForm, formset=_Several, extra=SPARE, max_num=MOST, absolute_max=MOST + SPARE
)
Duties = forms.formset_factory(
    DutyForm, formset=_Several, extra=SPARE, max_num=MOST, absolute_max=MOST + SPARE
)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
