"""Which files of a repository hold licences, for what, and as what; by their names alone."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from hub.licensing.facts import LicenceFile, Role, Scope

# A licence is text: the longest in use have 60 KB; notices of third parties are longer.
SIZE_MAX = 256 * 1024
MOST_FILES = 20
FOLDERS = {"licenses", "licences", "license", "licence", "model_licenses", "model-licenses", "legal"}
LICENCE_WORDS = {"license", "licence", "licenses", "licences", "copying", "unlicense"}
NOTICE_WORDS = {"notice", "notices"}
# Names such as LICENSE.MIT and LICENSE-2.0 have endings too, so what is not text is listed.
NOT_TEXT = re.compile(
    r"\.(?:py|pyi|js|ts|c|h|cc|cpp|rs|go|java|sh|bat|css|ipynb|json|jsonl|ya?ml|toml|cfg|ini|lock|xml|csv|tsv|"
    r"parquet|arrow|pdf|docx?|odt|png|jpe?g|gif|svg|webp|bin|safetensors|gguf|pt|pth|ckpt|onnx|npy|npz|zip|gz|tar)"
)


SCOPES = {
    Scope.PART: {"third", "3rd", "thirdparty", "3rdparty", "vendor", "vendored", "dependencies"},
    Scope.WEIGHTS: {"model", "models", "weight", "weights", "checkpoint", "checkpoints"},
    Scope.DATA: {"data", "dataset", "datasets", "database"},
    Scope.DOCS: {"doc", "docs", "documentation"},
    Scope.CODE: {"code", "source", "src", "software"},
}


def licence_files(paths: Iterable[str]) -> list[LicenceFile]:
    """The licence files at the top and one folder down, at most 20: the top first, and licences first."""
    found = [file for path in paths if (file := _licence_file(path))]
    found.sort(key=lambda one: (one.path.count("/"), list(Role).index(one.role), one.path))
    return found[:MOST_FILES]


def _licence_file(path: str) -> LicenceFile | None:
    place = PurePosixPath(path)
    if len(place.parts) > 2 or NOT_TEXT.fullmatch(place.suffix.lower()):
        return None
    words = _words(place.name)
    role = _role(words, place.parent.name.lower() in FOLDERS)
    return LicenceFile(path, role, _scope(words) or _scope_of(place.parent.name)) if role else None


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", name.lower()))


def _role(words: set[str], in_folder: bool) -> Role | None:
    if "policy" in words and "use" in words:
        return Role.POLICY
    if words & NOTICE_WORDS:
        return Role.NOTICE
    if words & LICENCE_WORDS or (in_folder and "readme" not in words):
        return Role.LICENCE
    return None


def _scope_of(folder: str) -> Scope:
    """What is in a folder is about the whole only where the folder is there for licences."""
    kept = folder.lower() in {"", *FOLDERS}
    return _scope(_words(folder)) or (Scope.ALL if kept else Scope.PART)


def _scope(words: set[str]) -> Scope:
    return next((scope for scope, named in SCOPES.items() if words & named), Scope.ALL)
