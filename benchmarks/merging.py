"""Merges of pull requests of 1,000 files in repositories of 1,000 to 100,000; prints one run's ratios.

    python -m benchmarks.merging

A hub of its own, in a directory that is removed afterwards. Each merge runs in a process of its own, by the
same service as the pages and the API: its queries are counted, and its memory is the peak of what Python
allocated during the merge (tracemalloc). The branch has another file in each of the folders that the pull
request changes, so that every one of them is put together from three.
"""

import json
import subprocess
import sys
import urllib.request

from benchmarks.own_hub import NAME, running_hub, token
from tests.running import RunningHub, clean_environment

FILES = 1_000
# Files in the repository, files in each of its folders, folders that the pull request changes.
CASES = ((1_000, 100, 10), (10_000, 100, 10), (100_000, 100, 10), (100_000, 100, 100), (100_000, 100, 1_000))
COMMIT = 20_000


class Publisher:
    """Somebody who makes repositories on a hub."""

    def __init__(self, hub: RunningHub) -> None:
        self.hub, self.key = hub, token(hub, "write")

    def post(self, path: str, body: bytes) -> None:
        """Send a request; urllib.error.HTTPError when it is refused."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(self.hub.url + path, body, headers), timeout=900).read()

    def commit(self, name: str, files: list[tuple[str, str]], *, pull: bool = False) -> None:
        """Publish files, of which each holds a word, in one commit."""
        lines = [{"key": "header", "value": {"summary": "Benchmark"}}]
        for path, word in files:
            lines.append({"key": "file", "value": {"path": path, "content": word, "encoding": "utf-8"}})
        body = "\n".join(map(json.dumps, lines)).encode()
        self.post(f"/api/models/{NAME}/{name}/commit/main{'?create_pr=1' if pull else ''}", body)

    def fill(self, name: str, size: int, each: int, changed: int) -> None:
        """Make a repository whose first pull request changes FILES files in some of its folders."""
        self.post("/api/repos/create", json.dumps({"name": name}).encode())
        paths = [f"part-{n // each:04}/file-{n % each:03}.txt" for n in range(size)]
        for start in range(0, size, COMMIT):
            self.commit(name, [(path, "1") for path in paths[start : start + COMMIT]])
        folders = [f"part-{n:04}" for n in range(changed)]
        brought = [
            (f"{folders[n % changed]}/file-{n // changed:03}.txt", f"{name} {n}") for n in range(FILES)
        ]
        self.commit(name, brought, pull=True)
        self.commit(name, [(f"{folder}/other.txt", "2") for folder in folders])


def merged(hub: RunningHub, name: str) -> dict[str, float]:
    """Merge the pull request in a process of its own: its queries, the peak of its memory, its seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.merging_child", NAME, name],
        env=clean_environment(hub.variables | {"DJANGO_SETTINGS_MODULE": "hub.settings"}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Fill, merge, print."""
    with running_hub() as hub:
        publisher = Publisher(hub)
        first: dict[str, float] = {}
        for size, each, changed in CASES:
            name = f"of-{size}-{changed}"
            publisher.fill(name, size, each, changed)
            found = merged(hub, name)
            first = first or found
            ratios = ", ".join(
                f"{found[what]:,.{digits}f} {unit} ({found[what] / first[what]:.2f})"
                for what, unit, digits in (
                    ("queries", "queries", 0),
                    ("memory", "MB", 1),
                    ("seconds", "s", 2),
                )
            )
            print(f"{FILES:,} files in {changed:,} of {size // each:,} folders, {size:,} files: {ratios}")


if __name__ == "__main__":
    main()
