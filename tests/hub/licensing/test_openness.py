"""Which class each licence is in."""

import pytest

from hub.licensing.catalogue import as_licence, built_in, catalogue
from hub.licensing.openness import Openness, counted, licences_in, openness_of

BOOK = built_in()


@pytest.mark.parametrize(
    ("licence", "found"),
    [
        ("apache-2.0", Openness.OPEN),
        ("agpl-3.0", Openness.OPEN),
        ("cc-by-sa-4.0", Openness.OPEN),
        ("cc0-1.0", Openness.OPEN),
        ("odbl", Openness.OPEN),
        ("openmdw-1.0", Openness.OPEN),
        ("bigscience-bloom-rail-1.0", Openness.CONDITIONS),
        ("llama3.1", Openness.CONDITIONS),
        ("kimi-k2-mit", Openness.CONDITIONS),
        ("cc-by-nd-4.0", Openness.CONDITIONS),
        ("c-uda", Openness.CONDITIONS),
        ("stability-community", Openness.CONDITIONS),
        ("cc-by-nc-4.0", Openness.RESEARCH),
        ("cc-by-nc-nd-4.0", Openness.RESEARCH),
        ("opt-175b", Openness.RESEARCH),
        ("cc", None),
        ("other", None),
        ("nobody-knows-it", None),
    ],
)
def test_a_licence_is_in_the_class_of_what_it_allows(licence, found):
    assert openness_of(BOOK.known(licence)) == found


def test_every_licence_but_families_is_in_one_class_and_no_name_in_two():
    assert [one.id for one in catalogue() if openness_of(one) is None] == ["cc"]
    names = [name for each in Openness for name in licences_in(each, BOOK)]
    assert len(names) == len(set(names))


def test_counts_of_licences_become_counts_of_classes_in_their_order():
    licences = [("cc-by-nc-4.0", 2), ("mit", 3), ("apache-2.0", 5), ("unheard-of", 7)]
    assert counted(licences, BOOK) == [("open", 8), ("research", 2)]
    assert counted([], BOOK) == []


def test_a_registered_licence_is_in_a_class_as_well():
    book = BOOK.with_([as_licence({"id": "pond-1.0", "name": "Pond", "kind": "research"})])
    assert "pond-1.0" in licences_in(Openness.RESEARCH, book)
    assert counted([("pond-1.0", 2), ("cc-by-nc-4.0", 1)], book) == [("research", 3)]
