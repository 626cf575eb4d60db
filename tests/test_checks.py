"""Django's own checks of the whole project: what no room sees, such as one name for two constraints."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command

ROOT = Path(__file__).parent.parent


def test_django_finds_nothing_wrong_with_the_project():
    call_command("check", fail_level="WARNING")


def test_django_finds_nothing_wrong_with_a_hub_that_others_use(tmp_path: Path):
    given = {
        "PATH": os.environ["PATH"],
        "HUB_DATA": str(tmp_path),
        "HUB_PRODUCTION": "1",
        "HUB_SECRET_KEY": secrets.token_urlsafe(64),
        "HUB_HOSTS": "hub.example.org",
        "HUB_URL": "https://hub.example.org",
        "HUB_TRUST_PROXY": "1",
        "HUB_SMTP_HOST": "mail.example.org",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
