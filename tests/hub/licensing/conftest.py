"""Tasks that would be queued are kept, to be run one after the other."""

from collections import deque

import pytest
from celery import current_app

from hub.compute import subscribers as compute_subscribers
from hub.compute import tasks as compute_tasks
from hub.licensing import descent, rereading, subscribers, sweeping, tasks


class Queued:
    """What was asked for of the workers and not run yet; `count` is how much was run."""

    def __init__(self) -> None:
        self.waiting: deque = deque()
        self.count = 0

    def __call__(self, task, *args) -> bool:
        self.waiting.append((task, args))
        return True

    def forget(self) -> None:
        """Lose everything, as a broker does that starts anew."""
        self.waiting.clear()

    def run(self) -> None:
        """Run what waits, and what that asks for, until nothing is left."""
        while self.waiting:
            task, args = self.waiting.popleft()
            self.count += 1
            assert self.count < 1000, "the tasks ask for each other without end"
            current_app.tasks[getattr(task, "task", None) or task.name].run(*args)


@pytest.fixture
def queued(monkeypatch, transactional_db) -> Queued:
    """The tasks that licensing and what it reads ask for."""
    found = Queued()
    for module in (descent, rereading, sweeping, subscribers, compute_subscribers):
        monkeypatch.setattr(module, "enqueue", found)
    for module in (rereading, sweeping):
        monkeypatch.setattr(module, "waiting", lambda queue: 0)
    # Imported here, so that they are known by name.
    assert {tasks.check.name, compute_tasks.describe.name} <= current_app.tasks.keys()
    return found
