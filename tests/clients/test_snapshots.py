"""Snapshots and single files: only what is wanted comes, and only what is new comes again."""

import os
from pathlib import Path

import httpx2 as httpx
import pytest
from huggingface_hub import CommitOperationAdd

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
FILES = {
    "config.json": b"{}",
    "onnx/config.json": b"{    }",
    "onnx/model.onnx": os.urandom(2**20 + 1),
    "weights.bin": os.urandom(2**20 + 2),
}


@pytest.fixture(scope="module")
def repo_id(publisher) -> str:
    """A repository whose tag keeps other weights than its branch."""
    repo_id = f"{publisher.name}/snapshots"
    publisher.api.create_repo(repo_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        add = [CommitOperationAdd(path, data) for path, data in FILES.items()]
        publisher.api.create_commit(repo_id, add, commit_message="Publish")
        publisher.api.create_tag(repo_id, tag="v1")
        publisher.api.upload_file(path_or_fileobj=b"\0new", path_in_repo="weights.bin", repo_id=repo_id)
    return repo_id


@pytest.fixture(autouse=True)
def by_plain_http(monkeypatch) -> None:
    """What comes is counted as the library asks for it; hf_xet would ask behind its back."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)


SIZES = sorted(len(data) for data in FILES.values())


@pytest.fixture
def pulled(monkeypatch) -> list[int]:
    """The sizes of the files whose bytes came, from the hub or its store, in the order of their coming."""
    sizes = []
    send = httpx.Client.send

    def watched(client, request, **rest):
        response = send(client, request, **rest)
        if request.method == "GET" and "/api/" not in str(request.url):
            sizes.append(int(response.headers["Content-Length"]))
        return response

    monkeypatch.setattr(httpx.Client, "send", watched)
    return sizes


def drain(sizes: list[int]) -> list[int]:
    """What was noted since the last time, sorted."""
    found = sorted(sizes)
    sizes.clear()
    return found


def files(folder: str | Path) -> dict[str, bytes]:
    """The files below a folder, but for the client's own notes."""
    paths = (path for path in Path(folder).rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.parametrize("place", ["cache_dir", "local_dir"])
def test_a_snapshot_is_pulled_once_and_then_what_changed(publisher, visitor, pulled, tmp_path, place):
    repo_id = f"{publisher.name}/changing-{place[:5]}"
    publisher.api.create_repo(repo_id)
    add = [CommitOperationAdd(path, data) for path, data in FILES.items()]
    publisher.api.create_commit(repo_id, add, commit_message="Publish")
    snapshot = {place: tmp_path / "here", "ignore_patterns": ".git*"}
    assert files(visitor.api.snapshot_download(repo_id, **snapshot)) == FILES
    assert drain(pulled) == SIZES
    visitor.api.snapshot_download(repo_id, **snapshot)
    assert drain(pulled) == []
    publisher.api.upload_file(path_or_fileobj=b"{ }", path_in_repo="config.json", repo_id=repo_id)
    publisher.api.delete_file("onnx/config.json", repo_id)
    planned = visitor.api.snapshot_download(repo_id, **snapshot, dry_run=True)
    assert [file.filename for file in planned if file.will_download] == ["config.json"]
    assert drain(pulled) == []
    now = files(visitor.api.snapshot_download(repo_id, **snapshot))
    assert drain(pulled) == [len(b"{ }")]
    assert (now["config.json"], now["weights.bin"]) == (b"{ }", FILES["weights.bin"])


def test_patterns_and_revisions_choose_what_comes(visitor, repo_id, pulled, tmp_path):
    api, cache = visitor.api, tmp_path / "cache"
    wanted = {"allow_patterns": ["*.json", "weights.*"], "ignore_patterns": "onnx/*", "cache_dir": cache}
    assert files(api.snapshot_download(repo_id, **wanted)) == {"config.json": b"{}", "weights.bin": b"\0new"}
    old = {"config.json": b"{}", "weights.bin": FILES["weights.bin"]}
    assert files(api.snapshot_download(repo_id, revision="v1", **wanted)) == old
    # The file that both revisions have comes once.
    assert drain(pulled) == [len(b"{}"), len(b"\0new"), len(FILES["weights.bin"])]
    sha = api.model_info(repo_id, revision="v1").sha
    assert files(api.snapshot_download(repo_id, revision=sha, local_files_only=True, **wanted)) == old


def test_the_command_includes_excludes_and_plans(visitor, repo_id, tmp_path):
    place = tmp_path / "here"
    chosen = ["--include", "*.json", "--include", "*.onnx", "--exclude", "onnx/config.json"]
    planned = visitor.hf("download", repo_id, *chosen, "--local-dir", str(place), "--dry-run")
    assert "onnx/model.onnx" in planned
    assert files(place) == {}
    visitor.hf("download", repo_id, *chosen, "--local-dir", str(place))
    assert sorted(files(place)) == ["config.json", "onnx/model.onnx"]


def test_one_file_of_a_folder_is_pulled_again_when_forced_or_changed(publisher, visitor, pulled, tmp_path):
    repo_id = f"{publisher.name}/single"
    publisher.api.create_repo(repo_id)

    def upload(data: bytes) -> None:
        publisher.api.upload_file(path_or_fileobj=data, path_in_repo="sub/w.bin", repo_id=repo_id)

    def pull(**rest) -> bytes:
        path = visitor.api.hf_hub_download(repo_id, "w.bin", subfolder="sub", cache_dir=tmp_path, **rest)
        return Path(path).read_bytes()

    upload(b"\0one")
    assert [pull(), pull()] == [b"\0one"] * 2
    assert drain(pulled) == [4]
    assert pull(force_download=True) == b"\0one"
    assert drain(pulled) == [4]
    upload(b"\0two")
    assert [pull(), pull()] == [b"\0two"] * 2
    assert drain(pulled) == [4]
