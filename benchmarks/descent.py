"""A base of 20,000 descendants changes its licence, in a graph of 100,000 models; prints one run's ratios.

    python -m benchmarks.descent [--models 100000] [--descendants 20000]

Two hubs of its own, one after the other, the first with a hundredth of everything. The graph is filled by SQL
as the workers leave it; then the base's card is changed by a commit, and the hub's own worker does the rest.
Meanwhile somebody commits small files to a repository that has nothing to do with it. Memory is the peak of
what one of the worker's processes held (VmHWM).
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.merging import Publisher
from benchmarks.own_hub import NAME, running_hub
from tests.processes import descendants
from tests.running import RunningHub, clean_environment

ROOT, ASIDE = "root", "aside"
BEFORE = 12
PAUSE = 3.0
CARD = "---\nlicense: {}\n---\n# A base\n"
PATIENCE = 120.0


class Uploads:
    """Small commits, one after the other: how long each took, and until its licence was checked."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.number = 0
        self.landed: list[float] = []
        self.checked: list[float] = []

    def one(self) -> None:
        """Commit a small file, wait until the worker has looked at the commit, and a while longer."""
        self.number += 1
        begun = time.perf_counter()
        self.publisher.commit(ASIDE, [(f"file-{self.number}.txt", f"{self.number}")])
        self.landed.append(time.perf_counter() - begun)
        wait_until_checked(self.publisher.hub, ASIDE)
        self.checked.append(time.perf_counter() - begun)
        # What waits for nobody gets its turn when nothing else is asked of the workers.
        time.sleep(PAUSE)

    def medians(self) -> tuple[float, float]:
        """Of both, which begin anew."""
        found = statistics.median(self.landed), statistics.median(self.checked)
        self.landed, self.checked = [], []
        return found


def wait_until_checked(hub: RunningHub, name: str) -> None:
    """Return once the licence of the newest commit was checked."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        address = f"{hub.url}/api/models/{NAME}/{name}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            if json.load(answer)["licenceCheck"]["state"] == "done":
                return
        time.sleep(0.05)
    raise SystemExit(f"{name} was not checked in {PATIENCE} s")


def child(hub: RunningHub, *arguments: str) -> Any:
    """What descent_child says at its end."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.descent_child", *arguments],
        env=clean_environment(hub.variables | {"DJANGO_SETTINGS_MODULE": "hub.settings"}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def peak(hub: RunningHub) -> float:
    """The most that one of the worker's processes ever held, in MB."""
    worker = hub.child("worker")
    found = []
    for pid in (worker, *descendants(worker)):
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        found += [int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM")]
    return max(found)


def measured(models: int, below: int) -> dict[str, float]:
    """One hub with a graph of so many models, of which so many are below the base."""
    with running_hub() as hub:
        publisher = Publisher(hub)
        for name in (ROOT, ASIDE):
            publisher.post("/api/repos/create", json.dumps({"name": name}).encode())
        publisher.commit(ROOT, [("README.md", CARD.format("mit"))])
        wait_until_checked(hub, ROOT)
        child(hub, "fill", str(models), str(below))
        uploads = Uploads(publisher)
        for _ in range(BEFORE):
            uploads.one()
        landed, checked = uploads.medians()
        memory = peak(hub)
        publisher.commit(ROOT, [("README.md", CARD.format("cc-by-nc-4.0"))])
        begun = time.perf_counter()
        watching = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.descent_child", "watch", str(below)],
            env=clean_environment(hub.variables | {"DJANGO_SETTINGS_MODULE": "hub.settings"}),
        )
        while watching.poll() is None:
            uploads.one()
        seconds = time.perf_counter() - begun
        if watching.returncode:
            raise SystemExit("the descent did not end")
        meanwhile_landed, meanwhile_checked = uploads.medians()
        return {
            "seconds": seconds,
            "memory before": memory,
            "memory": peak(hub),
            "landed": meanwhile_landed / landed,
            "checked": meanwhile_checked / checked,
            "ms landed": 1000 * meanwhile_landed,
            "ms checked": 1000 * meanwhile_checked,
        }


def main() -> None:
    """Measure a small graph and a large one, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100_000)
    parser.add_argument("--descendants", type=int, default=20_000)
    options = parser.parse_args()
    first: dict[str, float] = {}
    for part in (100, 1):
        models, below = options.models // part, options.descendants // part
        found = measured(models, below)
        first = first or found
        print(
            f"{models:,} models, {below:,} below the base: all stand anew after {found['seconds']:.1f} s, "
            f"{below / found['seconds']:.0f} a second; worker {found['memory']:.0f} MB "
            f"(×{found['memory'] / found['memory before']:.2f} of before, "
            f"×{found['memory'] / first['memory']:.2f} of the first); meanwhile a commit "
            f"{found['ms landed']:.0f} ms (×{found['landed']:.2f} of before), "
            f"checked after {found['ms checked']:.0f} ms (×{found['checked']:.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
