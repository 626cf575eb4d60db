"""Trees, histories and copies through the real client."""

import secrets
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete
from huggingface_hub.errors import BadRequestError, HfHubHTTPError, RevisionNotFoundError

# The client sends bytes to S3 in a way that its HTTP library warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")
LARGE = b"\0weights" * 500


@pytest.fixture
def thing(publisher, tmp_path):
    """A model with a folder, a large file and three commits."""
    repo_id = publisher.api.create_repo(f"{publisher.name}/thing-{secrets.token_hex(3)}").repo_id
    add = [CommitOperationAdd(f"many/{n:04}.txt", str(n % 7).encode()) for n in range(1200)]
    publisher.api.create_commit(
        repo_id, [*add, CommitOperationAdd("config.json", b"{}")], commit_message="Many"
    )
    publisher.api.upload_file(
        repo_id=repo_id, path_or_fileobj=LARGE, path_in_repo="model.bin", commit_message="Weights"
    )
    return repo_id


def test_trees_in_pages_and_with_what_expand_adds(publisher, thing):
    api = publisher.api
    whole = list(api.list_repo_tree(thing, recursive=True))
    assert len(whole) == 1200 + 4
    assert len({entry.path for entry in whole}) == len(whole)
    expanded = list(api.list_repo_tree(thing, recursive=True, expand=True))
    assert [entry.path for entry in expanded] == [entry.path for entry in whole]
    said = {entry.path: entry.last_commit.title for entry in expanded}
    assert (said["many"], said["many/0007.txt"], said["model.bin"]) == ("Many", "Many", "Weights")
    [model, many] = api.get_paths_info(thing, ["model.bin", "many", "nothing"], expand=True)
    assert model.last_commit.oid == api.list_repo_commits(thing)[0].commit_id
    assert model.security.status in ("queued", "safe", "unscanned")
    assert many.last_commit.title == "Many"
    with pytest.raises(HfHubHTTPError) as refused:
        api.get_paths_info(thing, [str(number) for number in range(1000)])
    assert refused.value.response.status_code == 413


def test_a_squashed_branch(publisher, thing):
    api = publisher.api
    api.create_branch(thing, branch="side")
    api.create_tag(thing, tag="v1")
    before = [entry.blob_id for entry in api.list_repo_tree(thing) if hasattr(entry, "blob_id")]
    assert [commit.title for commit in api.list_repo_commits(thing, formatted=True)] == [
        "Weights",
        "Many",
        "initial commit",
    ]
    api.super_squash_history(thing)
    assert [commit.title for commit in api.list_repo_commits(thing)] == [
        "Super-squash branch 'main' using huggingface_hub"
    ]
    assert [entry.blob_id for entry in api.list_repo_tree(thing) if hasattr(entry, "blob_id")] == before
    assert len(api.list_repo_commits(thing, revision="side")) == 3
    with pytest.raises(BadRequestError):
        api.super_squash_history(thing, branch="v1")
    with pytest.raises(RevisionNotFoundError):
        api.super_squash_history(thing, branch="nothing")


def test_large_files_are_listed_and_deleted_from_the_whole_history(publisher, developer, thing):
    api = publisher.api
    was = api.repo_info(thing).sha
    api.delete_file("model.bin", thing)
    [file] = api.list_lfs_files(thing)
    assert (file.filename, file.size) == ("model.bin", len(LARGE))
    with pytest.raises(HfHubHTTPError):
        list(developer.api.list_lfs_files(thing))
    api.permanently_delete_lfs_files(thing, [file])
    assert list(api.list_lfs_files(thing)) == []
    with pytest.raises(RevisionNotFoundError):
        api.repo_info(thing, revision=was)
    weights = next(commit for commit in api.list_repo_commits(thing) if commit.title == "Weights")
    assert not api.file_exists(thing, "model.bin", revision=weights.commit_id)
    assert api.file_exists(thing, "config.json", revision=weights.commit_id)


def test_a_duplicate_of_somebody_elses_repository(publisher, thing, join):
    person = join()
    copied = person.api.duplicate_repo(thing, f"{person.name}/copy")
    assert (copied.repo_id, copied.files_copy_pending) == (f"{person.name}/copy", False)
    assert [c.commit_id for c in person.api.list_repo_commits(copied.repo_id)] == [
        c.commit_id for c in publisher.api.list_repo_commits(thing)
    ]
    assert Path(person.api.hf_hub_download(copied.repo_id, "model.bin")).read_bytes() == LARGE
    assert person.api.duplicate_repo(thing, f"{person.name}/copy", exist_ok=True).repo_id == copied.repo_id
    with pytest.raises(HfHubHTTPError) as taken:
        person.api.duplicate_repo(thing, f"{person.name}/copy")
    assert taken.value.response.status_code == 409
    said = person.hf("repos", "duplicate", thing, f"{person.name}/again", "--private")
    assert f"{person.name}/again" in said
    assert person.api.repo_info(f"{person.name}/again").private


def test_files_are_copied_inside_a_repository_and_small_ones_between_two(publisher, thing):
    api = publisher.api
    was = api.repo_info(thing).sha
    copies = [
        CommitOperationCopy("model.bin", "copies/model.bin"),
        CommitOperationCopy("config.json", "copies/config.json"),
        CommitOperationDelete("model.bin"),
    ]
    api.create_commit(thing, copies, commit_message="Move")
    api.create_commit(
        thing, [CommitOperationCopy("model.bin", "back.bin", src_revision=was)], commit_message="Back"
    )
    [model, back] = api.get_paths_info(thing, ["copies/model.bin", "back.bin"])
    assert model.lfs.sha256 == back.lfs.sha256
    assert not api.file_exists(thing, "model.bin")
    other = api.create_repo(f"{publisher.name}/other-{secrets.token_hex(3)}").repo_id
    copy = CommitOperationCopy("config.json", "c.json", src_repo_id=thing, src_repo_type="model")
    api.create_commit(other, [copy], commit_message="Copy")
    assert api.file_exists(other, "c.json")
