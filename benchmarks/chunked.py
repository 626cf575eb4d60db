"""Measure chunked content: bringing it, taking it with hf_xet and with curl, and what fine-tunes cost.

    python benchmarks/chunked.py [--mib 1024] [--rounds 3] [--tunes 10] [--link MBIT]

Starts a hub of its own (embedded PostgreSQL, Redis and S3). A round makes a new safetensors file of bfloat16
weights, and brings it by the client's `upload_file` with hf_xet, by the same without (LFS), and by boto3;
every other round the other way round. Then it is taken by `hf_hub_download` with hf_xet, by curl while the
hub puts it together, by curl once it is whole in S3, and by curl straight from S3, there and back. Each
client is a process of its own with an empty cache, and times itself. Ratios are medians of those within the
rounds. A virtual machine may give unused memory back to its host and pay for each page that it uses again,
which made what came first take twice the time; so memory is used and freed before each measurement.

With `--link` clients reach the hub and S3 over one link of so many Mbit/s each way, while the hub reaches S3
without: as where they are machines of their own, and the link is what all wait for.

Then fine-tunes: copies of one base with 5 % of the tensors made anew, each uploaded by a client that
remembers nothing, and the last three once more under other names. Bytes sent are those of the xorbs that
arrived, bytes kept those that the bucket has.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from narrow_link import narrow_link
from own_hub import NAME, ports, running_hub, token

# isort: split
import boto3
import httpx2
import numpy
import psycopg
from botocore.config import Config
from huggingface_hub import HfApi

from hub.embedded import config
from hub.embedded.process import wait_for
from tests import processes
from tests.running import CHILDREN, RunningHub, clean_environment

MIB = 1024 * 1024
TENSOR = 4 * MIB
CHANGED = 0.05
AGAIN = 3
RATES = {"HUB_RATE_CHUNKS": "1000000000,1000000000"}
UPLOAD = """
import sys, time
from huggingface_hub import HfApi
began = time.perf_counter()
HfApi().upload_file(path_or_fileobj=sys.argv[1], path_in_repo=sys.argv[3], repo_id=sys.argv[2])
print(time.perf_counter() - began)
"""
# Every page of so many times the file: its bytes, the page cache's, and what the store holds.
MEMORY = 3
USE_MEMORY = """
import mmap, sys
size = int(sys.argv[1])
memory = mmap.mmap(-1, size)
for at in range(0, size, mmap.PAGESIZE):
    memory[at] = 1
"""
DOWNLOAD = """
import sys, time
from huggingface_hub import hf_hub_download
began = time.perf_counter()
hf_hub_download(sys.argv[1], sys.argv[2], cache_dir=sys.argv[3])
print(time.perf_counter() - began)
"""


@dataclass
class Bench:
    """What the measured ways share."""

    hub: RunningHub
    token: str
    s3: Any
    bucket: str
    room: Path
    mib: int
    url: str

    def prepare(self) -> None:
        """Have the machine hold memory for what comes next."""
        size = str(MEMORY * self.mib * MIB)
        subprocess.run([sys.executable, "-c", USE_MEMORY, size], check=True, timeout=600)

    def client(self, code: str, *arguments: str, xet: bool) -> float:
        """Run the client in a process of its own that remembers nothing; the seconds that it measured."""
        self.prepare()
        with tempfile.TemporaryDirectory(dir=self.room) as home:
            variables = {
                "HF_ENDPOINT": self.url,
                "HF_TOKEN": self.token,
                "HF_HOME": home,
                "HF_HUB_DISABLE_XET": "0" if xet else "1",
                "HF_HUB_DISABLE_PROGRESS_BARS": "1",
                "HF_HUB_DISABLE_TELEMETRY": "1",
            }
            done = subprocess.run(
                [sys.executable, "-c", code, *arguments],
                env=clean_environment(variables),
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                timeout=1800,
            )
        return float(done.stdout.split()[-1])

    def upload(self, file: Path, repo: str, name: str, *, xet: bool) -> float:
        """Bring a file."""
        return self.client(UPLOAD, str(file), repo, name, xet=xet)

    def straight_upload(self, file: Path) -> float:
        """Write a file to S3 by boto3."""
        self.prepare()
        return seconds(lambda: self.s3.upload_file(str(file), self.bucket, "benchmark/straight"))

    def curl(self, address: str) -> tuple[float, float]:
        """Take a file; seconds, and seconds until the first byte."""
        self.prepare()
        target = self.room / "taken"
        told = subprocess.run(
            ["curl", "-sfL", "-o", target, "-w", "%{time_total} %{time_starttransfer}", address],
            check=True,
            capture_output=True,
            text=True,
            timeout=1800,
        ).stdout.split()
        target.unlink()
        return float(told[0]), float(told[1])

    def address(self, repo: str, name: str) -> str:
        """Where a file is taken from."""
        return f"{self.url}/{repo}/resolve/main/{name}"

    def straight(self) -> str:
        """A link to what boto3 wrote."""
        told = {"Bucket": self.bucket, "Key": "benchmark/straight"}
        return self.s3.generate_presigned_url("get_object", Params=told)

    def status(self, address: str) -> int:
        """What is answered to anybody."""
        return httpx2.head(address, follow_redirects=False).status_code

    def kept(self) -> int:
        """The bytes of chunks and of whole objects in the bucket."""
        pages = self.s3.get_paginator("list_objects_v2")
        return sum(
            item["Size"]
            for prefix in ("xorbs/", "objects/")
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix)
            for item in page.get("Contents", [])
        )

    def sent(self) -> int:
        """The bytes of xorbs that arrived so far."""
        with psycopg.connect(config.load(self.hub.data).database_url) as connection:
            query = "SELECT coalesce(sum(size), 0)::bigint FROM storage_xorbupload WHERE state <> 'open'"
            return connection.execute(query).fetchone()[0]

    @contextmanager
    def memory(self, into: dict[str, float], name: str) -> Iterator[None]:
        """Measure by how many MiB the peak of the web server's largest process grew meanwhile."""
        servers = web_processes(self.hub)
        before = {}
        for pid in servers:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
            before[pid] = peak(pid)
        yield
        into[name] = max(peak(pid) - before[pid] for pid in servers)


def web_processes(hub: RunningHub) -> list[int]:
    """The processes of the web server that answer."""
    parent = processes.child_running(hub.pid, CHILDREN["web"])
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def peak(pid: int) -> float:
    """The most memory that a process held, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def weights(seed: int) -> bytes:
    """A tensor of bfloat16 as training leaves them: small numbers around zero."""
    numbers = numpy.random.default_rng(seed).standard_normal(TENSOR // 2, dtype=numpy.float32) * 0.02
    return (numbers.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes()


def write_model(path: Path, seeds: list[int]) -> None:
    """A safetensors file with a tensor for each seed."""
    header = {
        f"layers.{number}.weight": {
            "dtype": "BF16",
            "shape": [1024, TENSOR // 2048],
            "data_offsets": [number * TENSOR, (number + 1) * TENSOR],
        }
        for number in range(len(seeds))
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for seed in seeds:
            file.write(weights(seed))


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def one_round(bench: Bench, mib: int, turn: int) -> dict[str, float]:
    """Bring a new file in three ways and take it in four."""
    source, other, name = bench.room / "new", bench.room / "other", f"new-{turn}.safetensors"
    write_model(source, [random.getrandbits(62) for _ in range(mib * MIB // TENSOR)])
    shutil.copy(source, other)
    with other.open("r+b") as file:
        # Git LFS knows files by their hash: another one is sent in full.
        file.seek(-8, os.SEEK_END)
        file.write(os.urandom(8))
    ways: dict[str, Callable[[], float]] = {
        "upload xet": lambda: bench.upload(source, f"{NAME}/xet", name, xet=True),
        "upload lfs": lambda: bench.upload(other, f"{NAME}/lfs", name, xet=False),
        "upload boto3": lambda: bench.straight_upload(source),
    }
    taken = {way: ways[way]() for way in (reversed(ways) if turn % 2 else ways)}
    address = bench.address(f"{NAME}/xet", name)
    taken["verified after"] = seconds(lambda: wait_for(lambda: bench.status(address) == 200, seconds=900))
    wait_for(lambda: bench.status(bench.address(f"{NAME}/lfs", name)) == 302, seconds=900)
    take(bench, taken, address, name)
    return taken


def take(bench: Bench, taken: dict[str, float], address: str, name: str) -> None:
    """Take a file in all ways, straight from S3 before and after each."""
    bench.curl(bench.straight())

    def straight() -> None:
        time_total, first = bench.curl(bench.straight())
        straights.append(time_total)
        firsts.append(first)

    straights: list[float] = []
    firsts: list[float] = []
    with bench.memory(taken, "memory xet, MiB"):
        straight()
        with tempfile.TemporaryDirectory(dir=bench.room) as cache:
            taken["download xet"] = bench.client(DOWNLOAD, f"{NAME}/xet", name, cache, xet=True)
        straight()
    with bench.memory(taken, "memory streamed, MiB"):
        taken["download streamed"], taken["first byte streamed"] = bench.curl(address)
    straight()
    # Asked for a second time, it is written to S3 as a whole.
    bench.curl(address)
    taken["whole after"] = seconds(lambda: wait_for(lambda: bench.status(address) == 302, seconds=900))
    straight()
    with bench.memory(taken, "memory whole, MiB"):
        taken["download whole"], taken["first byte whole"] = bench.curl(address)
    straight()
    for way, at in (("xet", 0), ("streamed", 1), ("whole", 3)):
        beside = (straights[at] + straights[at + 1]) / 2
        taken[f"×{way}"] = beside / taken[f"download {way}"]
    taken["download straight"] = statistics.median(straights)
    taken["first byte straight"] = statistics.median(firsts)


def report(rounds: list[dict[str, float]], mib: int) -> None:
    """Print medians and ratios."""
    print(f"medians of {len(rounds)} rounds with {mib} MiB, {os.cpu_count()} cores")
    for name in rounds[0]:
        middle = statistics.median(turn[name] for turn in rounds)
        if name.startswith("memory"):
            print(f"  {name:22} +{middle:.0f} MiB at the peak of a process")
        elif name.startswith("×"):
            print(f"  the rate of download {name[1:]} is ×{middle:.2f} that of straight from S3 beside it")
        elif name.startswith("first"):
            print(f"  {name:22} {1000 * middle:6.0f} ms")
        else:
            print(f"  {name:22} {middle:6.2f} s  {mib / middle:7.0f} MiB/s")
    for under in ("upload lfs", "upload boto3"):
        ratio = statistics.median(turn[under] / turn["upload xet"] for turn in rounds)
        print(f"  the rate of upload xet is ×{ratio:.2f} that of {under}")
    slower = statistics.median(
        max(turn["upload lfs"], turn["upload boto3"]) / turn["upload xet"] for turn in rounds
    )
    print(f"  the rate of upload xet is ×{slower:.2f} that of the slower of both")


def fine_tunes(bench: Bench, mib: int, tunes: int) -> None:
    """Bring a base, its fine-tunes, and some of those again; print what each sent and left in the bucket."""
    count = mib * MIB // TENSOR
    base = [random.getrandbits(62) for _ in range(count)]
    path = bench.room / "tuned"
    models = [("base", base)]
    for number in range(tunes):
        seeds = list(base)
        for place in random.sample(range(count), max(1, round(CHANGED * count))):
            seeds[place] = random.getrandbits(62)
        models.append((f"tune-{number}", seeds))
    models += [(f"{name}-again", seeds) for name, seeds in models[-AGAIN:]]
    print(f"a base of {mib} MiB, {tunes} fine-tunes, and {AGAIN} of them again under other names")
    api = HfApi(endpoint=bench.hub.url, token=bench.token)
    total = {"sent": 0, "kept": 0}
    for name, seeds in models:
        write_model(path, seeds)
        repo = f"{NAME}/{name}"
        api.create_repo(repo)
        before = bench.sent(), bench.kept()
        took = bench.upload(path, repo, "model.safetensors", xet=True)
        address = bench.address(repo, "model.safetensors")
        if not wait_for(lambda address=address: bench.status(address) == 200, seconds=900):
            raise SystemExit(f"{name} was not verified in 15 minutes.")
        size = path.stat().st_size
        sent, kept = bench.sent() - before[0], bench.kept() - before[1]
        print(f"  {name:14} {took:6.2f} s  sent {sent / size:6.1%}  kept {kept / size:6.1%}", flush=True)
        if name != "base":
            total["sent"] += sent
            total["kept"] += kept
    plain = tunes * path.stat().st_size
    print(f"  all after the base, against {tunes} plain uploads:", end="")
    print(f" sent {total['sent'] / plain:.1%}, kept {total['kept'] / plain:.1%}")


def prepare(hub: RunningHub, room: Path, mib: int, link: tuple[int, int] | None) -> Bench:
    """Make repositories and a client of the store, which go over the link if there is one."""
    services = config.load(hub.data)
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{link[1]}" if link else services.s3_endpoint_url,
        region_name=services.s3_region,
        aws_access_key_id=services.s3_access_key_id,
        aws_secret_access_key=services.s3_secret_access_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
        ),
    )
    write = token(hub, "write")
    for name in ("xet", "lfs"):
        HfApi(endpoint=hub.url, token=write).create_repo(f"{NAME}/{name}")
    url = f"http://127.0.0.1:{link[0]}" if link else hub.url
    return Bench(hub, write, s3, services.s3_bucket, room, mib, url)


def main() -> None:
    """Read the options, look whether there is room, and measure."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--link", type=int, metavar="MBIT")
    options = parser.parse_args()
    needed = (4 * options.rounds + 8) * options.mib * MIB
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        raise SystemExit(f"This needs {needed // MIB} MiB in {tempfile.gettempdir()}; use --mib or TMPDIR.")
    link = tuple(ports.choose(2)) if options.link else None
    public = {"S3_PUBLIC_ENDPOINT_URL": f"http://127.0.0.1:{link[1]}"} if link else {}
    with ExitStack() as stack:
        hub = stack.enter_context(running_hub(**RATES, **public))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="allmende-benchmark-"))
        if link:
            targets = [urlsplit(url).port for url in (hub.url, config.load(hub.data).s3_endpoint_url)]
            stack.enter_context(narrow_link(options.link * 1e6, dict(zip(link, targets, strict=True))))
        bench = prepare(hub, Path(folder), options.mib, link)
        if options.rounds:
            report([one_round(bench, options.mib, turn) for turn in range(options.rounds)], options.mib)
        if options.tunes:
            fine_tunes(bench, options.mib, options.tunes)


if __name__ == "__main__":
    main()
