"""Pulling, as its users do it: by the client's functions and by `hf`."""

import os
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import LocalEntryNotFoundError, RemoteEntryNotFoundError, RepositoryNotFoundError

from hub.embedded.process import wait_for

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
    # A card without a licence is warned of; these have none.
    pytest.mark.filterwarnings("ignore:Warnings while validating metadata:UserWarning"),
]
NAMES = ["ü ñ/日本 (1).txt", "a%2Fb.txt", "100% 'sure' & \"q\".txt"]


@pytest.fixture(scope="module")
def repo_id(publisher):
    """A repository with odd names, a small and a large file, and a branch and a tag with a slash."""
    repo_id = f"{publisher.name}/odd-pulls"
    publisher.api.create_repo(repo_id)
    files = {name: name.encode() for name in NAMES} | {
        "large.bin": os.urandom(3 * 2**20),
        "small.txt": b"0123456789",
    }
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        publisher.api.create_commit(repo_id, operations, commit_message="Publish")
    publisher.api.create_branch(repo_id, branch="dev/x")
    publisher.api.create_tag(repo_id, tag="v/1")
    return repo_id


def test_every_name_and_revision_comes_whole(visitor, repo_id, tmp_path):
    sha = visitor.api.model_info(repo_id).sha
    for revision in ("main", "dev/x", "v/1", "refs/heads/dev/x", sha, sha[:8]):
        for name in NAMES:
            path = visitor.api.hf_hub_download(
                repo_id, name, revision=revision, local_dir=tmp_path / "pulled"
            )
            assert Path(path).read_bytes() == name.encode()


def test_what_a_head_tells_is_what_the_client_reads(visitor, repo_id, running_hub):
    address = hf_hub_url(repo_id, "large.bin", endpoint=visitor.hub.url)
    large = get_hf_file_metadata(address, token=False)
    assert (large.size, len(large.etag), large.location.startswith(visitor.hub.url)) == (3 * 2**20, 64, False)
    small = get_hf_file_metadata(hf_hub_url(repo_id, "small.txt", endpoint=visitor.hub.url), token=False)
    assert (small.size, len(small.etag), small.location) == (
        10,
        40,
        hf_hub_url(repo_id, "small.txt", endpoint=visitor.hub.url),
    )
    assert small.commit_hash == large.commit_hash == visitor.api.model_info(repo_id).sha
    # The application server says so whenever a HEAD is answered with a body.
    assert "no-body response" not in running_hub.log("web")


def test_a_missing_file_is_remembered_as_missing(visitor, repo_id, tmp_path):
    for _ in range(2):
        with pytest.raises(RemoteEntryNotFoundError):
            visitor.api.hf_hub_download(repo_id, "none.txt", cache_dir=tmp_path)
    assert [path.name for path in tmp_path.rglob(".no_exist/*/*")] == ["none.txt"]
    with pytest.raises(LocalEntryNotFoundError):
        hf_hub_download(repo_id, "none.txt", cache_dir=tmp_path, local_files_only=True)


def test_a_private_pull_needs_its_token(publisher, developer, visitor, tmp_path):
    repo_id = f"{publisher.name}/private-pulls"
    publisher.api.create_repo(repo_id, private=True)
    publisher.api.upload_file(path_or_fileobj=os.urandom(2**20 + 1), path_in_repo="w.bin", repo_id=repo_id)
    assert publisher.api.hf_hub_download(repo_id, "w.bin", cache_dir=tmp_path / "mine")
    for somebody in (developer, visitor):
        with pytest.raises(RepositoryNotFoundError):
            somebody.api.hf_hub_download(repo_id, "w.bin", cache_dir=tmp_path / "theirs")


def test_a_moved_repository_is_pulled_by_its_old_name(publisher, visitor, tmp_path):
    old, new = f"{publisher.name}/pulled-before", f"{publisher.name}/pulled-after"
    publisher.api.create_repo(old)
    publisher.api.upload_file(path_or_fileobj=b"text", path_in_repo="a.txt", repo_id=old)
    publisher.api.upload_file(path_or_fileobj=os.urandom(2**20 + 1), path_in_repo="w.bin", repo_id=old)
    publisher.api.move_repo(from_id=old, to_id=new)
    for name in ("a.txt", "w.bin"):
        assert visitor.api.hf_hub_download(old, name, cache_dir=tmp_path)


def test_a_pull_of_many_files_counts_once_for_each_caller(publisher, developer, visitor, tmp_path):
    repo_id = f"{publisher.name}/counted"
    publisher.api.create_repo(repo_id)
    files = {"a.txt": b"a", "b/c.txt": b"c", "w.bin": os.urandom(2**20 + 1)}
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    publisher.api.create_commit(repo_id, operations, commit_message="Publish")
    for person in (publisher, publisher, developer):
        person.hf("download", repo_id, "--force-download", "--local-dir", str(tmp_path / "pulled"))
    visitor.api.hf_hub_download(repo_id, "w.bin", cache_dir=tmp_path / "cache")
    assert wait_for(lambda: visitor.api.model_info(repo_id).downloads >= 3, seconds=60)
    assert visitor.api.model_info(repo_id).downloads == 3
