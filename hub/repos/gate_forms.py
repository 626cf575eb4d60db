"""The form that a card asks of whoever wants the files behind its gate: its `extra_gated_*` fields. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any

from django.utils.translation import gettext

from hub.repos.countries import COUNTRIES

PREFIX = "extra_gated_"
ANSWER_MAX = 1000
FIELDS_MAX = 50
OPTIONS_MAX = 300
LABEL_MAX = 1000
LINE_MAX = 200
TEXT_MAX = 50_000


class FieldType(StrEnum):
    """What a field of the form takes, as cards spell it."""

    TEXT = "text"
    CHECKBOX = "checkbox"
    DATE = "date_picker"
    COUNTRY = "country"
    SELECT = "select"


KNOWN = frozenset(FieldType)
# What `extra_gated_eu_disallowed` asks. Others look up where an address is; this hub knows nobody's place,
# and such a look-up is wrong for many and proof of nothing. What it can do is ask, and keep what was said.
OUTSIDE_EU = "I am not in the European Union, and ask for nobody who is."
# Asked of a visitor's address by others; this hub asks people, and looks up nobody's address.
NOT_ASKED = frozenset({"ip_location", "geo"})


@dataclass(frozen=True)
class GateField:
    """One field; `options` are what may be chosen, each a value and its words."""

    label: str
    type: FieldType
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class GateForm:
    """What the card says before it asks, what it asks, and what stands on the button; "" where it is silent.

    `licence` is what it is called and `licence_text` its text: whoever asks agrees to them as to the prompt.
    """

    heading: str = ""
    description: str = ""
    prompt: str = ""
    button: str = ""
    fields: tuple[GateField, ...] = ()
    licence: str = ""
    licence_text: str = ""

    @property
    def agreed(self) -> str:
        """Everything that somebody agrees to by asking, as one text."""
        return "\n\n".join(filter(None, (self.prompt, self.licence, self.licence_text)))

    @property
    def digest(self) -> str:
        """What tells this form from one with other words, fields or terms."""
        said = [self.agreed, [[field.label, field.type, field.options] for field in self.fields]]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def read_gate_form(data: Mapping[str, Any]) -> GateForm:
    """The form of a card's front matter; whatever an author may write ends in a form."""
    fields = data.get(f"{PREFIX}fields")
    said = _fields(fields) if isinstance(fields, dict) else iter(())
    asked = list(islice((field for field in said if field.label != OUTSIDE_EU), FIELDS_MAX))
    if data.get(f"{PREFIX}eu_disallowed") is True:
        asked.append(GateField(OUTSIDE_EU, FieldType.CHECKBOX))
    return GateForm(
        heading=_text(data, "heading", LINE_MAX),
        description=_text(data, "description", TEXT_MAX),
        prompt=_text(data, "prompt", TEXT_MAX),
        button=_text(data, "button_content", LINE_MAX),
        fields=tuple(asked),
    )


def with_licence(form: GateForm, licence: str, text: str) -> GateForm:
    """The form with what is agreed to beside its prompt."""
    return replace(form, licence=licence.replace("\0", ""), licence_text=text.replace("\0", ""))


def read_answers(form: GateForm, given: Mapping[str, str]) -> tuple[list[list[Any]], dict[str, str]]:
    """The answers, as [label, value] in the form's order, and what is wrong with them, by label.

    `given` has texts by label, and any text for a box that is ticked.
    """
    answers: list[list[Any]] = []
    problems: dict[str, str] = {}
    for field in form.fields:
        text = given.get(field.label, "").strip()
        problem = _problem(field, text)
        if problem:
            problems[field.label] = problem
        answers.append([field.label, bool(text) if field.type == FieldType.CHECKBOX else text])
    return answers, problems


def _problem(field: GateField, text: str) -> str:
    if not text:
        return _missing(field) if field.required else ""
    if len(text) > ANSWER_MAX or "\0" in text:
        return gettext("Write at most %d characters.") % ANSWER_MAX
    if field.type == FieldType.DATE and not _is_date(text):
        return gettext("Write a date as year-month-day, such as 2026-03-31.")
    if field.options and text not in dict(field.options):
        return gettext("Choose one of the list.")
    return ""


def _missing(field: GateField) -> str:
    if field.type == FieldType.CHECKBOX:
        return gettext("Tick it, or you cannot be given access.")
    return gettext("Fill it in: the owners ask for it.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _fields(said: dict[Any, Any]) -> Iterator[GateField]:
    for label, what in said.items():
        more = what if isinstance(what, dict) else {"type": what}
        name = " ".join(str(label).replace("\0", "").split())[:LABEL_MAX]
        type_ = str(more.get("type", "")).strip().lower()
        if not name or type_ in NOT_ASKED:
            continue
        # A word that is no type is somebody's slip: the question is asked all the same.
        known = FieldType(type_) if type_ in KNOWN else FieldType.TEXT
        options = _options(known, more.get("options"))
        if known == FieldType.SELECT and not options:
            known = FieldType.TEXT
        yield GateField(name, known, more.get("required") is not False, options)


def _options(type_: FieldType, said: Any) -> tuple[tuple[str, str], ...]:
    if type_ == FieldType.COUNTRY:
        return tuple((name, name) for name in sorted(COUNTRIES.values()))
    if type_ != FieldType.SELECT or not isinstance(said, list):
        return ()
    options = {}
    for one in said[:OPTIONS_MAX]:
        more = one if isinstance(one, dict) else {"label": one}
        words = _line(more.get("label", more.get("value", "")))
        value = _line(more.get("value", words))
        if value and words:
            options[value] = words
    return tuple(options.items())


def _line(value: Any) -> str:
    return " ".join(str(value).replace("\0", "").split())[:LINE_MAX] if isinstance(value, str | int) else ""


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(PREFIX + name)
    return value.replace("\0", "").strip()[:longest] if isinstance(value, str) else ""
