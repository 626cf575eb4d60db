"""What the configuration files beside the weights say, as huggingface_hub's users know it (pure)."""

import json
from collections.abc import Mapping
from typing import Any

from hub.compute.documents import DocumentInvalid, read_object
from hub.repos.cards import as_json

MODEL, TOKENIZER, ADAPTER = "config.json", "tokenizer_config.json", "adapter_config.json"
PIPELINE, TEMPLATE = "model_index.json", "chat_template.jinja"
FILES = (MODEL, TOKENIZER, ADAPTER, PIPELINE, TEMPLATE)
LARGEST_FILE = 1024 * 1024
LARGEST_PART = 64 * 1024
LONGEST_TOKEN = 200
TOKENS = ("bos_token", "eos_token", "pad_token", "unk_token", "mask_token")
# Under which names architectures keep how many tokens they see at once.
CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length")

Documents = Mapping[str, dict[str, Any]]


def parse(files: Mapping[str, bytes]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The files that are JSON objects, as JSON that PostgreSQL keeps, and sentences on those that are not."""
    documents, problems = {}, []
    for name, data in files.items():
        if name == TEMPLATE:
            documents[name] = {"text": as_json(data.decode("utf-8", "replace"))}
            continue
        try:
            documents[name] = as_json(read_object(data))
        except DocumentInvalid as problem:
            problems.append(f"{name}: {problem}.")
        except RecursionError:
            problems.append(f"{name}: it is nested too deeply.")
    return documents, problems


def config_of(documents: Documents) -> dict[str, Any] | None:
    """The parts of the configuration that tell how to load the model; None when there is nothing to tell."""
    model, tokenizer = documents.get(MODEL, {}), documents.get(TOKENIZER, {})
    adapter, pipeline = documents.get(ADAPTER, {}), documents.get(PIPELINE, {})
    parts = {
        "architectures": architectures(documents) or None,
        "model_type": _text(model.get("model_type")),
        "auto_map": _small(model.get("auto_map"), dict),
        "quantization_config": _small(model.get("quantization_config"), dict),
        "tokenizer_config": tokenizer_parts(tokenizer) or None,
        "chat_template_jinja": _small(documents.get(TEMPLATE, {}).get("text"), str),
        "peft": _kept(adapter, ("base_model_name_or_path", "task_type", "peft_type")) or None,
        "diffusers": _kept(pipeline, ("_class_name",)) or None,
    }
    return {name: part for name, part in parts.items() if part is not None} or None


def tokenizer_parts(tokenizer: Mapping[str, Any]) -> dict[str, Any]:
    """The special tokens as texts, and the template of a conversation."""
    parts = {name: token(tokenizer.get(name)) for name in TOKENS}
    parts["chat_template"] = _small(tokenizer.get("chat_template"), (str, list))
    return {name: part for name, part in parts.items() if part}


def token(value: Any) -> str | None:
    """A special token, which is written as a text or as an object with its `content`."""
    return _text(value.get("content") if isinstance(value, dict) else value)


def architectures(documents: Documents) -> list[str]:
    """The names of the classes that the weights were saved from."""
    found = documents.get(MODEL, {}).get("architectures")
    return [name for name in map(_text, found if isinstance(found, list) else []) if name][:10]


def context_length(documents: Documents) -> int | None:
    """How many tokens the model sees at once, if its configuration says so."""
    model = documents.get(MODEL, {})
    inner = model.get("text_config")
    for config in (model, inner if isinstance(inner, dict) else {}):
        for key in CONTEXT_KEYS:
            found = config.get(key)
            if type(found) is int and 0 < found < 2**53:
                return found
    return None


def _kept(document: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, str]:
    return {key: text for key in keys if (text := _text(document.get(key)))}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_TOKEN else None


def _small(value: Any, kinds: type | tuple[type, ...]) -> Any:
    """The value if it is of that kind, says something, and is small enough to be told in a list."""
    if not isinstance(value, kinds) or not value:
        return None
    return value if len(json.dumps(value)) <= LARGEST_PART else None
