"""Which bases a commit names: by name or address, and of very many that there are more."""

import pytest

from hub.compute.bases import MOST, OTHERS
from hub.compute.services import describe
from hub.licensing.facts import UNKNOWN
from hub.licensing.selectors import findings_of, judged_at, standing_of
from hub.licensing.terms import Terms
from hub.revisions.selectors import resolve_revision
from tests.factories.licences import model, say

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


def test_a_base_that_the_card_names_later_than_a_file_is_the_same_one(queued):
    base = model("apache-2.0", name="base")
    adapter = f'{{"base_model_name_or_path": "{base.full_name}", "peft_type": "LORA"}}'
    child = model("apache-2.0", files={"adapter_config.json": adapter.encode()})
    describe(repository=child, commit=child.head)
    queued.run()
    say(base, "cc-by-nc-4.0")
    queued.run()
    assert {"L20", "L21"} <= {one.rule for one in findings_of([child])[child.pk]}
    say(child, "apache-2.0", base.full_name)
    queued.run()
    assert "L21" in {one.rule for one in findings_of([child])[child.pk]}
    assert "L20" not in {one.rule for one in findings_of([child])[child.pk]}
