"""The hub's own processes as programs: web server, worker and beat."""

import http.client
import os
import signal
import sys

from django.conf import settings

from hub import liveness
from hub.embedded.process import Command, Program


class Python(Program):
    """A Python module run in the checkout with this interpreter and environment."""

    # A worker that is asked to end while Redis ends too may hang for ever; its tasks are acknowledged late.
    orphan_signal = signal.SIGKILL
    arguments: tuple[str, ...] = ()

    def command(self) -> Command:
        """Return how to run the module."""
        return Command(
            argv=[sys.executable, "-m", *self.arguments],
            cwd=settings.BASE_DIR,
            # What a worker leaves among the temporary files when it is killed, the next start clears away.
            env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(settings.HUB_DATA / "tmp")},
        )


class Web(Python):
    """The application server."""

    name = "web"
    arguments = ("gunicorn", "--config", "python:hub.server", "hub.wsgi:application")

    def ready(self) -> bool:
        """Tell whether the server answers requests, whatever they say about the other parts."""
        connection = http.client.HTTPConnection(settings.HUB_BIND, settings.HUB_PORT, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


class Worker(Python):
    """The Celery worker."""

    name = "worker"
    arguments = (
        "celery",
        "--app",
        "hub.celery",
        "worker",
        "--queues",
        "celery,scans,wholes,webhooks,scans-many,rescans,descents",
        "--loglevel",
        "INFO",
        "--without-gossip",
    )
    # Finish briefly or give back to the queue (CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT); SIGTERM waits for ever.
    stop_signal = signal.SIGQUIT

    def ready(self) -> bool:
        """Tell whether it gave a sign of life."""
        return liveness.living()["worker"]


class Beat(Python):
    """The Celery beat, which queues the sweeps."""

    name = "beat"
    arguments = ("celery", "--app", "hub.celery", "beat", "--loglevel", "INFO", "--pidfile", "")

    def ready(self) -> bool:
        """Tell whether it gave a sign of life."""
        return liveness.living()["beat"]
