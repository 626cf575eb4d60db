"""Child processes that die with their parent, log to a file and can be waited for and stopped."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10 * 1024 * 1024
POLL_SECONDS = 0.05
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartFailed(Exception):
    """A child ended, or did not answer in time, before it was ready; the text says which and why."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to execute: arguments, working directory, environment, and the user id to drop to."""

    argv: list[str]
    cwd: Path
    env: Mapping[str, str]
    uid: int | None = None


class Program:
    """One program to run: how to prepare it, start it, see that it answers, and tidy up after it."""

    name = "program"
    stop_signal = signal.SIGTERM
    # What it gets when the parent was killed and can look after nothing any more.
    orphan_signal = signal.SIGTERM
    ready_seconds = 120.0

    def prepare(self) -> None:
        """Make ready what the program needs, before every start."""

    def command(self) -> Command:
        """Return what to execute."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Tell, without waiting long, whether the program answers."""
        return True

    def tidy(self) -> None:
        """Remove what the program leaves outside its data directory once it has ended."""


@dataclass
class Process:
    """A program that was started at least once, with its log."""

    program: Program
    log: Path
    popen: subprocess.Popen | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)

    @property
    def name(self) -> str:
        """The program's name."""
        return self.program.name

    def start(self) -> None:
        """Prepare and execute the program in a process group of its own."""
        self.program.prepare()
        command = self.program.command()
        with _open_log(self.log) as log:
            self.popen = subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=dict(command.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_dying_with(os.getpid(), self.program.orphan_signal),
                **identity(command.uid),
            )
        self.started_at = time.monotonic()

    def alive(self) -> bool:
        """Tell whether the process runs; reaps it when it has ended."""
        return self.popen is not None and self.popen.poll() is None

    def wait_until_ready(self) -> None:
        """Return once the program answers; raises StartFailed with the end of its log."""
        seconds = self.program.ready_seconds
        if not wait_for(lambda: not self.alive() or self.program.ready(), seconds=seconds):
            raise StartFailed(f"{self.name} did not answer within {seconds:.0f} s.\n{self.log_end()}")
        if not self.alive():
            raise StartFailed(f"{self.name} ended with {self.exit_text()}.\n{self.log_end()}")

    def exit_text(self) -> str:
        """How the process ended, in words."""
        code = self.popen.returncode
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def log_end(self, lines: int = 15) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def stop(processes: Iterable[Process], *, seconds: float) -> None:
    """Ask every process to end, kill the groups that still run after `seconds`, and tidy up."""
    processes = list(processes)
    running = [process for process in processes if process.alive()]
    for process in running:
        process.popen.send_signal(process.program.stop_signal)
    wait_for(lambda: not any(process.alive() for process in running), seconds=seconds)
    for process in processes:
        if process.popen is not None:
            _kill_group(process.popen)
        process.program.tidy()


def wait_for(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Poll until the condition holds; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def identity(uid: int | None) -> dict[str, object]:
    """The arguments of subprocess that drop from root to the user id for good."""
    return {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}


def _kill_group(popen: subprocess.Popen) -> None:
    """End whatever is left of the child's process group, the child included."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()


def die_with_parent(death_signal: int) -> None:
    """Ask Linux to send this process the signal when its parent dies, even by SIGKILL; nothing elsewhere."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))


def _dying_with(parent: int, death_signal: int) -> Callable[[], None]:
    def before_exec() -> None:
        # The kernel forgets this wish when the user id changes; subprocess changes it before it calls this.
        die_with_parent(death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def _open_log(path: Path):
    """Open a log for appending; one that has grown over the limit is kept aside once."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
