"""What is said of a card beyond its YAML."""

import pytest

from hub.repos.card_rules import problems_of
from hub.repos.cards import parse_card

RESULTS = """model-index:
- name: tiny
  results:
  - task: {type: text-generation}
    dataset: {type: lambada, name: LAMBADA}
    metrics: [{type: accuracy, value: 0.5}]"""


def said(front: str, kind: str = "model") -> list[tuple[str, bool]]:
    """The field and the gravity of each problem."""
    card = parse_card(f"---\n{front}\n---\n# Title\n")
    assert card.problems == []
    return [(problem.field, problem.error) for problem in problems_of(card, kind)]


@pytest.mark.parametrize(
    "front",
    [
        "",
        "pipeline_tag: text-generation",
        "language: en",
        "language: [en, de, zh-Hans, pt-BR, nds, no, multilingual, code]",
        "base_model: openai-community/gpt2",
        "base_model: [bert-base-uncased, a/b.c_d-e]",
        "datasets: squad\nmetrics: [accuracy, f1]",
        RESULTS,
        "model-index: [{name: tiny, results: []}]",
    ],
)
def test_a_card_as_it_should_be_is_not_mentioned(front):
    assert said(front) == []


@pytest.mark.parametrize(
    ("front", "field", "error"),
    [
        ("pipeline_tag: text-generatoin", "pipeline_tag", True),
        ("pipeline_tag: Text-Generation", "pipeline_tag", True),
        ("language: English", "language", False),
        ("language: xx", "language", False),
        ("language: e", "language", False),
        ("base_model: https://example.org/a/b", "base_model", False),
        ("base_model: ./out/checkpoint", "base_model", False),
        ("base_model: a/b/c", "base_model", False),
        ("datasets: [1]", "datasets", False),
        ("metrics: {a: b}", "metrics", False),
        ("model-index: tiny", "model-index", True),
        ("model-index: [tiny]", "model-index", True),
        ("model-index: [{name: tiny}]", "model-index", True),
        ("model-index: [{name: tiny, results: [1]}]", "model-index", True),
        (RESULTS.replace("type: lambada, ", ""), "model-index", True),
        (RESULTS.replace("task: {type: text-generation}", "task: x"), "model-index", True),
        (RESULTS.replace(", value: 0.5", ""), "model-index", True),
    ],
)
def test_a_problem_names_its_field_and_its_gravity(front, field, error):
    assert said(front) == [(field, error)]


def test_the_tasks_of_a_dataset_are_a_list_of_their_own():
    assert said("task_categories: [question-answering, kuestion]", "dataset") == [("task_categories", False)]
    assert said("pipeline_tag: anything", "dataset") == []


def test_the_nearest_known_name_is_told():
    card = parse_card("---\npipeline_tag: text-generatoin\nlanguage: English\n---\n")
    language, task = (problem.message for problem in problems_of(card, "model"))
    assert task == "pipeline_tag: unknown task 'text-generatoin': did you mean 'text-generation'?"
    assert language.endswith("did you mean 'en'?")
    odd = parse_card(f"---\npipeline_tag: {'q' * 5000}\n---\n")
    assert problems_of(odd, "model")[0].message == f"pipeline_tag: unknown task '{'q' * 100}…'."
