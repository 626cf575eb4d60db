"""What the settings ask of the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.celery import app
from hub.management.children import Worker
from hub.scanning.services import BACKGROUND_QUEUE, MANY_QUEUE, QUEUE

ROOT = Path(__file__).parent.parent


def read(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own and print ALLOWED_HOSTS."""
    given = {"PATH": os.environ["PATH"], "HUB_DATA": str(tmp_path), **variables}
    code = "from hub import settings; print(settings.ALLOWED_HOSTS)"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True)


@pytest.mark.parametrize("hosts", [{}, {"HUB_HOSTS": ""}])
def test_production_without_host_names_does_not_start_and_says_what_is_missing(tmp_path: Path, hosts):
    done = read(tmp_path, HUB_PRODUCTION="1", **hosts)
    assert done.returncode != 0
    assert "ImproperlyConfigured: Set HUB_HOSTS" in done.stderr


def test_host_names_are_those_given_and_on_one_machine_any(tmp_path: Path):
    assert read(tmp_path, HUB_PRODUCTION="1", HUB_HOSTS="a.example,b.example").stdout == (
        "['a.example', 'b.example']\n"
    )
    assert read(tmp_path).stdout == "['*']\n"


def test_a_given_store_without_its_keys_does_not_start_and_says_what_is_missing(tmp_path: Path):
    done = read(tmp_path, S3_ENDPOINT_URL="http://127.0.0.1:1")
    assert done.returncode != 0
    assert "ImproperlyConfigured: Set S3_ACCESS_KEY_ID, which goes with S3_ENDPOINT_URL." in done.stderr


def test_scans_wait_for_what_people_wait_for():
    queues = Worker.arguments[Worker.arguments.index("--queues") + 1].split(",")
    assert queues == ["celery", QUEUE, "wholes", "webhooks", MANY_QUEUE, BACKGROUND_QUEUE, "descents"]
    assert app.conf.broker_transport_options["queue_order_strategy"] == "priority"
    assert app.amqp.router.route({}, "hub.downloads.tasks.keep_whole")["queue"].name == "wholes"
    assert "scans" not in str(app.amqp.router.route({}, "hub.revisions.tasks.verify"))
    assert app.amqp.router.route({}, "hub.licensing.tasks.descend_all")["queue"].name == "descents"


def test_a_worker_knows_every_task_that_is_due_from_time_to_time_and_every_rooms(tmp_path: Path):
    code = (
        "import django; django.setup(); from hub.celery import app; app.loader.import_default_modules(); "
        "print(*set(app.conf.beat_schedule) - set(app.tasks), sep='\\n'); print(*app.tasks, sep='\\n')"
    )
    given = {
        "PATH": os.environ["PATH"],
        "HUB_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "hub.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )
    missing, *known = done.stdout.split("\n")
    assert missing == ""
    rooms = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for app_name in ("accounts", "contributions", "hub")
        for path in (ROOT / app_name).rglob("tasks.py")
    }
    assert rooms <= {name.rpartition(".")[0] for name in known}
