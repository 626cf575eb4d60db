"""Gated access through the real client, and the form in a browser's stead."""

import re
import secrets
from pathlib import Path

import httpx2 as httpx
import pytest
from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

pytestmark = pytest.mark.xdist_group("hub")

CARD = b"""---
license: mit
extra_gated_prompt: Be kind with it.
extra_gated_fields:
  Organisation: text
  I agree: checkbox
---
# Voice
"""
WEIGHTS = b"weights" * 3000


@pytest.fixture(scope="module")
def make_voice(publisher):
    """Make a gated model with a card, a small and a large file."""

    def made(name: str, gated: str) -> str:
        api = publisher.api
        repo_id = api.create_repo(f"{publisher.name}/{name}").repo_id
        for path, data in (("README.md", CARD), ("config.json", b"{}"), ("model.safetensors", WEIGHTS)):
            api.upload_file(path_or_fileobj=data, path_in_repo=path, repo_id=repo_id)
        api.update_repo_settings(repo_id, gated=gated)
        return repo_id

    return made


def ask(person, repo_id: str, **answers: str) -> httpx.Response:
    """Log in, read the form and send it, as a browser does."""
    with httpx.Client(base_url=person.hub.url, follow_redirects=True) as browser:
        page = browser.get("/accounts/login/")
        who = {"login": person.name, "password": person.password, **hidden(page)}
        assert browser.post("/accounts/login/", data=who).status_code == 200
        form = browser.get(f"/{repo_id}/ask-access")
        return browser.post(f"/{repo_id}/ask-access", data=hidden(form) | answers)


def hidden(page: httpx.Response) -> dict[str, str]:
    """What a form carries along."""
    return dict(re.findall(r'name="(csrfmiddlewaretoken|seen)" value="([^"]*)"', page.text))


ANSWERS = {"answer-0": "ACME", "answer-1": "on"}


def pull(person, repo_id: str, folder: Path, path: str = "model.safetensors") -> bytes:
    """The bytes of a file, downloaded anew."""
    file = hf_hub_download(
        repo_id,
        path,
        endpoint=person.hub.url,
        token=person.token or False,
        local_dir=folder / secrets.token_hex(4),
    )
    return Path(file).read_bytes()


def status_of(refused) -> int:
    return refused.value.response.status_code


def test_a_request_from_the_form_to_the_end_of_the_access(publisher, visitor, join, make_voice, tmp_path):
    repo_id, api = make_voice("voice", "manual"), publisher.api
    otto, eve = join("read"), join("read")
    for person in (otto, eve, visitor):
        with pytest.raises(GatedRepoError):
            pull(person, repo_id, tmp_path)
    assert visitor.api.model_info(repo_id).gated == "manual"

    missing = ask(otto, repo_id, **{"answer-1": "on"})
    assert (missing.status_code, list(api.list_pending_access_requests(repo_id))) == (400, [])
    assert ask(otto, repo_id, **ANSWERS).status_code == 200
    [request] = api.list_pending_access_requests(repo_id)
    assert (request.username, request.email) == (otto.name, f"{otto.name}@example.org")
    assert (request.status, request.fields) == ("pending", {"Organisation": "ACME", "I agree": True})
    with pytest.raises(GatedRepoError, match="waits for its people to decide"):
        pull(otto, repo_id, tmp_path)

    api.accept_access_request(repo_id, otto.name)
    with pytest.raises(HfHubHTTPError) as refused:
        api.accept_access_request(repo_id, otto.name)
    assert status_of(refused) == 404
    assert pull(otto, repo_id, tmp_path) == WEIGHTS
    folder = snapshot_download(repo_id, endpoint=otto.hub.url, token=otto.token, cache_dir=tmp_path / "cache")
    assert folder.endswith(api.model_info(repo_id).sha)
    with pytest.raises(GatedRepoError):
        pull(eve, repo_id, tmp_path)

    [accepted] = api.list_accepted_access_requests(repo_id)
    api.cancel_access_request(repo_id, request_id=accepted.request_id)
    with pytest.raises(GatedRepoError):
        pull(otto, repo_id, tmp_path)
    with pytest.raises(GatedRepoError):
        otto.api.auth_check(repo_id)
    api.reject_access_request(repo_id, otto.name, rejection_reason="We do not know you.")
    [rejected] = api.list_rejected_access_requests(repo_id)
    assert (rejected.username, rejected.status) == (otto.name, "rejected")
    with pytest.raises(GatedRepoError, match="was rejected"):
        pull(otto, repo_id, tmp_path, "config.json")
    api.accept_access_request(repo_id, otto.name)
    assert pull(otto, repo_id, tmp_path) == WEIGHTS


def test_whoever_asks_at_an_automatic_gate_pulls_at_once(publisher, join, make_voice, tmp_path):
    repo_id, otto = make_voice("open-voice", "auto"), join("read")
    with pytest.raises(GatedRepoError):
        pull(otto, repo_id, tmp_path)
    ask(otto, repo_id, **ANSWERS)
    assert pull(otto, repo_id, tmp_path) == WEIGHTS
    assert list(publisher.api.list_pending_access_requests(repo_id)) == []
    assert [one.username for one in publisher.api.list_accepted_access_requests(repo_id)] == [otto.name]
    publisher.api.reject_access_request(repo_id, otto.name, rejection_reason=None)
    with pytest.raises(GatedRepoError):
        pull(otto, repo_id, tmp_path)


def test_access_is_given_unasked_and_by_nobody_but_the_owner(publisher, join, make_voice, tmp_path):
    repo_id, api, otto = make_voice("given-voice", "manual"), publisher.api, join()
    assert api.grant_access(repo_id, otto.name)["status"] == "accepted"
    assert pull(otto, repo_id, tmp_path) == WEIGHTS
    [given] = api.list_accepted_access_requests(repo_id)
    assert (given.username, given.email, given.fields) == (otto.name, None, None)
    for call, status in (
        (lambda: api.grant_access(repo_id, otto.name), 400),
        (lambda: api.grant_access(repo_id, "nobody-of-that-name"), 404),
        (lambda: api.accept_access_request(repo_id, "nobody-of-that-name"), 404),
        (lambda: api.cancel_access_request(repo_id, request_id="0"), 404),
        (lambda: list(otto.api.list_accepted_access_requests(repo_id)), 403),
        (lambda: otto.api.grant_access(repo_id, otto.name), 403),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            call()
        assert status_of(refused) == status
    api.update_repo_settings(repo_id, gated=False)
    with pytest.raises(HfHubHTTPError) as refused:
        list(api.list_pending_access_requests(repo_id))
    assert status_of(refused) == 400
