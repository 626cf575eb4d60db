"""The form beside a card: what its front matter says, in fields."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import OTHER, catalogue
from hub.repos.card_fields import FIELDS, said_by
from hub.repos.cards import parse_card
from hub.repos.pipeline_tags import PIPELINE_TAGS

Said = dict[str, list[str]]


class CardForm(forms.Form):
    """The fields of a kind of repository; several texts in one field have commas between them.

    `were` has what the fields said when they were shown: what somebody has not touched is not written, so
    that what they have typed into the text counts. No heading of a card in the preview gets one of the ids.
    """

    LABELS: ClassVar[dict[str, Any]] = {
        "license": _("Licence"),
        "license_name": _("Name of the licence"),
        "license_link": _("Link to the licence"),
        "pipeline_tag": _("Task"),
        "task_categories": _("Tasks"),
        "library_name": _("Library"),
        "language": _("Languages"),
        "base_model": _("Base models"),
        "datasets": _("Datasets"),
        "tags": _("Tags"),
    }
    HELP: ClassVar[dict[str, Any]] = {
        "license_name": _("Only beside “other”."),
        "license_link": _("An address, or a file such as LICENSE."),
        "language": _("Codes such as en, de. Commas between them."),
        "base_model": _("What it was made of: owner/name."),
        "datasets": _("What it was trained on: owner/name."),
        "tags": _("Commas between them."),
    }
    SINGLE = frozenset({"license_name", "license_link", "pipeline_tag", "library_name"})

    were = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, kind: str, said: Said | None = None, data: QueryDict | None = None) -> None:
        initial = {key: ", ".join(texts) for key, texts in (said or {}).items()}
        super().__init__(
            data, auto_id="fact-%s", initial=initial | {"were": json.dumps(said or {}, ensure_ascii=False)}
        )
        self.kind = kind
        for key in FIELDS[kind]:
            self.fields[key] = forms.CharField(
                label=self.LABELS[key],
                help_text=self.HELP.get(key, ""),
                required=False,
                max_length=10_000,
                widget=forms.TextInput(attrs={"autocomplete": "off", "list": f"fact-{key}-known"}),
            )

    @classmethod
    def of(cls, kind: str, text: str) -> "CardForm":
        """The form with what a card says."""
        return cls(kind, said_by(parse_card(text), kind))

    def touched(self) -> Said:
        """What somebody has changed in the fields since they were shown."""
        were = _were(self.cleaned_data["were"])
        wanted = {key: self._texts(key) for key in FIELDS[self.kind] if key in self.data}
        return {key: texts for key, texts in wanted.items() if texts != were.get(key, [])}

    def _texts(self, key: str) -> list[str]:
        written = self.cleaned_data[key]
        parts = [written] if key in self.SINGLE else written.split(",")
        return list(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))


def _were(written: str) -> Mapping[str, Sequence[str]]:
    try:
        were = json.loads(written or "{}")
    except (ValueError, RecursionError):
        return {}
    return were if isinstance(were, dict) else {}


def licences() -> list[tuple[str, str]]:
    """The ids that a card may declare, with their names, as people choose them."""
    exact = [one for one in catalogue() if not (one.family or one.declared_as_other)]
    rows = sorted(((one.id, one.name) for one in exact), key=lambda row: row[1].lower())
    return [*rows, (OTHER, str(_("Another one, named beside")))]


def tasks() -> list[str]:
    """The tasks that cards name."""
    return sorted(PIPELINE_TAGS)
