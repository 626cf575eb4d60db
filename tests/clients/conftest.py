"""The real client, in processes of its own, against a whole running hub."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.running import RunningHub, clean_environment

HF = Path(sys.executable).parent / "hf"


@dataclass
class Person:
    """Somebody with an account on the running hub, and a home of their own for the client's files."""

    name: str
    token: str
    hub: RunningHub
    home: Path
    password: str = ""

    @property
    def api(self) -> HfApi:
        """The client as a library."""
        return HfApi(endpoint=self.hub.url, token=self.token or False)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the `hf` command."""
        variables = {
            "HF_ENDPOINT": self.hub.url,
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "NO_COLOR": "1",
            "HOME": str(self.home),
        }
        if self.token:
            variables["HF_TOKEN"] = self.token
        return clean_environment(variables)

    def hf(self, *arguments: str, fails: bool = False, **variables: str) -> str:
        """Run the `hf` command, with more variables if any are given, and return all it printed."""
        done = subprocess.run(
            [HF, *arguments],
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    def python(
        self, code: str, *arguments: str, interpreter: str | Path = sys.executable, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python that uses libraries as users do: all they know of the hub is in the environment."""
        known = {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.home), "HOME": str(self.home)}
        if self.token:
            known["HF_TOKEN"] = self.token
        done = subprocess.run(
            [interpreter, "-W", "always", "-c", code, *arguments],
            env=clean_environment(known | variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="session")
def join(running_hub: RunningHub, tmp_path_factory: pytest.TempPathFactory):
    """Let somebody join the running hub, with a token of a role."""

    def joined(role: str = "write") -> Person:
        name = f"person-{secrets.token_hex(4)}"
        home = tmp_path_factory.mktemp(name)
        password = create_user(running_hub, name)
        token = running_hub.order("create_token", name, "laptop", "--role", role).strip()
        return Person(name, token, running_hub, home, password)

    return joined


def create_user(hub: RunningHub, name: str) -> str:
    """Make a user by the operator's command; returns the password."""
    password = secrets.token_urlsafe(16)
    hub.order("create_user", name, f"{name}@example.org", stdin=f"{password}\n")
    return password


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; what one test does in a context of its own, no other sees."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def publisher(join) -> Person:
    """Somebody who publishes."""
    return join()


@pytest.fixture(scope="session")
def developer(join) -> Person:
    """Somebody who pulls."""
    return join("read")


@pytest.fixture(scope="session")
def visitor(running_hub: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody without an account."""
    return Person("", "", running_hub, tmp_path_factory.mktemp("visitor"))


@pytest.fixture(scope="session", autouse=True)
def chunks_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what hf_xet remembers of a hub inside the run: the next one's may have the same address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_XET_CACHE", str(tmp_path_factory.mktemp("xet")))
        yield


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep what the library caches inside the test."""
    assert "HF_TOKEN" not in os.environ
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hf-cache"))
