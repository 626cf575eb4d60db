"""Compare `resolve` with a bare view of the same server that answers a constant redirect; prints ratios.

    apt-get install wrk
    python benchmarks/resolve.py

Starts a hub of its own (embedded PostgreSQL, Redis and S3, gunicorn as `manage.py up` runs it), publishes a
small model, and asks in turns, over keep-alive connections on loopback: the bare view, a large file without
and with a token, a small file. Every figure is a median over the rounds, relative to the bare view in the
same round. Takes about two minutes and leaves nothing behind.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess

from own_hub import NAME, running_hub, token  # before huggingface_hub, which reads the environment

# isort: split
from huggingface_hub import CommitOperationAdd, HfApi

from tests.running import RunningHub

CONNECTIONS = 16
MODEL = f"{NAME}/model"


def publish(hub: RunningHub) -> str:
    """Publish a model with a large and a small file two folders deep; returns a token that may read."""
    api = HfApi(endpoint=hub.url, token=token(hub, "write"))
    api.create_repo(MODEL)
    files = {"README.md": b"# Model\n", "w/a/large.bin": os.urandom(2**21), "w/a/small.json": b"{}" * 200}
    files |= {f"w/file-{number}.txt": b"%d" % number for number in range(50)}
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    api.create_commit(MODEL, operations, commit_message="Publish")
    return token(hub, "read")


def load(url: str, seconds: int, token: str | None) -> tuple[float, float]:
    """Requests per second, and the share of one core that making them took."""
    header = ["-H", f"Authorization: Bearer {token}"] if token else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *header, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(printed)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1]), used / seconds


def measure(hub: RunningHub, rounds: int, seconds: int) -> None:
    """Ask in turns, and print medians."""
    reader = publish(hub)
    base = f"{hub.url}/{MODEL}/resolve/main/w/a"
    asked = {
        "constant redirect": (f"{hub.url}/constant", None),
        "large file, nobody": (f"{base}/large.bin", None),
        "large file, token": (f"{base}/large.bin", reader),
        "small file, nobody": (f"{base}/small.json", None),
    }
    for url, who in asked.values():
        load(url, 1, who)
    taken = [{name: load(url, seconds, who) for name, (url, who) in asked.items()} for _ in range(rounds)]
    bare = next(iter(asked))
    print(f"medians of {rounds} rounds of {seconds} s, {CONNECTIONS} connections, {os.cpu_count()} cores")
    for name in asked:
        rate = statistics.median(turn[name][0] for turn in taken)
        ratio = statistics.median(turn[name][0] / turn[bare][0] for turn in taken)
        share = statistics.median(turn[name][1] for turn in taken)
        print(f"{name:20} {rate:7.0f} requests/s  ×{ratio:.2f}  the generator used {share:.0%} of a core")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    with running_hub(DJANGO_SETTINGS_MODULE="benchmarks.resolve_settings") as hub:
        measure(hub, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
