import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.embedded import ports
from tests.running import ROOT, RunningHub, clean_environment
from tests.services import shared_services


def test_stores_that_the_environment_gives_are_used_and_not_started(running_hub: RunningHub) -> None:
    assert running_hub.health()[0] == 200
    assert "Starting postgres" not in running_hub.log("up")
    assert not (running_hub.data / "logs" / "postgres.log").exists()
    assert not (running_hub.data / "services.json").exists()


def test_a_taken_port_is_told(running_hub: RunningHub, tmp_path: Path) -> None:
    other = RunningHub(running_hub.variables | {"HUB_DATA": str(tmp_path)})

    with pytest.raises(AssertionError, match="is taken by another program; choose another: HUB_PORT="):
        other.manage("up")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"DATABASE_URL": "postgresql://hub:wrong@127.0.0.1:{postgres}/hub"},
            "PostgreSQL cannot be used: .*password authentication failed(?s:.*)DATABASE_URL",
        ),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis cannot be used: .*refused\\.\\n.*REDIS_URL"),
        ({"S3_ENDPOINT_URL": "http://127.0.0.1:1"}, "S3 store cannot be used: .*\\n.*S3_ENDPOINT_URL"),
        ({"S3_SECRET_ACCESS_KEY": "wrong"}, "S3 store cannot be used: .*\\n.*S3_SECRET_ACCESS_KEY"),
    ],
)
def test_a_given_store_that_cannot_be_used_is_told_with_its_variable(
    running_hub: RunningHub, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    numbers = {"postgres": shared_services().postgres_port}
    variables = {name: value.format(**numbers) for name, value in wrong.items()}
    other = RunningHub(running_hub.variables | {"HUB_DATA": str(tmp_path)} | variables)

    with pytest.raises(AssertionError, match=said) as told:
        other.manage("up")
    assert "Traceback" not in str(told.value)


def test_it_ends_without_a_word_when_nobody_reads_what_it_says(
    running_hub: RunningHub, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    [port] = ports.choose(1)
    variables = running_hub.variables | {"HUB_DATA": str(tmp_path), "HUB_PORT": str(port)}
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=clean_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")
