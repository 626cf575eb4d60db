"""Which names a pickle may import: exact data in this folder, and the judgement over it."""

import _compat_pickle
from enum import Enum
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

# Modules of Python's own whose classes people do pickle: what is not allowed there is only suspicious.
MILD_MODULES = frozenset(
    """
    __future__ abc argparse array calendar collections copyreg dataclasses datetime decimal enum fractions
    functools hashlib heapq ipaddress itertools json logging math numbers operator pathlib queue random re
    statistics string struct textwrap threading time types typing unicodedata uuid weakref zoneinfo
    _codecs _collections _datetime _pydatetime _thread _weakref builtins
    """.split()  # noqa: SIM905
)
# Dunder names that are ordinary places to define a class.
PLAIN_DUNDERS = frozenset({"__main__", "__mp_main__", "__init__", "__torch__"})


class Judgement(Enum):
    """What an import by name amounts to."""

    ALLOWED = "known to be harmless"
    UNKNOWN = "not on the list of names known to be harmless"
    DANGEROUS = "can run commands or reach other code"


@cache
def table(file: str) -> dict[str, frozenset[str]]:
    """Read `module: name name` lines, where an indented line goes on with the module before it."""
    names: dict[str, set[str]] = {}
    module = ""
    for line in (HERE / file).read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            module, _, line = line.partition(":")
        names.setdefault(module, set()).update(line.split())
    return {module: frozenset(found) for module, found in names.items()}


@cache
def standard_library() -> frozenset[str]:
    """Top-level modules of the standard library, of every Python that may load the file."""
    lines = (HERE / "standard_library.txt").read_text().splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def prepare() -> None:
    """Read all of it once, for the processes that this one begins."""
    for file in ("allowed.txt", "dangerous.txt"):
        table(file)
    standard_library()


def modern(module: str, name: str) -> tuple[str, str]:
    """The Python 3 name of what Python 2 called (module, name), as the unpickler itself maps it."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def judge(module: str, name: str) -> Judgement:
    """Judge one import; only exact names of the list are allowed, whatever package they are in."""
    module, name = modern(module, name)
    if name in table("allowed.txt").get(module, ()):
        return Judgement.ALLOWED
    parts = [*module.split("."), *name.split(".")]
    if any(is_dunder(part) for part in parts) or is_denied(module, name) or reaches_out(module, name):
        return Judgement.DANGEROUS
    return Judgement.UNKNOWN


def is_dunder(part: str) -> bool:
    """Whether the part is an attribute of Python's own machinery, such as __builtins__."""
    return part.startswith("__") and part.endswith("__") and part not in PLAIN_DUNDERS


def is_denied(module: str, name: str) -> bool:
    """Whether the name, or all of its module, is on the list of known gadgets."""
    denied = table("dangerous.txt")
    parts = module.split(".")
    parents = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return name in denied.get(module, ()) or any("*" in denied.get(parent, ()) for parent in parents)


def reaches_out(module: str, name: str) -> bool:
    """Whether the import ends in the standard library outside what people pickle, also by a dotted name."""
    parts = name.split(".")
    if len(parts) > 1 and any(
        in_library(part) or part in table("dangerous.txt")["builtins"] for part in parts
    ):
        return True
    if module.split(".")[0] in MILD_MODULES:
        return "." in module or name.startswith("_")
    return in_library(module.split(".")[0])


def in_library(top: str) -> bool:
    """Whether a top-level module is Python's own."""
    return top in standard_library() and top not in ("__future__",)
