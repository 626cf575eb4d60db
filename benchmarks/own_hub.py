"""A hub of a benchmark's own: embedded stores, the real servers, gone at the end."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
# Before huggingface_hub is imported: large files go by LFS, and progress bars would be part of the time.
os.environ |= {f"HF_HUB_DISABLE_{what}": "1" for what in ("XET", "PROGRESS_BARS", "TELEMETRY")}

from hub.embedded import ports  # noqa: E402
from tests.running import RunningHub  # noqa: E402

NAME = "bench"
# Requests are counted as always, but never too many.
RATES = {f"HUB_RATE_{bucket}": "1000000000,1000000000" for bucket in ("API", "RESOLVERS", "WRITES", "PAGES")}


@contextmanager
def running_hub(**variables: str) -> Iterator[RunningHub]:
    """Start `manage.py up` below a temporary directory with a user `bench`; remove all of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="allmende-benchmark-", ignore_cleanup_errors=True) as data:
        [port] = ports.choose(1)
        hub = RunningHub({"HUB_DATA": data, "HUB_PORT": str(port), **RATES, **variables})
        try:
            hub.start()
            hub.manage("create_user", NAME, "bench@example.org", stdin="a long pass phrase\n")
            yield hub
        finally:
            hub.stop()


def token(hub: RunningHub, role: str) -> str:
    """A new token of the user."""
    return hub.manage("create_token", NAME, role, "--role", role).strip()
