"""Compare application servers under the same tiny Django project on this machine; prints one run's ratios.

    pip install granian uvicorn && apt-get install wrk
    python benchmarks/servers.py

Every server gets two processes of eight threads (uvicorn: two processes) and the same requests over
loopback: an answer at once, an answer after 5 ms of waiting as for a database, and a body of 64 MiB that the
view reads in pieces. Rounds go round the servers in turn, so that what else the machine does meets them all.
"""

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path, re_path

PORT = 18999
PROCESSES, THREADS, CONNECTIONS = 2, 8, 32
BODY = 64 * 1024 * 1024
PIECE = 1024 * 1024


def at_once(request: HttpRequest) -> JsonResponse:
    """Answer without doing anything."""
    return JsonResponse({"answer": 42})


def waiting(request: HttpRequest) -> JsonResponse:
    """Answer after waiting as long as a few queries take."""
    time.sleep(0.005)
    return JsonResponse({"answer": 42})


def counting(request: HttpRequest) -> JsonResponse:
    """Count the body in pieces and tell how much memory the process ever held, in MiB."""
    size = sum(len(piece) for piece in iter(lambda: request.read(PIECE), b""))
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return JsonResponse({"size": size, "peak": int(peak.split()[1]) // 1024})


def raw_path(request: HttpRequest, rest: str) -> JsonResponse:
    """Tell where the request's path can be read as the client sent it."""
    places = {name: value for name, value in request.META.items() if "%2F" in str(value)}
    scope = getattr(request, "scope", {})
    return JsonResponse(places | ({"raw_path": True} if b"%2F" in scope.get("raw_path", b"") else {}))


urlpatterns = [
    path("at-once", at_once),
    path("waiting", waiting),
    path("counting", counting),
    re_path("^raw/(.*)$", raw_path),
]

if not settings.configured:
    settings.configure(ROOT_URLCONF="servers", ALLOWED_HOSTS=["*"], SECRET_KEY="benchmark", MIDDLEWARE=[])
    django.setup()
application, asgi = get_wsgi_application(), get_asgi_application()

PYTHON = [sys.executable, "-m"]
SERVERS = {
    "gunicorn gthread": [
        *(*PYTHON, "gunicorn", "servers:application", "--bind", f"127.0.0.1:{PORT}", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", str(PROCESSES), "--threads", str(THREADS)),
        *("--keep-alive", "30", "--log-level", "error"),
    ],
    "granian wsgi": [
        *(*PYTHON, "granian", "servers:application", "--interface", "wsgi", "--port", str(PORT)),
        *("--workers", str(PROCESSES), "--blocking-threads", str(THREADS), "--log-level", "error"),
    ],
    "uvicorn asgi": [
        *(*PYTHON, "uvicorn", "servers:asgi", "--port", str(PORT), "--workers", str(PROCESSES)),
        *("--log-level", "error", "--lifespan", "off"),
    ],
}


def get(target: str, body: bytes | None = None) -> dict[str, object]:
    """Make one request and return the JSON of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request("POST" if body else "GET", target, body=body)
        return json.load(connection.getresponse())
    finally:
        connection.close()


def wait_until_up() -> None:
    """Return once the server answers; gives up after 20 s."""
    for _ in range(200):
        try:
            get("/at-once")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server did not start.")


def requests_per_second(target: str, seconds: int) -> float:
    """Load the server with a bounded run of wrk."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://127.0.0.1:{PORT}{target}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])


def measure(name: str, seconds: int) -> dict[str, object]:
    """Start one server, measure it, stop it."""
    server = subprocess.Popen(SERVERS[name], cwd=Path(__file__).parent, start_new_session=True)
    try:
        wait_until_up()
        measured = {
            "raw path": sorted(get("/raw/a%2Fb/c")),
            "at once": requests_per_second("/at-once", seconds),
            "waiting": requests_per_second("/waiting", seconds),
        }
        began = time.perf_counter()
        counted = get("/counting", bytes(BODY))
        assert counted["size"] == BODY
        measured |= {"body": time.perf_counter() - began, "peak": counted["peak"]}
        began = time.perf_counter()
        server.terminate()
        server.wait(timeout=30)
        return measured | {"stop": time.perf_counter() - began}
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def main() -> None:
    """Measure every server in turn, several rounds, and print medians relative to the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    rounds = [{name: measure(name, options.seconds) for name in SERVERS} for _ in range(options.rounds)]
    base = next(iter(SERVERS))
    print(f"medians of {options.rounds} rounds, relative to {base}; peak memory in MiB, stop in seconds")
    for name in SERVERS:
        ratios = {
            what: statistics.median(turn[name][what] / turn[base][what] for turn in rounds)
            for what in ("at once", "waiting", "body")
        }
        peak = max(turn[name]["peak"] for turn in rounds)
        stop = statistics.median(turn[name]["stop"] for turn in rounds)
        print(
            f"{name:18} at once ×{ratios['at once']:.2f}  waiting ×{ratios['waiting']:.2f}  "
            f"time for the body ×{ratios['body']:.2f}  peak {peak}  stop {stop:.1f}  "
            f"raw path: {', '.join(rounds[0][name]['raw path']) or 'nowhere'}"
        )


if __name__ == "__main__":
    main()
