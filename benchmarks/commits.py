"""Commits of many small files and of a long body, to a whole hub on this machine; prints one run's ratios.

    python -m benchmarks.commits

The hub runs with its embedded stores in a directory that is removed afterwards. Rounds take turns, so that
what else the machine does meets them all; figures are medians of the rounds. The floor under a commit of
1,000 files is PostgreSQL's COPY of the same bytes under their sha256, in one transaction to the same server.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from hub.embedded import config, ports
from tests import processes
from tests.running import RunningHub, clean_environment

SMALL = 2_000
MIB = 1024 * 1024
HEADER = {"key": "header", "value": {"summary": "Benchmark"}}


class Publisher:
    """Somebody with a token and a repository on a running hub."""

    def __init__(self, hub: RunningHub) -> None:
        self.hub = hub
        subprocess.run(
            [sys.executable, "manage.py", "create_user", "ada", "ada@example.org"],
            env=clean_environment(hub.variables),
            input=secrets.token_urlsafe(16) + "\n",
            text=True,
            check=True,
            capture_output=True,
        )
        self.token = hub.manage("create_token", "ada", "benchmark", "--role", "write").strip()
        self.post("/api/repos/create", json.dumps({"name": "many"}).encode())

    def post(self, path: str, body: bytes) -> None:
        """Send a request; urllib.error.HTTPError when it is refused."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(self.hub.url + path, body, headers), timeout=600).read()

    def commit(self, contents: list[bytes]) -> None:
        """Publish contents in one commit."""
        self.post("/api/models/ada/many/commit/main", b"\n".join(lines(contents)))


def lines(contents: list[bytes]) -> Iterator[bytes]:
    """A commit's body in a folder of its own."""
    folder = secrets.token_hex(4)
    yield json.dumps(HEADER).encode()
    for number, data in enumerate(contents):
        path = f"{folder}/{number % 100}/{number}"
        value = {"path": path, "content": base64.b64encode(data).decode(), "encoding": "base64"}
        yield json.dumps({"key": "file", "value": value}).encode()


def files(count: int, size: int = SMALL) -> list[bytes]:
    """Contents that nobody has stored before."""
    return [os.urandom(size) for _ in range(count)]


def copied(database_url: str, contents: list[bytes]) -> None:
    """The same bytes by COPY."""
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS floor (sha256 text PRIMARY KEY, size bigint, data bytea)")
        with cursor.copy("COPY floor FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "int8", "bytea"])
            for data in contents:
                copy.write_row((hashlib.sha256(data).hexdigest(), len(data), data))


def seconds(work: Callable[[], None]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak(pid: int) -> float:
    """The most memory that a process ever held, in MiB."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024


def measure(publisher: Publisher, database_url: str, rounds: int) -> None:
    """Print what it finds."""
    times: dict[str, list[float]] = {"1,000": [], "10,000": [], "COPY": []}
    for _ in range(rounds):
        thousand, many = files(1_000), files(10_000)
        times["1,000"].append(seconds(lambda some=thousand: publisher.commit(some)))
        times["COPY"].append(seconds(lambda some=thousand: copied(database_url, some)))
        times["10,000"].append(seconds(lambda some=many: publisher.commit(some)))
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, value in middle.items():
        print(f"{name:>8}: {value:.2f} s")
    print(f"one file at 10,000 / one file at 1,000: {middle['10,000'] / 10 / middle['1,000']:.2f}")
    print(f"commit of 1,000 files / COPY of their bytes: {middle['1,000'] / middle['COPY']:.1f}")
    servers = processes.descendants(publisher.hub.child("web"))
    before = {pid: peak(pid) for pid in servers}
    long = files(500, 1_000_000)
    took = seconds(lambda: publisher.commit(long))
    grown = max(peak(pid) - before[pid] for pid in servers)
    print(f"a commit of 500 MB: {500 / took:.0f} MB/s; the server's memory grew by {grown:.0f} MiB")


def main() -> None:
    """Start a hub, measure, and leave nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as data:
        hub = RunningHub({"HUB_DATA": data, "HUB_PORT": str(ports.choose(1)[0])})
        try:
            hub.start()
            measure(Publisher(hub), config.load(Path(data)).database_url, rounds)
        finally:
            hub.stop()


if __name__ == "__main__":
    main()
