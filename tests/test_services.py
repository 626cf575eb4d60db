"""The plugin that starts the services leaves nothing behind, also for runs that were killed."""

import fcntl
import tempfile
from pathlib import Path

import pytest

from tests import services


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def made(temporary: Path, name: str, *, locked: bool) -> Path:
    data = temporary / f"{services.PREFIX}{name}"
    data.mkdir()
    if locked:
        (data / services.LOCK).touch()
    return data


def test_only_what_a_killed_run_left_is_removed(temporary: Path) -> None:
    killed, living = made(temporary, "killed", locked=True), made(temporary, "living", locked=True)
    starting = made(temporary, "starting", locked=False)
    (temporary / "other").mkdir()

    with (living / services.LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        services.remove_stale()

    assert not killed.exists()
    assert living.exists()
    assert starting.exists()
    assert (temporary / "other").exists()
