"""What a client remembers of content that was collected: nothing that keeps it from sending it again."""

import os
from pathlib import Path

import psycopg
import pytest

from tests.clients.conftest import Person

pytestmark = pytest.mark.xdist_group("hub")
MIB = 1024 * 1024


def asked(person: Person, query: str, *values: object) -> list[tuple]:
    """What the hub's database answers."""
    with psycopg.connect(person.hub.variables["DATABASE_URL"]) as connection:
        return connection.execute(query, values).fetchall()


def collect(person: Person) -> str:
    """Collect as an operator does who cannot wait."""
    return person.hub.manage("collect_garbage", "--now")


def kept(person: Person, sha256: str) -> bool:
    """Whether the hub has the content."""
    return bool(asked(person, "SELECT 1 FROM storage_blob WHERE sha256 = %s", sha256))


def test_what_was_collected_is_sent_again_by_a_client_that_remembers_sending_it(join, tmp_path: Path):
    """With one address for ever, its shard names xorbs that it sent weeks ago, and is refused."""
    person = join()
    data = os.urandom(5 * MIB)
    (tmp_path / "weights.bin").write_bytes(data)
    epochs = []
    for number in range(2):
        repo_id = f"{person.name}/once-more-{number}"
        person.hf("upload", repo_id, str(tmp_path / "weights.bin"), "weights.bin")
        info = person.api.get_paths_info(repo_id, ["weights.bin"])[0]
        assert info.xet_hash
        [[epoch]] = asked(person, "SELECT coalesce(max(number), 0) FROM storage_epoch")
        epochs.append(epoch)
        person.hf("download", repo_id, "--local-dir", str(tmp_path / f"down-{number}"))
        assert (tmp_path / f"down-{number}/weights.bin").read_bytes() == data
        person.api.delete_repo(repo_id)
        said = collect(person)
        assert "condemn-xorbs: 0 condemned" not in said
        assert not kept(person, info.lfs.sha256)
    assert epochs[0] < epochs[1]
