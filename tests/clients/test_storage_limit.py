"""What does not fit, as people read it in the real client: by LFS, in chunks, and inside a commit."""

import os

import pytest

pytestmark = pytest.mark.xdist_group("hub")
MIB = 1024 * 1024


@pytest.fixture
def narrow(join, running_hub):
    """Somebody with a repository and room for little more."""
    person = join()
    person.api.create_repo(f"{person.name}/full")
    running_hub.order("storage_limit", person.name, str(MIB))
    return person


@pytest.mark.parametrize("chunks", [True, False])
def test_the_client_says_why_a_large_file_does_not_fit(narrow, tmp_path, chunks):
    (tmp_path / "weights.bin").write_bytes(os.urandom(2 * MIB))
    repo_id = f"{narrow.name}/full"
    switch = {} if chunks else {"HF_HUB_DISABLE_XET": "1"}
    said = narrow.hf("upload", repo_id, str(tmp_path / "weights.bin"), "weights.bin", fails=True, **switch)
    assert "that it may keep here" in said, said
    assert narrow.api.list_repo_files(repo_id) == [".gitattributes"]
    (tmp_path / "weights.bin").write_bytes(os.urandom(MIB // 2))
    narrow.hf("upload", repo_id, str(tmp_path / "weights.bin"), "weights.bin", **switch)


def test_the_client_says_why_a_small_file_does_not_fit(narrow, running_hub, tmp_path):
    running_hub.order("storage_limit", narrow.name, "1")
    (tmp_path / "a.txt").write_text("words")
    said = narrow.hf("upload", f"{narrow.name}/full", str(tmp_path / "a.txt"), "a.txt", fails=True)
    assert "that it may keep here" in said, said
