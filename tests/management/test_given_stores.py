from pathlib import Path

import pytest

from tests.running import RunningHub


def test_stores_that_the_environment_gives_are_used_and_not_started(running_hub: RunningHub) -> None:
    assert running_hub.health()[0] == 200
    assert "Starting postgres" not in running_hub.log("up")
    assert not (running_hub.data / "logs" / "postgres.log").exists()
    assert not (running_hub.data / "services.json").exists()


def test_a_taken_port_is_told(running_hub: RunningHub, tmp_path: Path) -> None:
    other = RunningHub(running_hub.variables | {"HUB_DATA": str(tmp_path)})

    with pytest.raises(AssertionError, match="is taken by another program; choose another: HUB_PORT="):
        other.manage("up")
