"""What is wrong with a card beyond its YAML: unknown tasks and languages, values of a wrong shape (pure).

Licences are judged in `hub.licensing`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from hub.repos.cards import Card
from hub.repos.languages import code_of, is_language
from hub.repos.pipeline_tags import PIPELINE_TAGS, nearest_tag

# A namespace and a name; very old models have no namespace.
REPO_ID = re.compile(r"(?:[\w.-]{1,96}/)?[\w.-]{1,96}", re.ASCII)
SHOWN = 100
# Of each field so many wrong words are told: a card has room for thousands, and each is compared with all
# that are known.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the card's author about one field; `error` if the card should not be published so."""

    field: str
    message: str
    error: bool = False


def problems_of(card: Card, kind: str) -> list[Problem]:
    """Everything to say about a readable card of a repository of that kind, errors and warnings."""
    found = [*_languages(card), *_base_models(card), *_texts(card)]
    if kind == "dataset":
        found += _tasks_of_dataset(card)
    elif card.pipeline_tag and card.pipeline_tag not in PIPELINE_TAGS:
        found.append(_unknown_task("pipeline_tag", card.pipeline_tag, error=True))
    return found + list(_model_index(card.data.get("model-index")))


def did_you_mean(nearest: str | None) -> str:
    """The end of a sentence that says what is not known."""
    return gettext(": did you mean %r?") % nearest if nearest else "."


def shown(written: str) -> str:
    """What somebody wrote, in quotes, cut where it is too long for a sentence."""
    return repr(written if len(written) <= SHOWN else written[:SHOWN] + "…")


def _unknown_task(field: str, written: str, *, error: bool) -> Problem:
    end = did_you_mean(nearest_tag(written))
    return Problem(
        field,
        gettext("%(field)s: unknown task %(written)s%(end)s")
        % {"field": field, "written": shown(written), "end": end},
        error,
    )


def _tasks_of_dataset(card: Card) -> list[Problem]:
    written = card.data.get("task_categories")
    texts = [item for item in written if isinstance(item, str)] if isinstance(written, list) else []
    unknown = [text for text in texts if text not in PIPELINE_TAGS]
    return [_unknown_task("task_categories", text, error=False) for text in unknown[:MOST_TOLD]]


def _languages(card: Card) -> list[Problem]:
    return [
        Problem(
            "language",
            gettext("language: %(written)s is not an ISO 639 code such as 'en'%(end)s")
            % {"written": shown(written), "end": did_you_mean(code_of(written))},
        )
        for written in [one for one in card.language if not is_language(one)][:MOST_TOLD]
    ]


def _base_models(card: Card) -> list[Problem]:
    return [
        Problem(
            "base_model",
            gettext(
                "base_model: %s is not the name of a repository (namespace/name), so that nobody finds this "
                "model from the one it was made of."
            )
            % shown(written),
        )
        for written in [one for one in card.base_model if not _is_repository(one)][:MOST_TOLD]
    ]


def _is_repository(written: str) -> bool:
    return bool(REPO_ID.fullmatch(written)) and not written.startswith((".", "/"))


def _texts(card: Card) -> list[Problem]:
    """Lists that libraries read as texts."""
    found = []
    for field in ("datasets", "metrics"):
        value = card.data.get(field)
        items = value if isinstance(value, list) else [value]
        if value is not None and not all(isinstance(item, str) for item in items):
            found.append(Problem(field, gettext("%s: must be text or a list of texts.") % field))
    return found


def _model_index(index: Any) -> Iterator[Problem]:
    """The first thing that keeps a client from reading the results: it fails on what is missing."""
    if index is None:
        return
    if not isinstance(index, list):
        yield _misshapen("", "a list of models, each with name and results")
        return
    for number, model in enumerate(index):
        place = f"[{number}]"
        if not isinstance(model, dict) or not isinstance(model.get("name"), str):
            yield _misshapen(place, "an object with a name")
        elif not isinstance(model.get("results"), list):
            yield _misshapen(f"{place}.results", "a list")
        else:
            yield from _results(model["results"], f"{place}.results")


def _results(results: list[Any], place: str) -> Iterator[Problem]:
    needed = {"task": ("type",), "dataset": ("type", "name")}
    for number, result in enumerate(results):
        here = f"{place}[{number}]"
        if not isinstance(result, dict):
            yield _misshapen(here, "an object with task, dataset and metrics")
            continue
        for part, keys in needed.items():
            value = result.get(part)
            if not isinstance(value, dict) or any(key not in value for key in keys):
                yield _misshapen(f"{here}.{part}", f"an object with {' and '.join(keys)}")
        metrics = result.get("metrics")
        if not isinstance(metrics, list) or not all(
            isinstance(metric, dict) and "type" in metric and "value" in metric for metric in metrics
        ):
            yield _misshapen(f"{here}.metrics", "a list of objects with type and value")


def _misshapen(place: str, wanted: str) -> Problem:
    return Problem("model-index", f"model-index{place}: must be {wanted}.", error=True)
