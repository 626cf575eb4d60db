"""`manage.py up`: the whole hub on one machine."""

import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from hub import liveness
from hub.embedded import ports
from hub.embedded.process import Process, Program, StartFailed, wait_for
from hub.embedded.programs import NAMES, programs, settle_ports
from hub.management.children import Beat, Web, Worker
from hub.management.supervision import Supervisor

NEXT = """
The hub answers at {url}

  Open it in a browser and sign up, or make users, an organisation and models to look at:
      {python} manage.py demo
  Point the hf client at it:
      export HF_ENDPOINT={url} HF_TOKEN=(a token from {url}/settings/tokens)
  Logs: {logs}    Stop: Ctrl-C
"""


class Command(BaseCommand):
    """Start the stores that the environment does not give, the web server, a worker and beat."""

    help = "Start everything on this machine and keep it running until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop; everything started is ended before this returns."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        settings.HUB_DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_one(settings.HUB_DATA):
            supervisor = Supervisor(self.say)
            try:
                self.start(supervisor)
                supervisor.watch()
            except KeyboardInterrupt:
                self.say("Stopping …")
            except BrokenPipeError:
                # Nobody reads any more: what is still said must not fail again, nor when Python ends.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            except StartFailed as problem:
                raise CommandError(str(problem)) from problem
            finally:
                supervisor.stop()
        self.say("Everything has stopped.")

    def say(self, text: str) -> None:
        """Print one line at once, also into a pipe."""
        self.stdout.write(text)
        self.stdout.flush()

    def start(self, supervisor: Supervisor) -> None:
        """Bring everything up in order, telling what takes its time."""
        began = time.monotonic()
        self.start_stores(supervisor)
        call_command("prepare", stdout=self.stdout)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(settings.HUB_DATA / "tmp", ignore_errors=True)
        (settings.HUB_DATA / "tmp").mkdir(mode=0o700)
        connection.close()
        if not wait_for(lambda: ports.is_free(settings.HUB_PORT), seconds=3):
            raise CommandError(
                f"Port {settings.HUB_PORT} is taken by another program; choose another: HUB_PORT=8001 …"
            )
        self.say("Starting the web server, the worker and beat …")
        liveness.forget()
        supervisor.start([process(program) for program in (Web(), Worker(), Beat())])
        self.say(f"Ready after {time.monotonic() - began:.1f} s.")
        python = Path(sys.executable)
        if python.is_relative_to(settings.BASE_DIR):
            python = python.relative_to(settings.BASE_DIR)
        self.say(NEXT.format(url=settings.LOCAL_URL, python=python, logs=settings.HUB_DATA / "logs"))

    def start_stores(self, supervisor: Supervisor) -> None:
        """Start PostgreSQL, Redis and S3, as far as the environment does not give them."""
        names = [name for name in NAMES if settings.EMBEDDED[name]]
        services, moved = settle_ports(settings.HUB_DATA, names) if names else (None, [])
        if moved:
            self.say(f"Ports of {', '.join(moved)} were taken by another program; using new ones.")
            # The settings of this process hold the old addresses; a fresh one reads the new ones.
            os.execv(sys.executable, [sys.executable, *sys.argv])
        if names:
            first = "" if (settings.HUB_DATA / "postgres/PG_VERSION").exists() else " for the first time"
            self.say(f"Starting {', '.join(names)}{first} …")
            supervisor.start([process(program) for program in programs(services, names)])


def process(program: Program) -> Process:
    """The program with its log below HUB_DATA."""
    return Process(program, settings.HUB_DATA / "logs" / f"{program.name}.log")


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data directory for this process; raises CommandError when another `up` has it."""
    with (data / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            lock.seek(0)
            raise CommandError(
                f"`up` already runs on {data} (process {lock.read().strip()}). "
                "Stop it first, or give this one a directory of its own: HUB_DATA=… HUB_PORT=…"
            ) from problem
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
