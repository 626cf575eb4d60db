import json
import socket
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from hub.embedded import config, ports, programs


def test_the_second_reading_finds_what_the_first_made(tmp_path: Path) -> None:
    assert config.load(tmp_path / "var") == config.load(tmp_path / "var")


def test_only_the_owner_can_read_the_secrets(tmp_path: Path) -> None:
    config.load(tmp_path / "var")

    assert stat.S_IMODE((tmp_path / "var" / "services.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_two_directories_share_no_secret(tmp_path: Path) -> None:
    one, other = config.load(tmp_path / "one"), config.load(tmp_path / "other")

    assert one.secret_key != other.secret_key
    assert one.postgres_password != other.postgres_password
    assert one.s3_secret_access_key != other.s3_secret_access_key


def test_processes_that_make_it_at_once_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        made = list(pool.map(config.load, [tmp_path / "var"] * 8))

    assert len(set(made)) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["services.json"]


def test_every_port_is_another_one(tmp_path: Path) -> None:
    services = config.load(tmp_path)

    numbers = [number for name in ("postgres", "redis", "s3") for number in services.ports_of(name)]

    assert len(set(numbers)) == len(config.PORT_FIELDS)
    assert all(ports.is_free(number) for number in numbers)


def test_moving_one_service_leaves_the_others_and_the_secrets(tmp_path: Path) -> None:
    before = config.load(tmp_path)

    config.move_ports(before, "redis")

    after = config.load(tmp_path)
    assert after.redis_port != before.redis_port
    assert after.ports_of("s3") == before.ports_of("s3")
    assert after.redis_password == before.redis_password


def test_an_unknown_entry_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    services = config.load(tmp_path)
    path = tmp_path / config.FILE_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"later": 1}))

    assert config.load(tmp_path) == services


def test_a_service_whose_port_somebody_took_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "RELEASE_SECONDS", 0.0)
    before = config.load(tmp_path)

    with socket.create_server((ports.LOOPBACK, before.s3_filer_port)):
        services, moved = programs.settle_ports(tmp_path, ["redis", "s3"])

    assert moved == ["s3"]
    assert services == config.load(tmp_path)
    assert set(services.ports_of("s3")).isdisjoint(before.ports_of("s3"))
    assert services.redis_port == before.redis_port
