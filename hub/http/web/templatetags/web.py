"""Small words and addresses for templates."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hub import kept_words
from hub.amounts import size_words
from hub.http.web.addresses import page_of
from hub.http.web.facets import language_words
from hub.http.web.licence_words import STATES
from hub.http.web.lines import Said, Talk, spell
from hub.http.web.task_words import task_words
from hub.licensing import words
from hub.licensing.catalogue import Licence
from hub.licensing.findings import Finding
from hub.repos.facets import languages_of
from hub.repos.models import Repository
from hub.revisions.diffs import Line

register = template.Library()
# From here on days are told.
HOURS_TOLD = 48
CARD_FIELDS = {
    "license": _("Licence"),
    "pipeline_tag": _("Task"),
    "library_name": _("Library"),
    "language": _("Language"),
    "base_model": _("Base model"),
    "datasets": _("Datasets"),
    "tags": _("Tags"),
}


@register.filter
def card_field(key: str) -> str | Promise:
    """What the pages call a field of a card; the field's own name when they have none."""
    return CARD_FIELDS.get(key, key)


@register.simple_tag
def address(repository: Repository, page: str = "", revision: str | int = "", path: str = "") -> str:
    """The address of a page of a repository."""
    return page_of(repository, page, str(revision), path)


@register.filter
def own_tags(repository: Repository) -> list[str]:
    """The tags that say something which no other fact of the page says."""
    known = (repository.pipeline_tag, repository.library, *languages_of(repository))
    return [tag for tag in repository.tags if ":" not in tag and tag not in known]


@register.filter
def languages(repository: Repository) -> list[tuple[str, str]]:
    """The languages that the card names, each with its name in words."""
    return [(code, language_words(code)) for code in languages_of(repository)]


@register.filter
def short(oid: str) -> str:
    """The first digits of an object id, enough for a person."""
    return oid[:8]


@register.filter
def said_of(talk: Talk, line: Line) -> list[Said]:
    """What is said beside a line of a diff."""
    return talk.said(line)


@register.filter
def asks_for(talk: Talk, line: Line) -> bool:
    """Whether a form for a comment stands below a line of a diff."""
    return talk.asks(line)


@register.filter
def place(line: Line) -> str:
    """The place of a line of a diff, such as new12."""
    return spell(line)


@register.filter
def due_words(moment: datetime) -> str:
    """How long is left until a moment, or for how long it is over, in whole hours or days."""
    hours = round((moment - timezone.now()).total_seconds() / 3600)
    left = abs(hours)
    if left < HOURS_TOLD:
        words = (
            ngettext("due in %(count)d hour", "due in %(count)d hours", left)
            if hours >= 0
            else ngettext("overdue for %(count)d hour", "overdue for %(count)d hours", left)
        )
        return words % {"count": left}
    days = left // 24
    words = (
        ngettext("due in %(count)d day", "due in %(count)d days", days)
        if hours >= 0
        else ngettext("overdue for %(count)d day", "overdue for %(count)d days", days)
    )
    return words % {"count": days}


@register.filter
def retold(sentence: str) -> str:
    """What a check found, in the language of the page."""
    return kept_words.retold(sentence)


@register.filter
def licence_words(licence: Licence | None, question: str) -> str:
    """What a licence answers to a question, in words."""
    return words.licence_words(licence, question) if licence else ""


@register.filter
def licence_finding(kept: dict[str, Any]) -> words.Told:
    """What the licence check found, in the language of the page."""
    return words.told(Finding.from_json(kept))


@register.filter
def finding_state(state: str) -> str | Promise:
    """What people answered to a licence finding, in words."""
    return STATES[state]


@register.filter
def task_name(task: str) -> str:
    """A task as a person writes it."""
    return task_words(task)


@register.filter
def rounded(count: int) -> str:
    """A large number as people say it of models: 22.7M, 7.24B (powers of 1000)."""
    value, unit = float(count), ""
    for unit in ("", "K", "M", "B", "T"):
        if value < 999.5 or unit == "T":
            break
        value /= 1000
    return str(count) if not unit else f"{number_format(f'{value:.3g}')}{unit}"


@register.filter
def size(count: int | None) -> str:
    """A number of bytes as people say it; a dash when it is not known."""
    return "–" if count is None else size_words(count)
