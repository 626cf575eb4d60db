"""Which models the files beside the card name as what this one was made of."""

import pytest

from hub.compute.bases import MOST, OTHERS, named_bases

MERGE = """
base_model: org/base
models:
  - model: a/one
    parameters: {weight: 0.5}
  - model: {model: {path: b/two}}
  - model: c/three+d/adapter
slices:
  - sources:
      - model: e/four
        layer_range: [0, 8]
experts:
  - source_model: f/five
"""


def names(**said) -> list[str]:
    found = named_bases(said.get("documents", {}), said.get("metadata", {}), said.get("merges", {}))
    return [base["name"] for base in found]


def test_an_adapter_and_a_model_saved_again_name_what_they_were_loaded_from():
    documents = {
        "adapter_config.json": {"base_model_name_or_path": "org/base"},
        "config.json": {"_name_or_path": "org/other"},
    }
    assert named_bases(documents, {}, {}) == [
        {"name": "org/base", "path": "adapter_config.json", "field": "base_model_name_or_path"},
        {"name": "org/other", "path": "config.json", "field": "_name_or_path"},
    ]


def test_gguf_files_name_their_bases_by_address():
    metadata = {
        "general.base_model.count": 2,
        "general.base_model.0.repo_url": "https://example.org/org/base",
        "general.base_model.1.repo_url": "https://example.org/org/second/",
        "general.source.repo_url": "https://example.org/org/source?x=1",
        "general.url": "https://example.org/org/itself",
    }
    assert names(metadata={"m.gguf": metadata}) == ["org/base", "org/second", "org/source"]


def test_a_merge_names_its_parts():
    assert names(merges={"mergekit_config.yml": MERGE}) == [
        *("org/base", "a/one", "b/two", "c/three", "f/five", "e/four"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        *("/home/me/model", "./model", "model", "../a/b", "a/b/c", "checkpoints/last", "~/a", "C:\\a\\b"),
        *("", "a b/c", "org/", "/name", 7, None, ["org/base"], {"a": 1}, "https://example.org/only"),
    ],
)
def test_paths_and_nonsense_name_nothing(value):
    assert names(documents={"config.json": {"_name_or_path": value}}) == []


@pytest.mark.parametrize(
    "text", ["", "- a", "models: 3", "models: [3, {model: 4}]", "{", "slices: [{sources: 1}]"]
)
def test_merges_that_cannot_be_read_name_nothing(text):
    assert names(merges={"mergekit.yml": text}) == []


def test_each_base_is_told_once_a_file_and_not_without_end():
    def merge(parts: int) -> list[str]:
        text = "models:\n" + "".join(f"  - model: org/part-{number % parts}\n" for number in range(2 * parts))
        return names(merges={"mergekit.yml": text})

    assert len(merge(MOST)) == MOST
    assert merge(MOST + 1) == [*merge(MOST), OTHERS]
    assert len(merge(5 * MOST)) == MOST + 1
    assert names(merges={"mergekit.yml": "models: [{model: a/b}, {model: A/B}]"}) == ["a/b"]
