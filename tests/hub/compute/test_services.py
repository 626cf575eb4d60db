"""What the files of a commit say, as rows: when it is read, when it is not, and what is kept of it."""

import json
from datetime import timedelta
from unittest import mock

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from hub.compute import services, subscribers, tasks
from hub.compute.models import Facts
from hub.compute.selectors import facts_at, facts_of_heads
from hub.errors import RevisionNotFound
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.uploads import verify
from storage import s3
from storage import services as storage
from storage.models import Blob
from tests.builders.weights import framed, gguf, index, safetensors
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db(transaction=True)

WEIGHTS = safetensors({"a": ("F16", [2, 3]), "b": ("F32", [4])})
CONFIG = {
    "architectures": ["BertForMaskedLM"],
    "model_type": "bert",
    "max_position_embeddings": 512,
    "id2label": {},
}
TOKENIZER = {
    "bos_token": {"content": "<s>"},
    "mask_token": "[MASK]",
    "chat_template": "{{ m }}",
    "pad_token": None,
}
GGUF = gguf({"general.architecture": (8, "llama"), "llama.context_length": (4, 64)}, {"t": (0, [32])})


def described(files: dict[str, bytes], **more) -> Facts:
    repository = make_repository(files=files, **more)
    return services.describe(repository=repository, commit=repository.head)


def test_the_weights_and_configuration_of_a_model():
    facts = described(
        {
            "model.safetensors": WEIGHTS,
            "config.json": json.dumps(CONFIG).encode(),
            "tokenizer_config.json": json.dumps(TOKENIZER).encode(),
        }
    )
    assert facts.safetensors == {"parameters": {"F16": 6, "F32": 4}, "total": 10}
    assert facts.config == {
        "architectures": ["BertForMaskedLM"],
        "model_type": "bert",
        "tokenizer_config": {"bos_token": "<s>", "mask_token": "[MASK]", "chat_template": "{{ m }}"},
    }
    assert facts.transformers == {
        "auto_model": "AutoModelForMaskedLM",
        "pipeline_tag": "fill-mask",
        "processor": "AutoTokenizer",
    }
    assert (facts.mask_token, facts.context_length, facts.parameters) == ("[MASK]", 512, 10)
    assert (facts.complete, facts.problems, facts.gguf) == (True, [], None)
    assert Repository.objects.get(pk=facts.repository_id).parameters == 10


def test_what_the_files_name_as_their_bases():
    facts = described(
        {
            "adapter_config.json": b'{"base_model_name_or_path": "org/base"}',
            "mergekit_config.yml": b"models:\n  - model: org/part\n",
            "model.gguf": gguf(
                {"general.base_model.0.repo_url": (8, "https://example.org/org/source")}, {"t": (0, [32])}
            ),
        }
    )
    assert [(base["path"], base["name"]) for base in facts.bases] == [
        ("adapter_config.json", "org/base"),
        ("model.gguf", "org/source"),
        ("mergekit_config.yml", "org/part"),
    ]


def test_a_repository_without_weights_has_a_size_and_nothing_else():
    facts = described({"data.csv": b"a,b\n"}, kind="dataset")
    assert facts.complete
    assert facts.size > 4
    assert (facts.safetensors, facts.gguf, facts.config, facts.parameters) == (None, None, None, None)


def test_shards_are_added_up_once_each():
    one, two = safetensors({"a": ("BF16", [3])}), safetensors({"b": ("BF16", [4])})
    named = index({"a": "1.safetensors", "b": "2.safetensors", "c": "2.safetensors"})
    files = {"model.safetensors.index.json": named, "1.safetensors": one, "2.safetensors": two}
    assert described(files).safetensors == {"parameters": {"BF16": 7}, "total": 7}
    del files["2.safetensors"]
    facts = described(files)
    assert facts.safetensors is None
    assert "'2.safetensors', which is not there" in facts.problems[0]


def test_an_adapter_is_the_only_safetensors_there_is():
    files = {
        "adapter_model.safetensors": WEIGHTS,
        "adapter_config.json": b'{"task_type": "CAUSAL_LM", "r": 8}',
    }
    facts = described(files)
    assert (facts.parameters, facts.config) == (10, {"peft": {"task_type": "CAUSAL_LM"}})
    assert described({"a.safetensors": WEIGHTS, "b.safetensors": WEIGHTS}).parameters is None


def test_of_several_gguf_models_the_smallest_is_told_with_all_its_parts():
    larger = gguf({"general.architecture": (8, "other")}, {"t": (0, [9])}, room=6000)
    parts = {f"m-0000{n}-of-00002.gguf": GGUF for n in (1, 2)}
    facts = described({"big.gguf": larger, "mmproj-small.gguf": GGUF, **parts})
    assert facts.gguf == {"total": 9, "architecture": "other", "quantization": "F32"}
    assert described(parts).gguf == {
        "total": 64,
        "architecture": "llama",
        "context_length": 64,
        "quantization": "F32",
    }


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("model.safetensors", framed(b"{")),
        ("model.gguf", b"GGUF"),
        ("config.json", b"[1]"),
        ("config.json", b'{"a": ' * 5000),
        ("model.safetensors.index.json", b"{}"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_the_rest_is_told(path: str, data: bytes):
    facts = described({"tokenizer_config.json": b'{"mask_token": "<m>"}', path: data})
    assert facts.complete
    assert len(facts.problems) == 1
    assert facts.mask_token == "<m>"


def test_odd_values_are_left_out():
    config = {"architectures": [1, "X" * 999, None], "model_type": ["a"], "auto_map": [], "text_config": 3}
    config |= {
        "quantization_config": {"a\0": "\0", "b": 10**40, "c": "\ud800"},
        "max_position_embeddings": True,
    }
    tokenizer = {"chat_template": "x" * 70_000, "mask_token": {"content": 4}, "bos_token": ["a"]}
    facts = described(
        {"config.json": json.dumps(config).encode(), "tokenizer_config.json": json.dumps(tokenizer).encode()}
    )
    assert list(facts.config) == ["quantization_config"]
    assert (facts.transformers, facts.mask_token, facts.context_length) == (None, "", None)


def test_results_are_kept_file_by_file_with_what_is_wrong():
    good = b"- dataset: {id: lab/bench, task_id: all}\n  value: 3.5\n  date: 2026-01-02\n"
    bad = (
        b"- dataset: {id: lab/bench}\n  value: 1\n- value: 2\n- dataset: {id: a, task_id: b}\n  value: [1]\n"
    )
    source = b"- dataset: {id: a, task_id: b}\n  value: x\n  source: {name: me}\n"
    files = {".eval_results/a.yaml": good, ".eval_results/b.yml": bad, ".eval_results/c.yaml": b": [\n"}
    found = described(files | {".eval_results/d.yaml": source, ".eval_results/e/f.yaml": good}).evaluations
    assert found[0] == {
        "filename": ".eval_results/a.yaml",
        "data": {"dataset": {"id": "lab/bench", "task_id": "all"}, "value": 3.5, "date": "2026-01-02"},
    }
    assert ["error" in item for item in found] == [False, True, True, True, True, True]


def test_facts_are_read_and_told_once():
    facts = described({"model.safetensors": WEIGHTS})
    with mock.patch.object(services, "look_at") as look_at:
        tasks.describe(facts.repository_id, facts.commit)
    look_at.assert_not_called()
    assert AuditEvent.objects.filter(event=Event.COMMIT_DESCRIBED).count() == 1


def test_headers_are_read_from_the_store_once_whatever_names_them():
    user = make_user()
    repository = make_repository(user)
    large = safetensors({"a": ("F32", [500_000])})
    add_large(repository, user, "model.safetensors", large)
    repository.refresh_from_db()
    with mock.patch.object(s3, "read_range", wraps=s3.read_range) as read_range:
        services.describe(repository=repository, commit=repository.head)
        commit(repository, user, [AddInline("words.txt", b"new")])
        repository.refresh_from_db()
        facts = services.describe(repository=repository, commit=repository.head)
    assert facts.parameters == 500_000
    assert sum(call.args[2] for call in read_range.call_args_list) < len(large) / 2


def test_a_file_that_is_still_being_verified_is_counted_when_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "VERIFY_INLINE_LIMIT", 10)
    user = make_user()
    repository = make_repository(user)
    with mock.patch("hub.revisions.settling.enqueue") as enqueue:
        add_large(repository, user, "model.safetensors", WEIGHTS)
    repository.refresh_from_db()
    tasks.describe(repository.pk, repository.head)
    assert not facts_at(repository, repository.head).complete
    with mock.patch.object(subscribers, "enqueue") as asked:
        verify(upload_id=enqueue.call_args.args[1])
    assert asked.call_args_list == [mock.call(tasks.describe_head, repository.pk, False)]
    tasks.describe_head(repository.pk, False)
    assert facts_at(repository, repository.head).parameters == 10


def test_a_withheld_file_says_nothing_until_it_is_released():
    facts = described({"model.safetensors": WEIGHTS})
    repository = Repository.objects.get(pk=facts.repository_id)
    sha256 = Blob.objects.get(data=WEIGHTS).pk
    for withhold, total in ((storage.quarantine, None), (storage.release, 10)):
        withhold(sha256=sha256)
        with mock.patch.object(tasks, "enqueue") as asked:
            tasks.describe_holders(sha256)
        assert asked.call_args_list == [mock.call(tasks.describe_head, repository.pk, True)]
        tasks.describe_head(repository.pk, True)
        repository.refresh_from_db()
        assert (repository.parameters, facts_at(repository, repository.head).parameters) == (total, total)


def test_an_older_commit_does_not_speak_for_the_head():
    user = make_user()
    repository = make_repository(user, files={"model.safetensors": WEIGHTS})
    first = repository.head
    commit(repository, user, [DeleteFile("model.safetensors")])
    tasks.describe_head(repository.pk, False)
    tasks.describe(repository.pk, first)
    repository.refresh_from_db()
    assert repository.parameters is None
    assert facts_at(repository, first).parameters == 10
    assert facts_of_heads([repository])[repository.pk].parameters is None


def test_an_older_commit_tells_no_more_what_a_withheld_file_said():
    user = make_user()
    secret = json.dumps(TOKENIZER | {"chat_template": "{{ dangerous }}"}).encode()
    repository = make_repository(user, files={"tokenizer_config.json": secret})
    first = services.describe(repository=repository, commit=repository.head).commit
    commit(repository, user, [DeleteFile("tokenizer_config.json")])
    storage.quarantine(sha256=Blob.objects.get(data=secret).pk)
    tasks.describe_head(repository.pk, True)
    assert facts_at(repository, first) is None
    assert services.describe(repository=repository, commit=first).config is None


def test_a_commit_of_another_repository_is_not_described():
    repository, other = make_repository(files={"a": b"b"}), make_repository()
    with pytest.raises(RevisionNotFound):
        services.describe(repository=other, commit=repository.head)
    tasks.describe(10**9, "0" * 40)
    assert not Facts.objects.exists()


def test_a_repository_that_goes_while_its_files_are_read_is_no_failure():
    repository = make_repository(files={"config.json": b"{}"})
    with mock.patch.object(services, "describe", side_effect=IntegrityError):
        with pytest.raises(IntegrityError):
            tasks.describe(repository.pk, repository.head)
        with mock.patch.object(tasks, "repository_by_id", side_effect=[repository, None]):
            tasks.describe(repository.pk, repository.head)


def test_a_commit_that_is_gone_is_no_failure():
    repository = make_repository(files={"config.json": b"{}"})
    tasks.describe(repository.pk, "0" * 40)
    assert not Facts.objects.exists()


def test_a_silent_store_leaves_it_to_the_sweep():
    repository = make_repository(files={"model.safetensors": WEIGHTS})
    with mock.patch.object(
        services, "safetensors_headers", side_effect=EndpointConnectionError(endpoint_url="x")
    ):
        tasks.describe(repository.pk, repository.head)
    assert not Facts.objects.exists()


def test_two_workers_at_once_describe_it_once():
    repository = make_repository(files={"model.safetensors": WEIGHTS})
    assert failures(race([lambda: tasks.describe(repository.pk, repository.head)] * 2)) == []
    assert Facts.objects.get(repository=repository).parameters == 10
    assert AuditEvent.objects.filter(event=Event.COMMIT_DESCRIBED).count() == 1


def test_the_sweep_asks_for_heads_without_facts_after_a_while():
    waiting, done, fresh = (make_repository(files={"a": b"b"}) for _ in range(3))
    services.describe(repository=done, commit=done.head)
    for repository in (waiting, done):
        Repository.objects.filter(pk=repository.pk).update(updated_at=timezone.now() - timedelta(days=1))
    with mock.patch.object(services, "enqueue") as enqueue:
        tasks.sweep()
    assert [call.args[1:] for call in enqueue.call_args_list] == [(waiting.pk, waiting.head)]
    assert fresh.head


def test_a_landed_commit_is_described_if_the_default_branch_has_it():
    repository = make_repository()
    with mock.patch.object(subscribers, "enqueue") as enqueue:
        for ref in ("refs/heads/other", "refs/heads/main"):
            audit.record(
                Event.COMMIT_LANDED, actor=None, subject=repository.subject, ref=ref, commit=repository.head
            )
    assert enqueue.call_args_list == [mock.call(tasks.describe, repository.pk, repository.head)]
