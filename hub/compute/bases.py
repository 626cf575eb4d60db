"""Which models the files beside the card say that this one was made of (pure).

An adapter names its base (peft's adapter_config.json), a model that was saved again where it was loaded from
(transformers' config.json), a gguf file what it was converted or made from (ggml docs/gguf.md), and a merge
its parts (mergekit's configuration).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hub.compute.configs import ADAPTER, MODEL
from hub.repos.cards import YamlUnreadable, load_yaml

Objects = Mapping[str, Mapping[str, Any]]
MERGES = ("mergekit_config.yml", "mergekit_config.yaml", "mergekit.yml", "mergekit.yaml")
MOST = 50
# The name of all beyond those.
OTHERS = "…"
# A namespace and a name, and nothing that is a path on somebody's machine.
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w-][\w.-]{0,95}", re.ASCII)
_ADDRESS = re.compile(r"https?://[^/\s]+/([^/\s]+/[^/\s?#]+?)(?:\.git)?/?(?:[?#].*)?")
_GGUF = re.compile(r"general\.(?:base_model\.\d+|source)\.(?:repo_url|url)")
# Folders that people keep their own work in: such a path says nothing of a base.
_FOLDERS = (
    "checkpoints",
    "checkpoint",
    "output",
    "outputs",
    "results",
    "tmp",
    "models",
    "data",
    "ckpts",
    "ckpt",
)


def named_bases(
    documents: Mapping[str, dict[str, Any]],
    metadata: Mapping[str, Mapping[str, Any]],
    merges: Mapping[str, str],
) -> list[dict[str, str]]:
    """Up to MOST bases as {name, path, field}, each name once for each file; of more, OTHERS in one of them.

    `documents` are the JSON files by path, `metadata` that of gguf files, `merges` mergekit's texts.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for path, name_field, value in _said(documents, metadata, merges):
        name = repository_in(value)
        if not name or (name.lower(), path) in found:
            continue
        if len(found) == MOST:
            found[OTHERS, path] = {"name": OTHERS, "path": path, "field": name_field}
            break
        found[name.lower(), path] = {"name": name, "path": path, "field": name_field}
    return list(found.values())


def _said(
    documents: Mapping[str, dict[str, Any]],
    metadata: Mapping[str, Mapping[str, Any]],
    merges: Mapping[str, str],
) -> Iterator[tuple[str, str, Any]]:
    for path, key in ((ADAPTER, "base_model_name_or_path"), (MODEL, "_name_or_path")):
        yield path, key, documents.get(path, {}).get(key)
    for path, said in metadata.items():
        for key in sorted(filter(_GGUF.fullmatch, said)):
            yield path, key, said[key]
    for path, text in merges.items():
        for key, value in _merged(text):
            yield path, key, value


def repository_in(value: Any) -> str | None:
    """A repository's name out of a name or an address; None for a path and all else."""
    if not isinstance(value, str):
        return None
    if address := _ADDRESS.fullmatch(value):
        value = address[1]
    # mergekit writes an adapter that is put on after a plus sign.
    value = value.partition("+")[0]
    if not _REPOSITORY.fullmatch(value) or value.lower().partition("/")[0] in _FOLDERS:
        return None
    return value


def _merged(text: str) -> Iterator[tuple[str, Any]]:
    """The parts of a merge: mergekit's base_model, models, sources of slices, and experts."""
    try:
        said = load_yaml(text)
    except YamlUnreadable:
        return
    if not isinstance(said, dict):
        return
    yield "base_model", _model(said.get("base_model"))
    for key, inner in (("models", "model"), ("experts", "source_model")):
        for each in _objects(said.get(key)):
            yield key, _model(each.get(inner))
    for part in _objects(said.get("slices")):
        for source in _objects(part.get("sources")):
            yield "slices", _model(source.get("model"))


def _model(value: Any) -> Any:
    """A model as mergekit writes it: its name, or an object with its path."""
    while isinstance(value, dict):
        value = value.get("model", value.get("path"))
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
