"""What several tests of scanning share."""

from collections.abc import Iterator

import pytest

from hub.scanning.scanners import all_scanners
from hub.scanning.verdicts import JUDGE


@pytest.fixture
def only_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """One scanner, so that a file has one scan."""
    for name in set(all_scanners()) - {JUDGE}:
        monkeypatch.delitem(all_scanners(), name)


@pytest.fixture
def scanners_anew() -> Iterator[None]:
    """The scanners that the settings of the test ask for."""
    all_scanners.cache_clear()
    yield
    all_scanners.cache_clear()
