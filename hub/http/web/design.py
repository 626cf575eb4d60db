"""The design system on a page of its own: the tokens as the stylesheet has them, and every real partial."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Namespace
from hub.http.links import endpoint
from hub.http.web.checks import ORDER
from hub.http.web.facets import Chip, Facet, Value
from hub.http.web.licences import Panel, declared_of, in_words
from hub.http.web.snippets import snippets_for
from hub.http.web.sparkline import bars
from hub.licensing.catalogue import built_in
from hub.licensing.facts import Facts, Statement
from hub.licensing.terms import effective
from hub.repos.facets import Spread
from hub.repos.models import Repository

STYLESHEET = Path(__file__).parent / "static/web/site.css"
TOKEN = re.compile(r"--([\w-]+): ([^;]+);")
SIZES = ("space-1", "space-2", "space-3", "space-4", "space-5", "space-6", "space-7")
TEXTS = ("text-small", "text", "text-large", "title", "display")
DAYS = 30


class Sample(forms.Form):
    """A field of each kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"] = forms.CharField(label=_("A line"), help_text=_("What to write here."))
        self.fields["choice"] = forms.ChoiceField(
            label=_("One of a few"),
            choices=[("a", _("This one")), ("b", _("That one"))],
            widget=forms.RadioSelect,
        )
        self.fields["many"] = forms.ChoiceField(
            label=_("One of many"), required=False, choices=[("a", _("This one")), ("b", _("That one"))]
        )
        self.fields["yes"] = forms.BooleanField(label=_("Yes or no"), required=False)


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Show the tokens and the components, made of nothing that is in the catalogue."""
    named = tokens()
    sample = sample_repository()
    today = datetime.now(UTC).date()
    wave = [(today - timedelta(days=DAYS - day), 20 + (day * 7) % 13 * day) for day in range(DAYS)]
    context = {
        "colours": [name for name, value in named.items() if value.startswith("#")],
        "spaces": [(name, named[name]) for name in SIZES],
        "texts": [(name, named[name]) for name in TEXTS],
        "states": ORDER,
        "samples": [Message(level, words) for level, words in _messages()],
        "found": [sample],
        "repo": sample,
        "form": Sample({"choice": "a"}),
        "bars": bars(wave),
        "panel": sample_panel(sample),
        "snippets": snippets_for(sample, endpoint(request), "main", ""),
        "spread": Spread(),
        "facets": [
            Facet("task", _("Task"), [Value("Text generation", "?", 12), Value("Fill mask", "?", 7)], [])
        ],
        "chips": [Chip(_("Task"), "Text generation", "?"), Chip(_("Language"), "English", "?")],
    }
    return render(request, "web/design.html", context)


@cache
def tokens() -> dict[str, str]:
    """Every token with its value on a light page, as the stylesheet says it."""
    return dict(TOKEN.findall(STYLESHEET.read_text().partition("}")[0]))


def sample_repository() -> Repository:
    """A repository that is nowhere, for the partials that show one."""
    return Repository(
        namespace=Namespace(name="owner", kind=Namespace.Kind.ORGANISATION),
        name="model",
        kind=Repository.Kind.MODEL,
        description=_("The first paragraph of the card stands here."),
        licence="apache-2.0",
        pipeline_tag="text-generation",
        library="transformers",
        downloads=1234,
        downloads_all_time=56789,
        likes=12,
        parameters=7_240_000_000,
        updated_at=datetime.now(UTC),
    )


def sample_panel(sample: Repository) -> Panel:
    """What the sample's licence allows."""
    facts = Facts(sample.full_name, statement=Statement(sample.licence, (frozenset({sample.licence}),)))
    return Panel(declared_of(sample, [], built_in()), in_words(effective(facts, built_in()), built_in(), {}))


def _messages() -> list[tuple[int, str]]:
    return [
        (SUCCESS, _("It was saved.")),
        (WARNING, _("It was saved, but somebody should look at it.")),
        (ERROR, _("It was not saved, and this is why.")),
    ]
