"""What a changed licence text has that the licence has not, and the reverse."""

import time

import pytest

from hub.licensing.differences import Difference, differences
from hub.licensing.fingerprints import fingerprint_of
from tests.hub.licensing.texts import BAKERY, MILL

MILL_PRINT = fingerprint_of(MILL, "mill")


def test_a_text_does_not_differ_from_itself():
    assert differences(MILL, MILL_PRINT) == []
    assert differences(f"<pre>{MILL.upper()}</pre>", MILL_PRINT) == []


def test_added_words_are_shown_as_they_are_written():
    changed = MILL.replace("may grind corn", "may (with Our leave, of course) grind corn")
    (one,) = differences(changed, MILL_PRINT)
    assert one.added == "with Our leave, of course"
    assert changed[one.start : one.end] == one.added
    assert one.missing == 0


def test_of_words_that_are_missing_the_place_and_the_number_are_known():
    changed = MILL.replace(", by day and by night", "")
    assert differences(changed, MILL_PRINT) == [
        Difference(changed.index("alone"), changed.index("alone"), "", missing=5)
    ]


def test_with_the_licence_at_hand_the_missing_words_are_shown():
    (one,) = differences(MILL.replace(", by day and by night", ""), MILL_PRINT, MILL)
    assert one.lacking == "by day and by night"


def test_replaced_words_stand_where_others_were():
    (one,) = differences(MILL.replace("river decide", "sea shall decide"), MILL_PRINT, MILL)
    assert (one.added, one.lacking, one.missing) == ("sea shall", "river", 1)


def test_a_clause_that_is_gone_and_one_that_is_new_are_told_apart():
    clause = MILL[MILL.index("5. ") : MILL.index("6. ")]
    changed = MILL.replace(clause, "") + "\n7. The cat of the mill is not for sale.\n"
    gone, new = differences(changed, MILL_PRINT, MILL)
    assert gone.added == ""
    assert gone.lacking == clause[3:].strip().rstrip(".")
    assert new.added == "The cat of the mill is not for sale"


def test_differences_at_both_ends_are_found():
    first, last = differences(f"Dear miller,\n{MILL}\nYours, a friend", MILL_PRINT)
    assert (first.added, last.added) == ("Dear miller", "Yours, a friend")


def test_texts_that_have_nothing_in_common_are_one_difference():
    (one,) = differences(BAKERY, MILL_PRINT)
    assert one.added == BAKERY.strip().rstrip(".")
    assert one.missing == len(MILL_PRINT.hashes) + 2
    assert [each.missing for each in differences("", MILL_PRINT)] == [one.missing]
    assert differences("", fingerprint_of("")) == []


def test_short_texts_are_compared_too():
    assert [one.added for one in differences("two words", fingerprint_of(""))] == ["two words"]
    assert [one.added for one in differences("two words", MILL_PRINT)] == ["two words"]


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("mill " * 50_000, "mill wheel " * 10_000),
        (" ".join(str(n % 7) for n in range(120_000)), " ".join(str(n % 11) for n in range(20_000))),
        (" ".join(f"a b a b a b n{n}" for n in range(15_000)), " ".join(f"b a b n{n}" for n in range(5_000))),
    ],
)
def test_a_large_hostile_text_is_compared_in_bounded_time(text: str, licence: str):
    began = time.process_time()
    differences(text[: 256 * 1024], fingerprint_of(licence))
    assert time.process_time() - began < 10
