"""Content in chunks, by the real client with its real hf_xet, no switch set."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, HfFileSystem, snapshot_download
from huggingface_hub.errors import RepositoryNotFoundError

from hub.embedded.process import wait_for
from tests.clients.conftest import HF, Person

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
MIB = 1024 * 1024
# What everything beside the bytes may come to, in xorbs that are begun again.
LITTLE = MIB


def asked(person: Person, query: str, *values: object) -> list[tuple]:
    """What the hub's database answers."""
    with psycopg.connect(person.hub.variables["DATABASE_URL"]) as connection:
        return connection.execute(query, values).fetchall()


def sent(person: Person, repo_id: str) -> int:
    """How many bytes of xorbs have come into a repository."""
    namespace, name = repo_id.split("/")
    [[total]] = asked(
        person,
        """SELECT coalesce(sum(upload.size), 0)::bigint FROM storage_xorbupload AS upload
        JOIN hub_repository AS repository ON upload.scope = 'repository:' || repository.id
        JOIN accounts_namespace AS namespace ON namespace.id = repository.namespace_id
        WHERE namespace.name = %s AND repository.name = %s AND upload.state <> 'open'""",
        namespace,
        name,
    )
    return total


def elsewhere(person: Person, home: Path) -> Person:
    """The same person at another computer, which remembers nothing."""
    return replace(person, home=home)


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """200 MB that do not compress: four xorbs."""
    path = tmp_path_factory.mktemp("weights") / "weights.bin"
    path.write_bytes(os.urandom(200 * MIB))
    return path


def test_a_file_and_a_folder_go_up_and_come_down_in_chunks(publisher, visitor, tmp_path):
    repo_id = f"{publisher.name}/in-chunks"
    one, two = os.urandom(3 * MIB), os.urandom(2 * MIB)
    (tmp_path / "up/sub dir").mkdir(parents=True)
    (tmp_path / "one.bin").write_bytes(one)
    (tmp_path / "up/sub dir/two.bin").write_bytes(two + one)
    (tmp_path / "up/small.txt").write_text("small")
    publisher.hf("upload", repo_id, str(tmp_path / "one.bin"), "one.bin")
    publisher.hf("upload", repo_id, str(tmp_path / "up"), "folder")
    assert 5 * MIB <= sent(publisher, repo_id) < 5 * MIB + LITTLE

    files = visitor.api.get_paths_info(repo_id, ["one.bin", "folder/sub dir/two.bin", "folder/small.txt"])
    assert {file.path for file in files if file.xet_hash} == {"one.bin", "folder/sub dir/two.bin"}
    said = visitor.hf("download", repo_id, "--local-dir", str(tmp_path / "down"), HF_DEBUG="1")
    assert "/xet-read-token/" in said
    assert (tmp_path / "down/one.bin").read_bytes() == one
    assert (tmp_path / "down/folder/sub dir/two.bin").read_bytes() == two + one
    cached = snapshot_download(repo_id, endpoint=visitor.hub.url, token=False)
    assert (Path(cached) / "one.bin").read_bytes() == one
    HfFileSystem(endpoint=visitor.hub.url, token=False).get(f"{repo_id}/one.bin", str(tmp_path / "got"))
    assert (tmp_path / "got").read_bytes() == one
    assert visitor.api.hf_hub_download(repo_id, "one.bin", local_dir=tmp_path / "single")
    assert (tmp_path / "single/one.bin").read_bytes() == one


def test_the_same_content_is_sent_once(publisher, visitor, weights, tmp_path):
    first, second = f"{publisher.name}/first", f"{publisher.name}/second"
    publisher.hf("upload", first, str(weights), "weights.bin")
    size = weights.stat().st_size
    assert size <= sent(publisher, first) < size + LITTLE
    # What is not verified yet is told to nobody.
    assert wait_for(lambda: publisher.api.get_paths_info(first, ["weights.bin"])[0].xet_hash, seconds=60)
    other = elsewhere(publisher, tmp_path / "other computer")
    other.hf("upload", second, str(weights), "under another name.bin")
    assert sent(publisher, second) < LITTLE
    visitor.hf("download", second, "--local-dir", str(tmp_path / "down"))
    assert (tmp_path / "down/under another name.bin").read_bytes() == weights.read_bytes()


def test_a_private_file_saves_nobody_else_a_byte(publisher, join, tmp_path):
    data = os.urandom(5 * MIB)
    (tmp_path / "w.bin").write_bytes(data)
    publisher.hf("upload", f"{publisher.name}/secret", str(tmp_path / "w.bin"), "--private")
    stranger = join()
    stranger.hf("upload", f"{stranger.name}/mine", str(tmp_path / "w.bin"))
    assert sent(stranger, f"{stranger.name}/mine") >= 5 * MIB
    with pytest.raises(RepositoryNotFoundError):
        stranger.api.model_info(f"{publisher.name}/secret")


def test_two_clients_at_once_upload_the_same_new_content(join, visitor, tmp_path):
    people = [join(), join()]
    (tmp_path / "w.bin").write_bytes(os.urandom(20 * MIB))
    barrier = Barrier(2)

    def upload(person: Person) -> str:
        barrier.wait()
        return person.hf("upload", f"{person.name}/same", str(tmp_path / "w.bin"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(upload, people))
    for person in people:
        visitor.hf("download", f"{person.name}/same", "--local-dir", str(tmp_path / person.name))
        assert (tmp_path / person.name / "w.bin").read_bytes() == (tmp_path / "w.bin").read_bytes()


@pytest.mark.parametrize("victim", ["web", "client"])
def test_an_upload_that_was_broken_off_goes_on(join, running_hub, weights, tmp_path, victim):
    person = join()
    data = bytearray(weights.read_bytes())
    data[::4096] = os.urandom(len(data) // 4096 + (len(data) % 4096 > 0))
    path = tmp_path / "w.bin"
    path.write_bytes(data)
    repo_id = f"{person.name}/broken-off"
    person.api.create_repo(repo_id)
    environment = person.environment | {"HF_XET_CLIENT_RETRY_MAX_ATTEMPTS": "1"}
    with subprocess.Popen(
        [HF, "upload", repo_id, str(path)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as client:
        assert wait_for(lambda: sent(person, repo_id) > 0 or client.poll() is not None, seconds=60)
        os.kill(running_hub.child("web") if victim == "web" else client.pid, 9)
        client.wait(timeout=120)
    running_hub.wait_until_healthy()
    before = sent(person, repo_id)
    assert before > 0
    person.hf("upload", repo_id, str(path))
    assert sent(person, repo_id) - before <= len(data) - 60 * MIB
    person.hf("download", repo_id, "--local-dir", str(tmp_path / "down"))
    assert (tmp_path / "down/w.bin").read_bytes() == data


def test_the_older_ways_of_the_protocol(publisher, visitor, tmp_path):
    data = os.urandom(3 * MIB)
    (tmp_path / "w.bin").write_bytes(data)
    repo_id = f"{publisher.name}/older"
    older = {
        "HF_XET_CLIENT_LEGACY_DIRECT_XORB_UPLOAD": "1",
        "HF_XET_CLIENT_SHARD_API_VERSION": "1",
        "HF_XET_CLIENT_RECONSTRUCTION_API_VERSION": "1",
    }
    publisher.hf("upload", repo_id, str(tmp_path / "w.bin"), **older)
    visitor.hf("download", repo_id, "--local-dir", str(tmp_path / "down"), **older)
    assert (tmp_path / "down/w.bin").read_bytes() == data


def test_files_are_copied_between_repositories_without_their_bytes(publisher, join, tmp_path):
    data, plain = os.urandom(2 * MIB), os.urandom(2 * MIB)
    source = f"{publisher.name}/copied"
    publisher.api.create_repo(source)
    publisher.api.upload_file(path_or_fileobj=data, path_in_repo="chunked.bin", repo_id=source)
    (tmp_path / "plain.bin").write_bytes(plain)
    with (tmp_path / "plain.bin").open("rb") as file:
        publisher.api.upload_file(path_or_fileobj=file, path_in_repo="plain.bin", repo_id=source)
    other = join()
    target = f"{other.name}/copies"
    other.api.create_repo(target)

    def copy(name: str) -> None:
        operation = CommitOperationCopy(name, f"copy-of-{name}", src_repo_id=source, src_repo_type="model")
        other.api.create_commit(target, [operation], commit_message="Copy")

    # It is told from the moment when the bytes are verified.
    assert wait_for(lambda: publisher.api.get_paths_info(source, "chunked.bin")[0].xet_hash, seconds=60)
    copy("chunked.bin")
    path = other.api.hf_hub_download(target, "copy-of-chunked.bin", local_dir=tmp_path / "down")
    assert Path(path).read_bytes() == data
    assert sent(other, target) == 0
    with pytest.raises(ValueError, match="has no xet hash"):
        copy("plain.bin")


def test_a_pull_in_chunks_is_counted_once(publisher, running_hub, join, tmp_path):
    repo_id = f"{publisher.name}/counted-in-chunks"
    publisher.api.create_repo(repo_id)
    add = [CommitOperationAdd(f"{n}.bin", os.urandom(2 * MIB)) for n in range(2)]
    publisher.api.create_commit(repo_id, add, commit_message="Publish")
    puller = join("read")
    puller.hf("download", repo_id, "0.bin", "--local-dir", str(tmp_path / "one"))
    puller.hf("download", repo_id, "--local-dir", str(tmp_path / "all"))
    assert wait_for(lambda: publisher.api.model_info(repo_id).downloads == 1, seconds=60)
