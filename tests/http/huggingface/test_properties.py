"""What `expand`, `full`, `cardData`, `config`, `blobs` and `securityStatus` bring, and what they cost."""

import json
from typing import get_args

import pytest
from django.http import HttpResponse
from huggingface_hub import hf_api

from accounts.roles import Role
from hub.compute import services as compute
from hub.http.huggingface.properties import TABLE
from hub.repos.models import Repository
from hub.revisions.attributes import INITIAL_ATTRIBUTES
from hub.revisions.operations import AddInline
from storage import services as storage
from storage.models import Blob
from tests.builders.weights import framed, index, safetensors
from tests.factories.accounts import make_member, make_organisation
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api

WEIGHTS = safetensors({"a": ("F16", [2, 3])}, {"format": "pt"})
CARD = b"---\nbase_model: lab/base\nbase_model_relation: finetune\nwidget: [{text: hi}]\n---\n# T\n\nWords.\n"
FILES = {
    "README.md": CARD,
    "config.json": b'{"architectures": ["BertModel"], "model_type": "bert"}',
    "model.safetensors": WEIGHTS,
    "folder/deep/file.txt": b"x",
}
pytestmark = pytest.mark.django_db


def model(owner: Api, name: str = "m", files: dict[str, bytes] | None = None, **more) -> Repository:
    """A described repository of ada's."""
    repository = make_repository(owner.user, name=name, files=files or FILES, **more)
    compute.describe(repository=repository, commit=repository.head)
    return repository


def asked(names: list[str]) -> str:
    return "&".join(f"expand={name}" for name in names)


@pytest.mark.parametrize(
    ("kind", "documented"),
    [("model", hf_api.ExpandModelProperty_T), ("dataset", hf_api.ExpandDatasetProperty_T)],
)
def test_the_names_are_those_that_the_client_documents(kind: str, documented):
    assert set(TABLE[kind]) == set(get_args(documented))


def test_expand_brings_what_it_names_and_nothing_else(owner: Api, anybody: Api):
    model(owner)
    for name in TABLE["model"]:
        assert set(anybody.get(f"/api/models/ada/m?expand={name}").json()) == {"_id", "id", name}
        [row] = anybody.get(f"/api/models?expand={name}").json()
        assert set(row) == {"_id", "id", name}


def test_what_the_files_and_the_card_say(owner: Api, anybody: Api):
    repository = model(owner)
    make_repository(name="child", files={"README.md": b"---\nbase_model: ada/m\n---\n"})
    make_repository(
        name="hidden", visibility="private", files={"README.md": b"---\nbase_model: ada/m\n---\n"}
    )
    found = anybody.get(f"/api/models/ada/m?{asked(list(TABLE['model']))}").json()
    assert found["safetensors"] == {"parameters": {"F16": 6}, "total": 6}
    assert found["config"] == {"architectures": ["BertModel"], "model_type": "bert"}
    assert found["transformersInfo"] == {"auto_model": "AutoModel"}
    assert found["baseModels"] == {"relation": "finetune", "models": [{"id": "lab/base"}]}
    assert found["widgetData"] == [{"text": "hi"}]
    assert found["childrenModelCount"] == 1
    assert found["sha"] == repository.head
    assert (found["inference"], found["inferenceProviderMapping"], found["spaces"]) == (None, [], [])
    assert {"rfilename": "folder/deep/file.txt"} in found["siblings"]
    assert found["usedStorage"] == sum(len(data) for data in FILES.values()) + len(INITIAL_ATTRIBUTES)


def test_a_dataset_has_names_of_its_own(owner: Api, anybody: Api):
    card = b"---\npaperswithcode_id: squad\n---\n# T\n\nWords of it.\n"
    model(owner, "d", {"README.md": card}, kind="dataset")
    found = anybody.get(f"/api/datasets/ada/d?{asked(list(TABLE['dataset']))}").json()
    assert (found["description"], found["citation"], found["paperswithcode_id"]) == (
        "Words of it.",
        None,
        "squad",
    )
    assert found["mainSize"] == len(card) + len(INITIAL_ATTRIBUTES)
    assert refusal(anybody.get("/api/datasets/ada/d?expand=safetensors"))


def refusal(answer: HttpResponse) -> bool:
    """Whether it is a 400 that names `expand`."""
    return (answer.status_code, answer.json()["field"]) == (400, "expand")


@pytest.mark.parametrize("address", ["/api/models", "/api/models/ada/m"])
@pytest.mark.parametrize(
    "query",
    ["expand=nonsense", "expand=", "expand=author&expand=licenceCheck", "expand=%00", "expand=author,sha"]
    + [f"expand=author&{name}=true" for name in ("full", "cardData", "config")],
)
def test_a_wrong_expand_is_refused_by_name(owner: Api, anybody: Api, address: str, query: str):
    model(owner)
    assert refusal(anybody.get(f"{address}?{query}"))


def test_full_card_data_and_config_add_to_a_list(owner: Api, anybody: Api):
    model(owner)
    plain, full, card, config = (
        anybody.get(f"/api/models{query}").json()[0]
        for query in ("", "?full=true", "?cardData=true", "?config=true")
    )
    assert set(full) - set(plain) == {"siblings"}
    assert set(card) - set(plain) == {"cardData"}
    assert set(config) - set(plain) == {"config"}
    assert card["cardData"]["base_model"] == "lab/base"


def test_another_revision_has_its_own_card_and_the_facts_of_its_own_commit(owner: Api, anybody: Api):
    repository = model(owner)
    first = repository.head
    commit(repository, owner.user, [AddInline("README.md", b"---\nlicense: mit\n---\n")])
    at = {rev: anybody.get(f"/api/models/ada/m/revision/{rev}").json() for rev in ("main", first)}
    repository.refresh_from_db()
    assert (at[first]["sha"], at["main"]["sha"]) == (first, repository.head)
    assert at[first]["cardData"]["base_model"] == "lab/base"
    assert at["main"]["cardData"] == {"license": "mit"}
    assert (at[first]["safetensors"]["total"], at["main"]["safetensors"]) == (6, None)


def test_blobs_bring_sizes_and_ids(owner: Api, anybody: Api):
    model(owner)
    found = anybody.get("/api/models/ada/m?blobs=true").json()["siblings"]
    [config] = [file for file in found if file["rfilename"] == "config.json"]
    assert (config["size"], len(config["blobId"])) == (len(FILES["config.json"]), 40)


def test_files_of_a_large_repository_are_left_to_its_info(owner: Api, anybody: Api):
    model(owner, files={f"{n}.txt": b"x" for n in range(1001)})
    model(owner, "deep", files={"/".join("abcdefghijklmnop"): b"x"})
    model(owner, "small", files={"a/b": b"x"})
    rows = {row["id"]: row["siblings"] for row in anybody.get("/api/models?full=true").json()}
    assert (rows["ada/m"], rows["ada/deep"]) == (None, None)
    assert [file["rfilename"] for file in rows["ada/small"]] == [".gitattributes", "a/b"]
    assert len(anybody.get("/api/models/ada/m").json()["siblings"]) == 1002


def test_a_list_with_everything_costs_as_much_for_three_as_for_twelve(
    owner: Api, anybody: Api, django_assert_max_num_queries
):
    address = f"/api/models?limit=50&{asked(list(TABLE['model']))}"
    for number in range(12):
        model(owner, f"m{number}")
        if number in (2, 11):
            with django_assert_max_num_queries(14):
                assert len(anybody.get(address).json()) == number + 1


def test_info_without_files_costs_the_same_whatever_there_is(
    owner: Api, anybody: Api, django_assert_max_num_queries
):
    model(owner, files={f"a/{n}/b/c.txt": b"x" for n in range(40)})
    with django_assert_max_num_queries(3):
        assert anybody.get("/api/models/ada/m?expand=sha&expand=tags&expand=cardData").status_code == 200


SHARDS = {
    "sub/model.safetensors.index.json": index({"a": "1.safetensors", "b": "2.safetensors"}, total_size=12),
    "sub/1.safetensors": safetensors({"a": ("F16", [2, 3])}, {"format": "pt"}),
    "sub/2.safetensors": safetensors({"b": ("I8", [1])}),
}
INDEX = "/api/models/{}/safetensors-metadata/sub/model.safetensors.index.json"


def test_the_headers_of_shards_as_they_stand_in_the_files(
    owner: Api, anybody: Api, django_assert_max_num_queries
):
    repository = model(owner, files=SHARDS)
    answer = anybody.get(INDEX.format("ada/m"))
    found = answer.json()
    assert found["index"] == {"metadata": {"total_size": 12}}
    assert list(found["headers"]) == ["1.safetensors", "2.safetensors"]
    assert found["headers"]["1.safetensors"]["a"] == {
        "dtype": "F16",
        "shape": [2, 3],
        "data_offsets": [0, 12],
    }
    assert found["headers"]["1.safetensors"]["__metadata__"] == {"format": "pt"}
    assert answer["X-Repo-Commit"] == repository.head
    for count in (3, 30):
        files = {f"sub/{n}.safetensors": safetensors({f"t{n}": ("U8", [n])}) for n in range(count)}
        files["sub/model.safetensors.index.json"] = index({path: path[4:] for path in files})
        model(owner, f"shards{count}", files)
        anybody.get(INDEX.format(f"ada/shards{count}"))
        with django_assert_max_num_queries(16):
            assert len(anybody.get(INDEX.format(f"ada/shards{count}")).json()["headers"]) == count


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ({"a": b"b"}, 404, "EntryNotFound"),
        ({**SHARDS, "sub/1.safetensors": framed(b"{")}, 422, "HeaderInvalid"),
        ({**SHARDS, "sub/model.safetensors.index.json": b"[]"}, 422, "HeaderInvalid"),
        ({**SHARDS, "sub/model.safetensors.index.json": index({"a": "../x"})}, 404, "EntryNotFound"),
        ({**SHARDS, "sub/model.safetensors.index.json": index({"a": "/"})}, 404, "EntryNotFound"),
        ({"sub/model.safetensors.index.json/file": b""}, 404, "EntryNotFound"),
    ],
)
def test_headers_that_are_not_to_be_had(owner: Api, anybody: Api, files, status: int, code: str):
    model(owner, files=files)
    answer = anybody.get(INDEX.format("ada/m"))
    assert (answer.status_code, answer["X-Error-Code"]) == (status, code)


def test_withheld_shards_stay_withheld_though_their_headers_are_known(owner: Api, anybody: Api):
    model(owner, files=SHARDS)
    assert anybody.get(INDEX.format("ada/m")).status_code == 200
    storage.quarantine(sha256=Blob.objects.get(data=SHARDS["sub/2.safetensors"]).pk)
    answer = anybody.get(INDEX.format("ada/m"))
    assert (answer.status_code, answer["X-Error-Code"]) == (403, "BlobQuarantined")


def test_headers_are_for_those_who_may_pull(owner: Api, anybody: Api):
    organisation = make_organisation("the-lab", owner=owner.user)
    for name, change in (("gated", {"gated": "manual"}), ("hidden", {"visibility": "private"})):
        make_repository(owner.user, namespace=organisation, name=name, files=SHARDS)
        Repository.objects.filter(name=name).update(**change)
        reader = Api(make_member(organisation, Role.READ))
        address = INDEX.format(f"the-lab/{name}")
        assert (anybody.get(address).status_code, reader.get(address).status_code) == (401, 200)


def test_a_large_shard_is_read_by_its_header_alone(owner: Api, anybody: Api):
    repository = model(owner, files={"model.safetensors.index.json": index({"w": "w.safetensors"})})
    add_large(repository, owner.user, "w.safetensors", safetensors({"w": ("F32", [600_000])}))
    found = anybody.get("/api/models/ada/m/safetensors-metadata/model.safetensors.index.json").json()
    assert found["headers"]["w.safetensors"]["w"]["shape"] == [600_000]
    assert json.dumps(found)
