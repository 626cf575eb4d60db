"""Which bases a commit names: by name or address, and of very many that there are more."""

import pytest

from hub.compute.bases import MOST, OTHERS
from hub.licensing.facts import UNKNOWN
from hub.licensing.selectors import judged_at, standing_of
from hub.licensing.terms import Terms
from hub.revisions.selectors import resolve_revision
from tests.factories.licences import model

pytestmark = pytest.mark.django_db


def judged(repository):
    return judged_at(resolve_revision(repository, repository.head))


def test_of_more_bases_than_are_followed_nobody_is_told_that_they_ask_nothing():
    base = model("mit", name="base")
    every = [base, *(f"away/model-{number}" for number in range(MOST))]
    terms = Terms.from_json(standing_of(model("mit", *every)).terms)
    assert terms.row("commercial").answer == UNKNOWN
    names = [one.name for one in judged(model("mit", *every)).facts.bases]
    assert len(names) == MOST + 1
    assert OTHERS in names
    said = [one for one in judged(model("mit", *every)).findings if one.case == "others"]
    assert [(one.rule, one.severity) for one in said] == [("L25", "info")]


def test_as_many_as_are_followed_are_all_told():
    names = [f"away/model-{number}" for number in range(MOST)]
    assert OTHERS not in {one.name for one in judged(model("mit", *names)).facts.bases}


def test_a_base_may_be_named_by_its_address():
    base = model("cc-by-nc-4.0", name="base")
    child = model(
        "mit", f"https://example.org/{base.full_name}/tree/main", f"https://example.org/{base.full_name}"
    )
    found = judged(child).facts.bases
    assert {one.name: one.keys for one in found} == {
        base.full_name: {"cc-by-nc-4.0"},
        f"https://example.org/{base.full_name}/tree/main": {UNKNOWN},
    }
