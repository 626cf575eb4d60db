"""Pages of trees of 1,000 and of 100,000 files, from a whole hub on this machine; prints one run's ratios.

    python -m benchmarks.trees

Rounds take turns between the two sizes; figures are medians of the rounds. The files are all in one folder of
their own and hold the same byte, so that the tree is what is measured.
"""

import json
import statistics
import time
import urllib.request
from collections.abc import Callable

from huggingface_hub import HfApi

from benchmarks.own_hub import NAME, running_hub, token

SIZES = (1_000, 100_000)
COMMIT = 20_000
ROUNDS = 15


def fill(url: str, key: str, name: str, count: int) -> None:
    """Make a repository with that many files in one folder."""

    def post(path: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url + path, body, headers)).read()

    post("/api/repos/create", json.dumps({"name": name}).encode())
    for start in range(0, count, COMMIT):
        lines = [{"key": "header", "value": {"summary": "Benchmark"}}]
        for number in range(start, min(start + COMMIT, count)):
            value = {"path": f"data/file-{number:06}.json", "content": "MQ==", "encoding": "base64"}
            lines.append({"key": "file", "value": value})
        body = "\n".join(json.dumps(line) for line in lines).encode()
        post(f"/api/models/{NAME}/{name}/commit/main", body)


def took(action: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def get(url: str) -> str | None:
    """Fetch a page; the address of the next one."""
    with urllib.request.urlopen(url) as reply:
        reply.read()
        link = reply.headers.get("Link")
    return link.partition(">")[0].removeprefix("<") if link else None


def compare(what: str, urls: dict[int, str]) -> None:
    """Print the medians of both sizes and their ratio."""
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size in SIZES:
            times[size].append(took(lambda url=urls[size]: get(url)))
    small, large = (statistics.median(times[size]) * 1000 for size in SIZES)
    print(f"{what}: {small:.0f} ms of {SIZES[0]:,}, {large:.0f} ms of {SIZES[1]:,}: {large / small:.2f}")


def main() -> None:
    """Fill, measure, print."""
    with running_hub() as hub:
        key = token(hub, "write")
        for size in SIZES:
            fill(hub.url, key, f"of-{size}", size)
        pages = {size: f"{hub.url}/api/models/{NAME}/of-{size}/tree/main" for size in SIZES}
        compare("first page, recursive", {s: f"{url}?recursive=true" for s, url in pages.items()})
        compare("first page of the folder", {s: f"{url}/data" for s, url in pages.items()})
        compare("first page, expand", {s: f"{url}/data?expand=true" for s, url in pages.items()})
        later: str | None = f"{pages[SIZES[1]]}?recursive=true"
        for _ in range(50):
            later = get(later or "")
        compare(
            "the 51st page against the first",
            {SIZES[0]: f"{pages[SIZES[0]]}?recursive=true", SIZES[1]: later},
        )
        api = HfApi(endpoint=hub.url, token=False)
        listed: list[object] = []
        seconds = took(lambda: listed.extend(api.list_repo_tree(f"{NAME}/of-{SIZES[1]}", recursive=True)))
        print(f"all {len(listed):,} entries through the client: {seconds:.1f} s")


if __name__ == "__main__":
    main()
