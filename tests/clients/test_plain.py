"""Clients without hf_xet take chunked files by plain HTTP from a running hub."""

import hashlib
import os
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from hub.embedded.process import wait_for

pytestmark = pytest.mark.xdist_group("hub")
MIB = 1024 * 1024
SIZE = 48 * MIB


def test_without_xet_the_same_bytes_come_streamed_then_whole(publisher, visitor, tmp_path):
    data = os.urandom(SIZE)
    (tmp_path / "w.bin").write_bytes(data)
    repo_id = f"{publisher.name}/plainly"
    publisher.hf("upload", repo_id, str(tmp_path / "w.bin"), "w.bin")
    url = f"{publisher.hub.url}/{repo_id}/resolve/main/w.bin"

    def status() -> int:
        with urlopen(url) as reply:
            return 200 if hashlib.sha256(reply.read()).digest() == hashlib.sha256(data).digest() else 0

    assert wait_for(lambda: publisher.api.get_paths_info(repo_id, ["w.bin"])[0].xet_hash, seconds=30)
    visitor.hf("download", repo_id, "w.bin", "--local-dir", str(tmp_path / "down"), HF_HUB_DISABLE_XET="1")
    assert (tmp_path / "down/w.bin").read_bytes() == data
    assert status() == 200

    def linked() -> bool:
        with urlopen(url) as reply:
            return urlsplit(reply.url).netloc != urlsplit(url).netloc

    assert wait_for(linked, seconds=30)
    assert status() == 200
    visitor.hf("download", repo_id, "w.bin", "--local-dir", str(tmp_path / "again"), HF_HUB_DISABLE_XET="1")
    assert (tmp_path / "again/w.bin").read_bytes() == data
