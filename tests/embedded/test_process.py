import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.embedded.process import Command, Process, Program, StartFailed, stop, wait_for
from tests import processes


class Script(Program):
    """A few lines of Python."""

    name = "script"
    ready_seconds = 5.0

    def __init__(self, text: str, answers: Path | None = None) -> None:
        self.text = text
        self.answers = answers

    def command(self) -> Command:
        return Command(argv=[sys.executable, "-c", self.text], cwd=Path("/"), env=dict(os.environ))

    def ready(self) -> bool:
        return self.answers is None or self.answers.exists()


def test_a_child_that_ends_too_soon_is_told_with_its_last_words(tmp_path: Path) -> None:
    process = Process(Script("raise SystemExit('no such thing')", tmp_path / "never"), tmp_path / "log")
    process.start()

    with pytest.raises(StartFailed, match=r"(?s)script ended with exit code 1.*no such thing"):
        process.wait_until_ready()


def test_a_child_that_will_not_end_is_killed_with_its_own_children(tmp_path: Path) -> None:
    stubborn = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    process = Process(Script(stubborn, tmp_path / "pid"), tmp_path / "log")
    process.start()
    process.wait_until_ready()
    assert wait_for(lambda: (tmp_path / "pid").read_text(), seconds=5)
    grandchild = int((tmp_path / "pid").read_text())

    stop([process], seconds=0.2)

    assert not process.alive()
    assert wait_for(lambda: not processes.is_alive(grandchild), seconds=5)


def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = (
        "import os, pathlib, signal, sys\n"
        "from hub.embedded.process import Process\n"
        "from tests.embedded.test_process import Script\n"
        f"process = Process(Script('import time; time.sleep(60)'), pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "process.start()\n"
        "print(process.popen.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=root, capture_output=True, text=True, check=False
    )

    child = int(done.stdout)
    assert wait_for(lambda: not processes.is_alive(child), seconds=5)
