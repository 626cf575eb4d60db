import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from hub.embedded import config, ports
from hub.embedded.postgres import Postgres
from hub.embedded.process import wait_for
from tests import processes
from tests.running import RunningHub

pytestmark = pytest.mark.xdist_group("up")


def hub_in(data: Path, **more: str) -> RunningHub:
    [port] = ports.choose(1)
    return RunningHub({"HUB_DATA": str(data), "HUB_PORT": str(port), **more})


def object_store(data: Path) -> Any:
    stores = config.load(data)
    return boto3.client(
        "s3",
        endpoint_url=stores.s3_endpoint_url,
        region_name=stores.s3_region,
        aws_access_key_id=stores.s3_access_key_id,
        aws_secret_access_key=stores.s3_secret_access_key,
    )


def left_in_tmp(data: Path) -> list[Path]:
    numbers = config.load(data).ports_of("s3")
    sockets = [path for number in numbers for path in Path("/tmp").glob(f"seaweedfs-*-{number}.sock")]
    return sockets + list(data.glob("postgres.stage"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub with the three embedded stores, as `make run` starts it."""
    hub = hub_in(tmp_path_factory.mktemp("up") / "päth with spaces")
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
        # The last test kills `up`, which then cannot remove the copy of the binaries that root needs.
        Postgres(config.load(hub.data)).tidy()


def test_every_part_is_healthy_once_it_says_that_it_is_ready(hub: RunningHub) -> None:
    status, body = hub.health()

    assert status == 200
    assert body == {
        "status": "ok",
        "parts": dict.fromkeys(("database", "redis", "worker", "beat", "storage"), "ok"),
    }


def test_it_prints_the_address_and_what_to_do_next(hub: RunningHub) -> None:
    assert f"The hub answers at {hub.url}" in hub.log("up")
    assert "manage.py demo" in hub.log("up")
    assert f"HF_ENDPOINT={hub.url}" in hub.log("up")


def test_everything_listens_on_loopback_only(hub: RunningHub) -> None:
    family = [hub.pid, *processes.descendants(hub.pid)]

    assert processes.listening_addresses(family) == {"127.0.0.1"}


def test_no_secret_shows_in_a_command_line(hub: RunningHub) -> None:
    stores = config.load(hub.data)
    secrets = {
        stores.postgres_password,
        stores.redis_password,
        stores.s3_secret_access_key,
        stores.secret_key,
    }

    told = {word for pid in processes.descendants(hub.pid) for word in processes.command_line(pid)}

    assert not [word for word in told if any(secret in word for secret in secrets)]


def test_a_second_up_on_the_same_data_is_refused_with_a_reason(hub: RunningHub, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=rf"`up` already runs on .* \(process {hub.pid}\)"):
        hub.manage("up")

    assert hub.health()[0] == 200


@pytest.mark.parametrize("name", ["worker", "beat", "web", "redis", "s3", "postgres"])
def test_a_child_that_is_killed_is_started_again_and_reported(hub: RunningHub, name: str) -> None:
    victim = hub.child(name)

    os.kill(victim, signal.SIGKILL)

    assert wait_for(lambda: f"{name} is started again" in hub.log("up"), seconds=20)
    assert f"{name} ended with signal SIGKILL" in hub.log("up")
    assert hub.child(name) != victim
    hub.wait_until_healthy()


def test_it_ends_within_ten_seconds_and_a_second_start_finds_all_data(hub: RunningHub) -> None:
    stores = config.load(hub.data)
    with psycopg.connect(stores.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    object_store(hub.data).put_object(Bucket=stores.s3_bucket, Key="kept", Body=b"weights")
    family = processes.descendants(hub.pid)

    began = time.monotonic()
    os.kill(hub.pid, signal.SIGTERM)
    assert wait_for(lambda: not hub.process.alive(), seconds=10), hub.log("up")
    assert time.monotonic() - began < 10
    assert [pid for pid in family if processes.is_alive(pid)] == []
    assert left_in_tmp(hub.data) == []

    hub.start()
    hub.wait_until_healthy()
    assert config.load(hub.data) == stores
    with psycopg.connect(stores.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
    kept = object_store(hub.data).get_object(Bucket=stores.s3_bucket, Key="kept")
    assert kept["Body"].read() == b"weights"


def test_children_do_not_outlive_a_supervisor_that_was_killed(hub: RunningHub) -> None:
    family = processes.descendants(hub.pid)

    os.kill(hub.pid, signal.SIGKILL)

    assert wait_for(lambda: not [pid for pid in family if processes.is_alive(pid)], seconds=15)
