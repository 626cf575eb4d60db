import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
HUB_SERVICES = ("prepare", "web", "worker", "beat")


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def filled_in(value: str) -> str:
    """Put defaults, else a word, where the file asks for a variable."""
    return re.sub(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}", lambda found: found[1] or "word", value)


@pytest.mark.parametrize("service", HUB_SERVICES)
def test_a_service_gets_every_variable_that_production_needs(service: str, tmp_path: Path) -> None:
    given = {name: filled_in(value) for name, value in compose()["services"][service]["environment"].items()}
    variables = {"PATH": os.environ["PATH"], "HUB_DATA": str(tmp_path / "data"), **given}
    check = (
        "from hub import settings as s; from hub.server import bind;"
        "assert s.PRODUCTION and not any(s.EMBEDDED.values()); print(bind)"
    )

    done = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "0.0.0.0:8000\n"
    assert not (tmp_path / "data").exists()


def test_no_store_is_reachable_from_other_machines() -> None:
    published = [port for service in compose()["services"].values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    secrets = re.findall(r"\$\{((?!HUB_SMTP)\w*(?:PASSWORD|SECRET|KEY)\w*)(:.)?", text)

    assert secrets
    assert {operator for _, operator in secrets} == {":?"}
