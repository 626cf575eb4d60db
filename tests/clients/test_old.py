"""The generation of the client before (huggingface_hub 0.36, by requests) still publishes and pulls."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.running import PART_SIZE

pytestmark = pytest.mark.xdist_group("hub")
PYTHON = Path(__file__).parents[2] / ".venv-old/bin/python"
JOURNEY = Path(__file__).parent / "old/journey.py"


def travelled(person, repo_id: str, folder: Path) -> dict[str, object]:
    """What the old client tells of its journey through the hub."""
    if not PYTHON.exists():
        pytest.fail("The old clients are not installed: run `make test`, or `make .venv-old/installed`.")
    done = person.python(JOURNEY.read_text(), repo_id, str(folder), interpreter=PYTHON)
    return json.loads(done.stdout)


def test_the_old_client_publishes_pulls_lists_moves_and_deletes(publisher, tmp_path):
    """Chunk storage is installed beside it, but not offered in its words: it sends by LFS all the same."""
    repo_id = f"{publisher.name}/old"
    files = {
        "in parts.bin": os.urandom(PART_SIZE + 1),
        "sub dir/ü.bin": b"\0weights" * 500,
        "sub dir/ü.txt": b"small",
    }
    (tmp_path / "sub dir").mkdir()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    files["new.bin"] = b"\0new" * 999
    told = travelled(publisher, repo_id, tmp_path)
    pulled = Path(told.pop("pulled"))
    assert {name: (pulled / name).read_bytes() == data for name, data in files.items()} == dict.fromkeys(
        files, True
    )
    assert told == {
        "version": "0.36.0",
        "xet": [True, False],
        "head": True,
        "private": True,
        "license": "mit",
        "large": {
            name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name.endswith(".bin")
        },
        "no such file": True,
        "tagged": [repo_id],
        "newest": [f"{repo_id}-other", repo_id],
        "found": f"{repo_id}-moved",
        "gone": True,
    }


PULL = """
import sys
from huggingface_hub import constants, hf_hub_download
from huggingface_hub.utils._runtime import is_xet_available
assert is_xet_available()
print(hf_hub_download(sys.argv[1], "weights.bin", cache_dir=sys.argv[2]))
"""


def test_the_old_client_pulls_in_chunks_what_a_new_one_sent(publisher, visitor, tmp_path):
    """hf_xet 1.2 asks at addresses without a version, and does not fall back to plain HTTP."""
    repo_id, data = f"{publisher.name}/for-old-clients", os.urandom(3_000_000)
    publisher.api.create_repo(repo_id)
    sent = tmp_path / "weights.bin"
    sent.write_bytes(data)
    publisher.api.upload_file(path_or_fileobj=sent, path_in_repo=sent.name, repo_id=repo_id)
    assert publisher.api.get_paths_info(repo_id, "weights.bin")[0].xet_hash
    pulled = visitor.python(PULL, repo_id, str(tmp_path / "cache"), interpreter=PYTHON).stdout.strip()
    assert Path(pulled).read_bytes() == data
