"""Files the embedded services need: the wheels' directories and private configuration."""

import importlib.util
import os
from pathlib import Path


def package_directory(package: str) -> Path:
    """Where a wheel of the extra `embedded` was installed; it is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"{package} is not installed: pip install 'allmende[embedded]'", name=package
        )
    return Path(spec.origin).parent


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
