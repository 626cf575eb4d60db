"""Keep a set of child processes running: start them, restart what dies, report it, end them all."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hub.embedded.process import Process, StartFailed, stop

POLL_SECONDS = 0.2
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A child that ran this long is not in a crash loop: its next pause is the first one again.
STEADY_SECONDS = 60.0
# Together below ten seconds: first what takes requests and work, then the stores under them.
STOP_SECONDS = (5.5, 3.5)


@dataclass
class Kept:
    """A child process, and when to start it again should it be down."""

    process: Process
    pause: float = FIRST_PAUSE
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Children in layers: a later layer uses the earlier ones and is ended before them."""

    report: Callable[[str], None]
    layers: list[list[Kept]] = field(default_factory=list)

    def start(self, processes: list[Process]) -> None:
        """Start one more layer and wait until all of it answers; raises StartFailed."""
        self.layers.append([Kept(process) for process in processes])
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()

    def watch(self) -> None:
        """Restart whatever dies, for ever; ended by an exception such as KeyboardInterrupt."""
        while True:
            for kept in self._children():
                self._look_after(kept)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End every child, the last layer first; signals that ask to stop again are ignored meanwhile."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for layer, seconds in zip(reversed(self.layers), STOP_SECONDS, strict=False):
            stop([kept.process for kept in layer], seconds=seconds)

    def _children(self) -> list[Kept]:
        return [kept for layer in self.layers for kept in layer]

    def _look_after(self, kept: Kept) -> None:
        if kept.restart_at is not None:
            if time.monotonic() >= kept.restart_at:
                self._restart(kept)
        elif not kept.process.alive():
            ran = time.monotonic() - kept.process.started_at
            kept.pause = FIRST_PAUSE if ran > STEADY_SECONDS else kept.pause
            self._plan(kept, f"ended with {kept.process.exit_text()}")

    def _restart(self, kept: Kept) -> None:
        kept.restart_at = None
        # What the dead one left running in its group would hold ports and tasks.
        stop([kept.process], seconds=0)
        try:
            kept.process.start()
        except (StartFailed, OSError) as problem:
            self._plan(kept, f"could not be started: {problem}")
        else:
            self.report(f"{kept.process.name} is started again.")

    def _plan(self, kept: Kept, what: str) -> None:
        kept.restart_at = time.monotonic() + kept.pause
        self.report(
            f"{kept.process.name} {what}; starting it again in {kept.pause:g} s (log: {kept.process.log})."
        )
        kept.pause = min(kept.pause * 2, LONGEST_PAUSE)
