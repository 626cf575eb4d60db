"""SPDX expressions as cards and files write them."""

import pytest

from hub.licensing.catalogue import built_in
from hub.licensing.declared import stated_by
from hub.licensing.expressions import read_expression
from hub.repos.cards import parse_card

BOOK = built_in()


@pytest.mark.parametrize(
    ("written", "ways", "unknown"),
    [
        ("MIT", [{"mit"}], []),
        ("Apache License 2.0", [{"apache-2.0"}], []),
        ("GPL-3.0-or-later", [{"gpl-3.0"}], []),
        ("GPL-2.0+", [{"gpl-2.0"}], []),
        ("Apache-2.0 OR MIT", [{"apache-2.0"}, {"mit"}], []),
        ("MIT AND CC-BY-4.0", [{"mit", "cc-by-4.0"}], []),
        ("mit or (apache-2.0 and bsd-3-clause)", [{"mit"}, {"apache-2.0", "bsd-3-clause"}], []),
        ("(MIT OR Apache-2.0) AND CC0-1.0", [{"mit", "cc0-1.0"}, {"apache-2.0", "cc0-1.0"}], []),
        ("GPL-2.0-only WITH Classpath-exception-2.0", [{"gpl-2.0"}], []),
        ("MIT OR Nobody-1.0", [{"mit"}, {"unknown"}], ["Nobody-1.0"]),
        ("Nobody-1.0", [], ["Nobody-1.0"]),
        # What stands behind WITH and is no exception of SPDX may forbid something.
        ("Apache-2.0 WITH Commons-Clause", [], ["Commons-Clause"]),
        ("MIT AND Apache-2.0 WITH Commons-Clause", [{"mit", "unknown"}], ["Commons-Clause"]),
    ],
)
def test_an_expression_is_the_ways_to_read_it(written, ways, unknown):
    found = read_expression(written, BOOK)
    assert ([set(way) for way in found.ways], list(found.unknown)) == (ways, unknown)


@pytest.mark.parametrize("written", ["()", "llama3 AND ()", "( AND X", "MIT OR", "AND", "((((", "MIT " * 200])
def test_what_is_none_is_a_word_that_nobody_knows(written):
    said = stated_by(parse_card(f'---\nlicense: "{written}"\n---\n'), BOOK)
    assert (said.alternatives, said.unknown) == ((), (written.strip(),))


def test_choices_within_choices_end():
    written = " AND ".join(["(MIT OR ISC)", "(0BSD OR Zlib)"] * 15)
    assert len(read_expression(written[:490].rsplit(" AND", 1)[0], BOOK).ways) <= 64


def test_of_a_list_all_apply():
    said = stated_by(parse_card("---\nlicense: [mit OR isc, cc-by-4.0, nobody]\n---\n"), BOOK)
    assert said.alternatives == (
        frozenset({"mit", "cc-by-4.0", "unknown"}),
        frozenset({"isc", "cc-by-4.0", "unknown"}),
    )
    assert said.unknown == ("nobody",)
