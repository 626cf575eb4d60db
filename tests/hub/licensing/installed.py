"""The licence and notice files of the packages that are installed where the tests run."""

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import PurePosixPath

from hub.licensing.files import NOT_TEXT, SIZE_MAX

NAME = re.compile(r"(?:un)?licen[cs]e|copying|notice|third[-_ ]?party", re.IGNORECASE)


@dataclass(frozen=True)
class Installed:
    """A file of a package: its path without a version, its text, and what the package declares."""

    path: str
    text: str
    declared: str


def installed_files() -> list[Installed]:
    """Each different file once, in the order of packages and paths."""
    found: dict[str, Installed] = {}
    for package in sorted(distributions(), key=lambda one: one.metadata["Name"].lower()):
        for path in sorted(package.files or (), key=str):
            one = _read(package, PurePosixPath(path))
            if one is not None:
                found.setdefault(hashlib.sha256(one.text.encode()).hexdigest(), one)
    return list(found.values())


def _read(package: Distribution, path: PurePosixPath) -> Installed | None:
    if (
        not NAME.match(path.name)
        or NOT_TEXT.fullmatch(path.suffix.lower())
        or path.suffix in (".pyc", ".ABOUT")
    ):
        return None
    file = package.locate_file(path)
    if not file.is_file() or file.stat().st_size > SIZE_MAX:
        return None
    named = re.sub(r"-\d[^/]*\.dist-info/(?:licenses/)?", "/", str(path))
    declared = package.metadata.get("License-Expression") or ""
    return Installed(named, file.read_text(errors="replace"), declared)
