"""The real client with tokens that end, that are granted single places, and that it logs itself in with."""

import configparser
import re
import secrets
import subprocess
import time

import httpx2 as httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from tests.clients.conftest import HF, Person, create_user

pytestmark = pytest.mark.xdist_group("hub")
SECONDS = 60


class Browser:
    """A browser's session of somebody new: log in, and send the forms of pages."""

    def __init__(self, hub) -> None:
        self.name = f"person-{secrets.token_hex(4)}"
        password = create_user(hub, self.name)
        self.http = httpx.Client(base_url=hub.url, follow_redirects=True)
        self.submit("/accounts/login/", login=self.name, password=password)

    def submit(self, address: str, **fields: str) -> str:
        """Send the form of a page, with what the page hides in it."""
        page = self.http.get(address)
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text).group(1)
        answer = self.http.post(address, data={"csrfmiddlewaretoken": hidden, **fields})
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def browser(running_hub):
    """Somebody with a session and no token."""
    browser = Browser(running_hub)
    yield browser
    browser.http.close()


@pytest.fixture
def terminal(browser, running_hub, tmp_path):
    """The same person at a command line where nobody is logged in."""
    return Person(browser.name, "", running_hub, tmp_path / "home")


def start_login(terminal: Person) -> tuple[subprocess.Popen, str]:
    """`hf auth login`, and the code that it shows."""
    process = subprocess.Popen(
        [HF, "auth", "login"],
        env=terminal.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"enter the code:? ([A-Z]{4}-[A-Z]{4})", said):
            return process, found.group(1)
    raise AssertionError(said)


def stored(terminal: Person) -> dict[str, dict[str, str]]:
    """What the client keeps of its tokens."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(terminal.home / "stored_tokens")
    return {name: dict(config[name]) for name in config.sections()}


def test_hf_auth_login_asks_the_browser_and_stays_logged_in(browser, terminal):
    process, code = start_login(terminal)
    page = browser.http.get("/device", params={"user_code": code}).text
    assert code in page
    browser.submit(f"/device?user_code={code}", user_code=code, role="write", approve="1")
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert browser.name in terminal.hf("auth", "whoami")
    assert "hf on 127.0.0.1" in terminal.hf("auth", "list")
    assert "hf on 127.0.0.1" in browser.http.get("/settings/tokens").text
    terminal.hf("repos", "create", "from-the-terminal")

    # In the last day of its token the client refreshes it by itself.
    first = stored(terminal)["hf on 127.0.0.1"]
    path = terminal.home / "stored_tokens"
    path.write_text(path.read_text().replace(first["expires_at"], str(int(time.time()) + 60)))
    assert browser.name in terminal.hf("auth", "whoami")
    second = stored(terminal)["hf on 127.0.0.1"]
    assert second["hf_token"] != first["hf_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert int(second["expires_at"]) > time.time() + 29 * 86400

    terminal.hf("auth", "logout")
    assert "Not logged in" in terminal.hf("auth", "whoami", fails=True)


def test_hf_auth_login_says_when_it_is_denied(browser, terminal):
    process, code = start_login(terminal)
    browser.submit(f"/device?user_code={code}", user_code=code, deny="1")
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode != 0
    assert "denied" in said
    assert stored(terminal) == {}


def test_a_fine_grained_token_works_where_it_is_granted_and_nowhere_else(publisher, tmp_path):
    api = publisher.api
    for name in ("granted", "not-granted"):
        api.create_repo(f"{publisher.name}/{name}", private=True)
    grant = f"write:{publisher.name}/granted"
    token = publisher.hub.manage(
        "create_token", publisher.name, "ci", "--role", "fine-grained", "--grant", grant, "--days", "7"
    ).strip()
    ci = Person(publisher.name, token, publisher.hub, tmp_path)
    me = ci.api.whoami()
    assert me["auth"]["accessToken"]["role"] == "fineGrained"
    [scoped] = me["auth"]["accessToken"]["fineGrained"]["scoped"]
    assert scoped["entity"]["name"] == f"{publisher.name}/granted"
    ci.api.upload_file(path_or_fileobj=b"text", path_in_repo="a.txt", repo_id=f"{publisher.name}/granted")
    with pytest.raises(RepositoryNotFoundError):
        ci.api.model_info(f"{publisher.name}/not-granted")
    with pytest.raises(HfHubHTTPError, match="403"):
        ci.api.delete_repo(f"{publisher.name}/granted")
    seen = {model.id for model in ci.api.list_models(author=publisher.name)}
    assert f"{publisher.name}/granted" in seen
    assert f"{publisher.name}/not-granted" not in seen
