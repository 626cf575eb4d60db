"""Files for compare.py: the ways that move them up and down, and a round in which each has its turn."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from own_hub import NAME, token  # before huggingface_hub, which reads the environment

# isort: split
import httpx2
from compare_server import BUCKET, Client
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from turns import Rounds, report, seconds

from hub.embedded.process import wait_for
from tests import processes
from tests.running import RunningHub

MIB = 1024 * 1024
FILES, FILE_SIZE = 1_000, 2_000


class Hub:
    """Files as `hf upload` and `hf download` move them."""

    def __init__(self, hub: RunningHub) -> None:
        self.hub = hub
        self.api = HfApi(endpoint=hub.url, token=token(hub, "write"))

    def begin(self, name: str) -> None:
        """Make an empty repository."""
        self.repo = f"{NAME}/{name}"
        self.api.create_repo(self.repo)

    def up(self, source: Path) -> None:
        """Upload a file or a folder in one commit."""
        if source.is_dir():
            self.api.upload_folder(folder_path=source, repo_id=self.repo)
        else:
            self.api.upload_file(path_or_fileobj=source, path_in_repo=source.name, repo_id=self.repo)

    def settle(self, source: Path) -> None:
        """Wait until everybody gets what was uploaded."""
        files = (path for path in source.rglob("*") if path.is_file())
        name = next(files).relative_to(source) if source.is_dir() else source.name
        address = f"{self.hub.url}/{self.repo}/resolve/main/{name}"
        given = wait_for(lambda: httpx2.head(address).status_code in (200, 302), seconds=300)
        assert given, f"the hub does not give what was uploaded: {self.hub.log('worker')[-5000:]}"

    def down(self, source: Path, to: Path) -> None:
        """Download it as nobody in particular, into an empty cache."""
        where = {"endpoint": self.hub.url, "token": False, "cache_dir": to}
        if source.is_dir():
            snapshot_download(self.repo, **where)
        else:
            hf_hub_download(self.repo, source.name, **where)

    def work(self, allowed: bool) -> None:
        """Let the worker with all its processes go on, or stop them, so that no other way waits for them."""
        # What one of them had just started is found the second time.
        for _ in range(2):
            worker = self.hub.child("worker")
            for pid in [worker, *processes.descendants(worker)]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT if allowed else signal.SIGSTOP)


class Mlflow:
    """Files as `log_artifacts` and `download_artifacts` move them: through the server, or straight to S3."""

    def __init__(self, client: Client, location: str | None = None) -> None:
        self.client, self.location = client, location

    def begin(self, name: str) -> None:
        """Make a run."""
        self.run = self.client.ask("begin", self.location)

    def up(self, source: Path) -> None:
        """Log a file or a folder."""
        self.client.ask("upload", self.run, str(source))

    def settle(self, source: Path) -> None:
        """Nothing is done afterwards."""

    def down(self, source: Path, to: Path) -> None:
        """Download it."""
        self.client.ask("download", self.run, "" if source.is_dir() else source.name, str(to))


class S5cmd:
    """The raw floor."""

    def __init__(self, program: Path, variables: dict[str, str]) -> None:
        self.program, self.variables = program, variables

    def begin(self, name: str) -> None:
        """Choose a place."""
        self.place = f"s3://{BUCKET}/s5cmd/{name}/"

    def up(self, source: Path) -> None:
        """Copy there."""
        self._copy(f"{source}/" if source.is_dir() else str(source), self.place)

    def settle(self, source: Path) -> None:
        """Nothing is done afterwards."""

    def down(self, source: Path, to: Path) -> None:
        """Copy back."""
        self._copy(f"{self.place}*", f"{to}/")

    def _copy(self, *places: str) -> None:
        command = [str(self.program), "--log", "error", "cp", *places]
        subprocess.run(command, env=self.variables, check=True, timeout=600)


Way = Hub | Mlflow | S5cmd


def new_folder(source: Path) -> None:
    """Small files that nobody has seen."""
    shutil.rmtree(source, ignore_errors=True)
    for number in range(FILES):
        path = source / f"part-{number // 100}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(os.urandom(FILE_SIZE // 2).hex())


def new_file(source: Path, mib: int) -> None:
    """A large file of random bytes: nothing in it is there already, or there twice."""
    with source.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))


def size(place: Path) -> int:
    """The bytes of a file, or of all files below a folder; a link to another file counts nothing."""
    files = [place] if place.is_file() else place.rglob("*")
    return sum(path.stat().st_size for path in files if path.is_file() and not path.is_symlink())


def one_round(name: str, ways: dict[str, Way], source: Path, room: Path, backwards: bool) -> dict[str, float]:
    """Seconds of each way up and down."""
    taken = {}
    order = list(ways)[:: -1 if backwards else 1]
    for label in order:
        way = ways[label]
        ways["hub"].work(label == "hub")
        way.begin(name)
        taken[f"up {label}"] = seconds(lambda way=way: way.up(source))
        print(f"{name}: {label} up {taken[f'up {label}']:.2f} s", file=sys.stderr, flush=True)
        taken[f"settled {label}"] = seconds(lambda way=way: way.settle(source))
    for label in order:
        ways["hub"].work(label == "hub")
        to = room / "down"
        to.mkdir()
        taken[f"down {label}"] = seconds(lambda way=ways[label], to=to: way.down(source, to))
        print(f"{name}: {label} down {taken[f'down {label}']:.2f} s", file=sys.stderr, flush=True)
        got = size(to)
        assert got >= size(source), f"{label} brought back {got} bytes"
        shutil.rmtree(to)
    ways["hub"].work(True)
    return taken


def report_files(what: str, rounds: Rounds) -> None:
    """Print up and down, and what the hub did afterwards."""
    print(f"{what}: medians of {len(rounds)} rounds")
    for direction in ("up", "down"):
        taken = [
            {key.partition(" ")[2]: value for key, value in turn.items() if key.startswith(f"{direction} ")}
            for turn in rounds
        ]
        taken = [{"hub": turn["hub"]} | turn for turn in taken]
        report(direction, taken, 1, "s")
    settled = statistics.median(turn["settled hub"] for turn in rounds)
    print(f"    the hub gave it to everybody {settled:.1f} s after the answer to the upload")
