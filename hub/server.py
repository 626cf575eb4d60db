"""The application server's configuration: `gunicorn --config python:hub.server hub.wsgi:application`."""

import os
import socket
import struct

from gunicorn.arbiter import Arbiter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

from django.conf import settings  # noqa: E402

bind = f"{settings.HUB_BIND}:{settings.HUB_PORT}"
worker_class = "gthread"
# The application is imported once and shared by the processes.
preload_app = True
workers = settings.HUB_WEB_PROCESSES
threads = settings.HUB_WEB_THREADS
# Commits come through slow lines for hours; a thread that waits for bytes does not count as hanging.
timeout = 120
graceful_timeout = 5
keepalive = 30
# Its default is one file in the home directory for every gunicorn of a person.
control_socket_disable = True
# git and the hub clients send long queries and headers.
limit_request_line = 8190


def when_ready(server: Arbiter) -> None:
    """Cut off who takes no byte of an answer for long, so that slow clients cannot hold all threads.

    The kernel gives up on such a write (`SO_SNDTIMEO`, socket(7)); connections inherit that from the socket
    they came by. gunicorn's own `timeout` is about processes, not about threads.
    """
    for listener in server.LISTENERS:
        pause = struct.pack("ll", settings.HUB_STALL_SECONDS, 0)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pause)
