"""A whole hub as its users meet it: `manage.py up` in a process of its own."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from hub.embedded.process import Command, Process, Program, stop, wait_for
from tests import processes

ROOT = Path(__file__).parent.parent
# Of the parts in which the shared hub takes large files, in bytes: little more than the least that S3 takes.
PART_SIZE = 8 * 1024 * 1024
STORE_VARIABLES = ("DATABASE_URL", "REDIS_URL")
CHILDREN = {
    "web": "gunicorn",
    "worker": "worker",
    "beat": "beat",
    "postgres": "bin/postgres",
    "redis": "redis-server",
    "s3": "weed",
}


class Up(Program):
    """`manage.py up` with the given variables and none of the hub's others."""

    name = "up"
    ready_seconds = 90.0

    def __init__(self, variables: dict[str, str], log: Path) -> None:
        self.variables = variables
        self.log = log

    def command(self) -> Command:
        """Return how to run it."""
        return Command(
            argv=[sys.executable, "manage.py", "up"], cwd=ROOT, env=clean_environment(self.variables)
        )

    def ready(self) -> bool:
        """Tell whether it said that it is ready."""
        return "Ready after" in self.log.read_text()


@dataclass
class RunningHub:
    """A hub that was started, with what a test wants to know of it."""

    variables: dict[str, str]
    process: Process = field(init=False)
    orders: subprocess.Popen[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        log = self.data / "up.log"
        self.process = Process(Up(self.variables, log), log)

    @property
    def data(self) -> Path:
        """Its data directory."""
        return Path(self.variables["HUB_DATA"])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.variables['HUB_PORT']}"

    @property
    def pid(self) -> int:
        """The process of `up` itself."""
        return self.process.popen.pid

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.process.log.unlink(missing_ok=True)
        self.process.start()
        self.process.wait_until_ready()

    def stop(self) -> None:
        """End it with SIGTERM; what is left after ten seconds is killed."""
        if self.orders:
            self.orders.communicate()
            self.orders = None
        stop([self.process], seconds=10)
        self.process.popen = None

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run a management command against this hub and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=clean_environment(self.variables),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def order(self, *arguments: str, stdin: str = "") -> str:
        """The same in a process that stays: most of a command's time goes into setting Django up."""
        if self.orders is None:
            with (self.data / "orders.log").open("w") as log:
                self.orders = subprocess.Popen(
                    [sys.executable, "-m", "tests.orders"],
                    cwd=ROOT,
                    env=clean_environment({"DJANGO_SETTINGS_MODULE": "hub.settings"} | self.variables),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        self.orders.stdin.write(json.dumps({"arguments": arguments, "stdin": stdin}) + "\n")
        self.orders.stdin.flush()
        told = json.loads(self.orders.stdout.readline())
        assert told["well"], f"{arguments}: {told['out']}{told['err']}"
        return told["out"]

    def log(self, name: str) -> str:
        """What a child (web, worker, beat, …) or `up` itself has written."""
        path = self.data / "up.log" if name == "up" else self.data / "logs" / f"{name}.log"
        return path.read_text(errors="replace")

    def child(self, name: str) -> int:
        """The process id of a child of `up`; raises StopIteration while it is down."""
        return processes.child_running(self.pid, CHILDREN[name])

    def health(self) -> tuple[int, dict[str, object]]:
        """Status and body of /healthz; status 0 when nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, json.load(problem)
        except OSError:
            return 0, {}

    def wait_until_healthy(self, *, seconds: float = 30) -> None:
        """Return once /healthz answers 200."""
        assert wait_for(lambda: self.health()[0] == 200, seconds=seconds), (self.health(), self.log("up"))


def clean_environment(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment with the hub's variables replaced by the given ones."""
    prefixes = ("HUB_", "S3_", "HF_", "DJANGO_", "PYTEST_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(prefixes) and name not in STORE_VARIABLES
    }
    return kept | variables
