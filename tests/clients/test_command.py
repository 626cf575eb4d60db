"""A repository's life by the `hf` command alone, as one reads it in the command's own help."""

import json
import os

import pytest
from huggingface_hub import HfFileSystem
from huggingface_hub.errors import BadRequestError, RepositoryNotFoundError

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]


def told(said: str) -> dict:
    """The JSON object in what a command printed; hints follow it."""
    return json.JSONDecoder().raw_decode(said[said.index("{") :])[0]


def test_a_repository_is_set_up_read_changed_checked_and_deleted(publisher, visitor, tmp_path):
    repo_id, api = f"{publisher.name}/by-command", publisher.api
    folder, pulled = tmp_path / "folder", tmp_path / "pulled"
    (folder / "sub").mkdir(parents=True)
    files = {"README.md": b"---\nlicense: mit\n---\n# By command\n", "a.json": b"{}", "sub/b.txt": b"b"}
    for name, data in (files | {"w.bin": os.urandom(2**20 + 1)}).items():
        (folder / name).write_bytes(data)
    publisher.hf("repos", "create", repo_id, "--private")
    publisher.hf("upload", repo_id, str(folder), ".")
    assert "not found" in visitor.hf("models", "info", repo_id, fails=True)
    publisher.hf("repos", "settings", repo_id, "--public")

    info = told(visitor.hf("models", "info", repo_id))
    assert (info["id"], info["private"], info["card_data"]["license"]) == (repo_id, False, "mit")
    assert set(told(visitor.hf("models", "info", repo_id, "--expand", "downloads,sha"))) >= {"sha", "id"}
    assert "sub/b.txt" in visitor.hf("models", "ls", repo_id, "-R", "-q")
    assert "# By command" in visitor.hf("models", "card", repo_id, "--text")

    publisher.hf("repos", "branch", "create", repo_id, "dev/x")
    publisher.hf("repos", "tag", "create", repo_id, "v1", "--revision", "dev/x", "-m", "The first")
    assert "v1" in visitor.hf("repos", "tag", "list", repo_id)
    publisher.hf("repos", "branch", "delete", repo_id, "dev/x")
    publisher.hf("repos", "delete-files", repo_id, "sub/", "*.json", "--commit-message", "Less")
    assert api.list_repo_files(repo_id) == [".gitattributes", "README.md", "w.bin"]
    assert "sub/b.txt" in api.list_repo_files(repo_id, revision="v1")
    publisher.hf("repos", "tag", "delete", repo_id, "v1", "-y")
    assert [ref.name for ref in api.list_repo_refs(repo_id).branches] == ["main"]

    visitor.hf("cp", f"hf://{repo_id}/README.md", str(tmp_path / "card.md"))
    assert (tmp_path / "card.md").read_bytes() == files["README.md"]
    publisher.hf("repos", "create", repo_id, "--type", "dataset")
    publisher.hf("cp", f"hf://{repo_id}/", f"hf://datasets/{repo_id}/all/")
    [copied] = api.get_paths_info(repo_id, ["all/w.bin"], repo_type="dataset")
    assert copied.lfs.sha256 == api.get_paths_info(repo_id, ["w.bin"])[0].lfs.sha256

    visitor.hf("download", repo_id, "--local-dir", str(pulled))
    checked = ("cache", "verify", repo_id, "--local-dir", str(pulled), "--fail-on-missing-files")
    visitor.hf(*checked)
    (pulled / "w.bin").write_bytes(b"other")
    assert "w.bin" in visitor.hf(*checked, fails=True)

    publisher.hf("repos", "move", repo_id, f"{repo_id}-moved")
    assert "Delete it by that name" in publisher.hf("repos", "delete", repo_id, "-y", fails=True)
    with pytest.raises(BadRequestError, match="is now called"):
        api.delete_repo(repo_id, missing_ok=True)
    publisher.hf("repos", "delete", f"{repo_id}-moved", "-y")
    assert not api.repo_exists(repo_id)
    publisher.hf("repos", "delete", repo_id, "--missing-ok", "-y")


def test_an_id_without_an_owner_is_not_found_rather_than_out_of_reach(visitor):
    """Everybody knows some; the client would say that there is no connection."""
    api = visitor.api
    for ask in (
        lambda: api.model_info("gpt2"),
        lambda: api.model_info("gpt2", revision="main"),
        lambda: api.dataset_info("squad"),
        lambda: api.list_repo_files("gpt2"),
        lambda: api.hf_hub_download("gpt2", "config.json"),
        lambda: api.hf_hub_download("squad", "a.csv", repo_type="dataset"),
        lambda: api.snapshot_download("gpt2"),
        lambda: api.get_paths_info("gpt2", ["config.json"]),
    ):
        with pytest.raises(RepositoryNotFoundError):
            ask()
    with pytest.raises(RepositoryNotFoundError, match="every id begins with its owner"):
        api.model_info("gpt2")
    assert not api.repo_exists("gpt2")
    assert not api.file_exists("gpt2", "config.json")
    fs = HfFileSystem(endpoint=visitor.hub.url, token=False, skip_instance_cache=True)
    assert not fs.exists("gpt2/config.json")
    assert "Model 'gpt2' not found" in visitor.hf("download", "gpt2", "config.json", fails=True)
