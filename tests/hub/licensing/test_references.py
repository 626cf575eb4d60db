"""Every licence that the hub knows, changed as texts are changed, on the level of its trigrams.

The texts themselves are in no repository; what is done to a text is done to the hashes of its words here.
"""

from collections.abc import Iterator

import pytest

from hub.licensing.fingerprints import Fingerprint, fingerprint_of, hashes_of
from hub.licensing.normal_form import normal_form
from hub.licensing.passages import Ground
from hub.licensing.picks import Pick, whole_licences
from hub.licensing.references import References, known_fingerprints, known_references, references_with
from tests.hub.licensing.texts import BAKERY, MILL, RESEARCH_MILL

WITH_TEXT = [one for one in known_fingerprints() if one.hashes]
STRANGE = list(hashes_of(normal_form(BAKERY).words))
# So much of a licence goes with one clause, and so many clauses are tried.
CLAUSE, CLAUSES = 0.06, 5
# What is left of one of these without a clause is the other: a clause is all that tells them apart.
A_CLAUSE_APART = {
    frozenset({"bsd-2-clause", "bsd-3-clause"}),
    frozenset({"bsd-3-clause", "bsd-4-clause"}),
    frozenset({"bsd-3-clause", "bsd-3-clause-clear"}),
    frozenset({"mit", "mit-0"}),
    frozenset({"mit", "x11"}),
    frozenset({"mit", "kimi-k2-mit"}),
    frozenset({"isc", "0bsd"}),
}


def picked(hashes: list[int]) -> list[Pick]:
    """The whole licences in a sequence of trigrams."""
    return whole_licences(Ground(hashes, known_references()))


def new_words(number: int, salt: int) -> list[int]:
    """Trigrams that stand in no licence."""
    return list(hashes_of([f"{salt}x{n}" for n in range(number + 2)]))


def without_clauses(hashes: list[int]) -> Iterator[list[int]]:
    """The trigrams without a stretch, whose two ends meet in two new ones."""
    size = max(int(len(hashes) * CLAUSE), 3)
    for n in range(CLAUSES):
        start = n * (len(hashes) - size) // (CLAUSES - 1)
        yield hashes[:start] + new_words(2, n) + hashes[start + size :]


def name(reference: Fingerprint) -> str:
    """For the name of a test."""
    return f"{reference.key}-{reference.source.rpartition(' ')[2]}"


@pytest.mark.parametrize("reference", WITH_TEXT, ids=name)
def test_a_licence_is_itself_alone_and_in_a_larger_file(reference: Fingerprint):
    own = list(reference.hashes)
    for hashes in (own, STRANGE + own, own + STRANGE, STRANGE + own + STRANGE):
        (pick,) = picked(hashes)
        assert (pick.key, pick.undecided) == (reference.key, False)
        assert pick.passage.dice >= 0.97


@pytest.mark.parametrize("reference", WITH_TEXT, ids=name)
def test_a_licence_with_other_names_in_it_is_never_another(reference: Fingerprint):
    hashes = list(reference.hashes)
    for n, at in enumerate(range(40, len(hashes) - 3, max(len(hashes) // 6, 60))):
        hashes[at : at + 3] = new_words(4, n)
    picks = picked(hashes)
    assert picks
    for pick in picks:
        assert reference.key in ({pick.key, pick.runner_up} if pick.undecided else {pick.key})


@pytest.mark.parametrize("reference", WITH_TEXT, ids=name)
def test_a_licence_without_a_clause_is_never_another(reference: Fingerprint):
    for hashes in without_clauses(list(reference.hashes)):
        picks = picked(hashes)
        assert picks
        for pick in picks:
            meant = {pick.key, pick.runner_up} if pick.undecided else {pick.key}
            apart = frozenset({reference.key, pick.key}) in A_CLAUSE_APART and pick.passage.dice > 0.94
            assert reference.key in meant or apart, (pick.key, pick.runner_up, pick.passage)


def test_two_licences_in_one_file_are_both_found():
    by_key = {one.key: list(one.hashes) for one in WITH_TEXT}
    for first, second in (
        ("apache-2.0", "mit"),
        ("llama3.1", "gemma"),
        ("gpl-3.0", "lgpl-3.0"),
        ("mit", "cc-by-4.0"),
    ):
        both = by_key[first] + new_words(2, 1) + by_key[second]
        assert {pick.key for pick in picked(both)} == {first, second}


def test_siblings_are_all_there_to_be_told_apart():
    siblings = """
    opt-175b glm-130b bigscience-bloom-rail-1.0 bigscience-openrail-m creativeml-openrail-m openrail++
    bigcode-openrail-m llama1 llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma tongyi-qianwen
    tongyi-research qwen-2024 deepseek-1.0 falcon-2-11b dbrx stability-community svd-nc-community
    sdxl-0.9-research flux-1-dev-nc kimi-k2-mit nvidia-open-model exaone-1.1-nc openmdw-1.0
    deepfloyd-if-license
    """.split()  # noqa: SIM905
    assert [key for key in siblings if key not in known_references().keys] == []


def test_a_registry_adds_licences_and_replaces_those_it_has_too():
    references = references_with([fingerprint_of(MILL, "mill"), fingerprint_of(RESEARCH_MILL, "mit")])
    (pick,) = whole_licences(Ground(hashes_of(normal_form(MILL).words), references))
    assert pick.key == "mill"
    (pick,) = whole_licences(Ground(hashes_of(normal_form(RESEARCH_MILL).words), references))
    assert pick.key == "mit"
    assert len(references.of("mit")) == 1
    assert len(references.of("apache-2.0")) == 2


def test_a_title_stays_with_the_first_who_has_it():
    titles = ["MIT License", "Watermill License Agreement"]
    references = references_with([fingerprint_of(MILL, "mill", titles), fingerprint_of("", "wind", titles)])
    assert references.titles["mit", "license"] == known_references().titles["mit", "license"] == "mit"
    assert references.titles["watermill", "license"] == "mill"


def test_no_references_find_nothing():
    assert whole_licences(Ground(hashes_of(normal_form(MILL).words), References([]))) == []
