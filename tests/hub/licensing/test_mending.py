"""A patch that adds a name to the card leaves all else there to the letter."""

import pytest

from hub.errors import InvalidInput
from hub.licensing.mending import CARD, mended

PATCH = {"append": {"base_model": "New/Base"}}


def patched(front: str, patch: dict = PATCH) -> str:
    return mended({CARD: f"---\n{front}\n---\n# Text\n"}, patch, "NOTICE")[CARD]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("license: mit", "license: mit\nbase_model: New/Base"),
        ("base_model: Acme/One # first", "base_model: [Acme/One, New/Base] # first"),
        ("base_model: [Zeta/One, 'Acme/Two']", "base_model: [Zeta/One, 'Acme/Two', New/Base]"),
        (
            "base_model:\n  - Zeta/One  # kept\n  - ACME/two\ntags: [a]",
            "base_model:\n  - Zeta/One  # kept\n  - ACME/two\n  - New/Base\ntags: [a]",
        ),
    ],
)
def test_a_name_comes_after_those_that_are_there(before, after):
    assert patched(before) == f"---\n{after}\n---\n# Text\n"


def test_a_long_list_loses_nothing():
    front = "base_model:\n" + "\n".join(f"- Owner/Model-{number}" for number in range(40))
    assert patched(front) == f"---\n{front}\n- New/Base\n---\n# Text\n"


@pytest.mark.parametrize("front", ["base_model: new/base", "base_model: [a/b, NEW/BASE]"])
def test_a_name_that_is_there_in_other_letters_is_not_added(front):
    assert patched(front) == f"---\n{front}\n---\n# Text\n"


def test_a_card_that_is_not_there_is_made():
    assert mended({CARD: ""}, PATCH, "NOTICE")[CARD].startswith("---\nbase_model: New/Base\n---\n")


@pytest.mark.parametrize(
    "front", ["base_model: {name: a/b}", "base_model: [{name: a/b}]", "{base_model: a/b}", "base_model: ["]
)
def test_a_list_that_only_its_author_can_change_is_left_alone(front):
    with pytest.raises(InvalidInput):
        patched(front)
