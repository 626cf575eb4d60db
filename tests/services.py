"""A pytest plugin: the real PostgreSQL, Redis and S3, started once per run, gone when the run ends.

It is loaded with `-p tests.services`, because the settings need the addresses before any conftest is read.
The process that runs pytest starts the services; xdist workers inherit their place by the environment.
"""

import contextlib
import fcntl
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from hub.embedded import config
from hub.embedded.process import Process, stop
from hub.embedded.programs import NAMES, programs, settle_ports

PLACE = "HUB_TEST_SERVICES"
PREFIX = "allmende-tests-"
LOCK = "run.lock"
STOP_SECONDS = 8.0
# Redis databases: 0 for a run without workers, 1… for the workers, and a range for hubs of their own.
FIRST_HUB_DATABASE = 40


def worker_number() -> int:
    """0 without xdist or in its controller; 1 and up in its workers."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0


def shared_services() -> config.Services:
    """Addresses and secrets of the services of this run."""
    return config.load(Path(os.environ[PLACE]))


def environment(*, number: int, database: str = "hub") -> dict[str, str]:
    """The variables that point the hub at this run's services: a Redis database and a bucket of its own."""
    services = shared_services()
    return {
        "DATABASE_URL": services.database_url.removesuffix("/hub") + f"/{database}",
        "REDIS_URL": services.redis_url.removesuffix("/0") + f"/{number}",
        "S3_ENDPOINT_URL": services.s3_endpoint_url,
        "S3_PUBLIC_ENDPOINT_URL": services.s3_endpoint_url,
        "S3_BUCKET": f"test-{number}",
        "S3_CONDITIONAL_WRITES": "1",
        "S3_REGION": services.s3_region,
        "S3_ACCESS_KEY_ID": services.s3_access_key_id,
        "S3_SECRET_ACCESS_KEY": services.s3_secret_access_key,
        "HUB_SECRET_KEY": services.secret_key,
    }


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the services, then let pytest-django read the settings."""
    if not worker_number() and not early_config.known_args_namespace.help:
        _start(early_config)
    if PLACE in os.environ:
        data = Path(os.environ[PLACE]) / f"hub-{worker_number()}"
        (data / "static").mkdir(parents=True, exist_ok=True)
        os.environ.update(environment(number=worker_number()), HUB_DATA=str(data))
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among thousands of tests that stay, neither while they come nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def remove_stale() -> None:
    """Remove what runs that were killed left: directories of this user whose lock nobody holds."""
    for data in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # Another run that begins now may be removing it, too.
        with contextlib.suppress(BlockingIOError, FileNotFoundError, PermissionError):
            _remove_unless_held(data)


def _remove_unless_held(data: Path) -> None:
    with (data / LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if data.stat().st_uid == os.geteuid():
            for program in programs(config.load(data), list(NAMES), durable=False):
                program.tidy()
            shutil.rmtree(data)


def _start(early_config: pytest.Config) -> None:
    remove_stale()
    data = Path(tempfile.mkdtemp(prefix=PREFIX))
    early_config.add_cleanup(lambda: shutil.rmtree(data, onerror=_unless_gone))
    # Held while this run lives, and let go by the kernel when it is killed; made under another name, so that
    # nobody sees it before it is held.
    lock = (data / f"{LOCK}.new").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (data / f"{LOCK}.new").rename(data / LOCK)
    early_config.add_cleanup(lock.close)
    services, _ = settle_ports(data, list(NAMES))
    processes = [
        Process(program, data / "logs" / f"{program.name}.log")
        for program in programs(services, list(NAMES), durable=False)
    ]
    early_config.add_cleanup(lambda: stop(processes, seconds=STOP_SECONDS))
    signal.signal(signal.SIGTERM, _interrupt)
    for process in processes:
        # Nothing here is worth a tidy end; a store that takes its time may hang when its files go.
        process.program.orphan_signal = signal.SIGKILL
        process.start()
    for process in processes:
        process.wait_until_ready()
    os.environ[PLACE] = str(data)
    early_config.add_cleanup(lambda: os.environ.pop(PLACE))


def _unless_gone(function: object, path: str, problem: tuple) -> None:
    """Go on past a file that is gone: what a store that was killed had started may still be removing some."""
    if not isinstance(problem[1], FileNotFoundError):
        raise problem[1]


def _interrupt(number: int, frame: object) -> None:
    """Let SIGTERM end the run the way Ctrl-C does, so that everything started is stopped."""
    raise KeyboardInterrupt
