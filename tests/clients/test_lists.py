"""Lists and searches as people ask for them, through the real client."""

import pytest
from huggingface_hub.errors import BadRequestError
from huggingface_hub.utils import paginate

pytestmark = pytest.mark.xdist_group("hub")
CARD = """---
library_name: peft
pipeline_tag: fill-mask
license: mit
language: en
datasets: [squad]
tags: [{tag}]
---
# {name}

Words about {name}.
"""


@pytest.fixture(scope="module")
def lab(join):
    """Somebody with three models, of which one is private, and a dataset."""
    person = join()
    for name in ("tiny-Lister", "large-Lister", "hidden-lister"):
        repo_id = f"{person.name}/{name}"
        person.api.create_repo(repo_id, private=name.startswith("hidden"))
        card = CARD.format(name=name, tag=person.name)
        person.api.upload_file(path_or_fileobj=card.encode(), path_in_repo="README.md", repo_id=repo_id)
    dataset = f"{person.name}/words"
    person.api.create_repo(dataset, repo_type="dataset")
    person.api.upload_file(
        path_or_fileobj=b"---\nlicense: mit\nlanguage: [en]\ntask_categories: [fill-mask]\n---\n",
        path_in_repo="README.md",
        repo_id=dataset,
        repo_type="dataset",
    )
    return person


def names(found) -> list[str]:
    """The names without the owner."""
    return [item.id.partition("/")[2] for item in found]


def test_models_are_listed_by_the_client(lab, visitor, developer):
    def listed(asker, **wanted):
        return sorted(names(asker.api.list_models(author=lab.name, **wanted)))

    both, all_three = ["large-Lister", "tiny-Lister"], ["hidden-lister", "large-Lister", "tiny-Lister"]
    assert listed(visitor) == listed(developer) == both
    assert listed(lab) == all_three
    wanted = {"filter": ["peft", "en"], "trained_dataset": "squad", "pipeline_tag": "fill-mask"}
    assert listed(lab, **wanted) == all_three
    assert listed(visitor, gated=False, **wanted) == both
    assert listed(visitor, gated=True) == []
    assert listed(visitor, num_parameters="min:1B") == []
    assert listed(visitor, inference_provider="all") == listed(visitor, apps="ollama") == []
    for sort in ("created_at", "downloads", "last_modified", "likes", "trending_score"):
        assert listed(visitor, sort=sort) == both
    assert listed(visitor, limit=1) in ([name] for name in both)
    [found] = visitor.api.list_models(search=f"{lab.name}/tiny", cardData=True, full=True)
    assert (found.id, found.pipeline_tag, found.library_name) == (
        f"{lab.name}/tiny-Lister",
        "fill-mask",
        "peft",
    )
    assert found.card_data.license == "mit"
    [found] = visitor.api.list_models(search=f"{lab.name}/tiny", expand=["likes"])
    assert (found.likes, found.downloads) == (0, None)
    with pytest.raises(BadRequestError, match="expand"):
        list(visitor.api.list_models(expand=["absent"]))
    with pytest.raises(BadRequestError, match="num_parameters"):
        list(visitor.api.list_models(num_parameters="6B"))


def test_every_page_is_followed(lab, visitor):
    pages = visitor.api.list_models(filter=lab.name)
    assert sorted(names(pages)) == ["large-Lister", "tiny-Lister"]
    asked = {"filter": lab.name, "limit": 1}
    found = list(paginate(f"{visitor.hub.url}/api/models", params=asked, headers={}))
    assert sorted(item["id"] for item in found) == [f"{lab.name}/large-Lister", f"{lab.name}/tiny-Lister"]


def test_datasets_and_tags_are_listed_by_the_client(lab, visitor):
    found = visitor.api.list_datasets(
        author=lab.name, language="en", task_categories="fill-mask", dataset_name="words", search="words"
    )
    assert names(found) == ["words"]
    assert names(visitor.api.list_datasets(author=lab.name, benchmark=True)) == []
    assert isinstance(visitor.api.get_model_tags(), dict)
    assert isinstance(visitor.api.get_dataset_tags(), dict)


def test_the_command_lists_and_searches(lab, visitor):
    said = visitor.hf("models", "ls", "--author", lab.name, "--search", "lister", "--format", "json")
    assert "tiny-Lister" in said
    assert "hidden" not in said
    assert "words" in visitor.hf(
        "datasets", "ls", "--author", lab.name, "--filter", "language:en", "--format", "json"
    )
