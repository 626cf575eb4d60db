"""What a card's front matter says beside the catalogue's own columns (pure)."""

from collections.abc import Mapping
from typing import Any

RELATIONS = ("adapter", "merge", "quantized", "finetune")


def base_models(card: Mapping[str, Any]) -> dict[str, Any] | None:
    """The models that this one says it comes from, and how; None when it names none."""
    named = card.get("base_model")
    names = [
        name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str) and name
    ]
    if not names:
        return None
    relation = card.get("base_model_relation")
    shape: dict[str, Any] = {"models": [{"id": name} for name in names]}
    return shape | ({"relation": relation} if relation in RELATIONS else {})


def model_index(card: Mapping[str, Any]) -> list[Any] | None:
    """The results that the card declares, as it declares them; None without any."""
    found = card.get("model-index")
    return found if isinstance(found, list) and found else None


def widget_data(card: Mapping[str, Any]) -> list[Any] | None:
    """The examples to try the model with; None without any."""
    found = card.get("widget")
    return found if isinstance(found, list) and found else None


def paper_id(card: Mapping[str, Any]) -> str | None:
    """The dataset's id at Papers with Code, if the card names it."""
    found = card.get("paperswithcode_id")
    return found if isinstance(found, str) and found else None
