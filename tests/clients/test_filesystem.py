"""A repository as a file system, by fsspec: what data tools open with `hf://`."""

import os
from collections.abc import Iterator

import fsspec
import httpx2 as httpx
import pytest
from huggingface_hub import HfFileSystem

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
MIB = 1024 * 1024
LARGE = os.urandom(8 * MIB)
FILES = {"config.json": b"{}", "data/a.csv": b"a,b\n1,2\n", "data/sub/b.csv": b"b\n", "weights.bin": LARGE}


def file_system(person) -> HfFileSystem:
    """A file system that remembers nothing of others."""
    return HfFileSystem(endpoint=person.hub.url, token=person.token or False, skip_instance_cache=True)


@pytest.fixture
def root(publisher, tmp_path) -> Iterator[str]:
    """A repository with folders, and a tag and a branch with a slash that keep its first commit."""
    repo_id = f"{publisher.name}/files"
    publisher.api.create_repo(repo_id)
    for path, data in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_bytes(data)
    publisher.api.upload_folder(repo_id=repo_id, folder_path=tmp_path, allow_patterns=list(FILES))
    publisher.api.create_tag(repo_id, tag="v1")
    publisher.api.create_branch(repo_id, branch="dev/x")
    yield repo_id
    publisher.api.delete_repo(repo_id)


def test_a_repository_is_looked_through_as_a_file_system(visitor, root):
    fs = file_system(visitor)
    assert sorted(fs.ls(root, detail=False)) == [
        f"{root}/{name}" for name in (".gitattributes", "config.json", "data", "weights.bin")
    ]
    csv = [f"{root}/data/a.csv", f"{root}/data/sub/b.csv"]
    assert fs.glob(f"{root}/**/*.csv") == fs.find(f"{root}/data") == csv
    assert fs.glob(f"{root}/*.json") == [f"{root}/config.json"]
    assert [(at, sorted(folders), sorted(files)) for at, folders, files in fs.walk(f"{root}/data")] == [
        (f"{root}/data", ["sub"], ["a.csv"]),
        (f"{root}/data/sub", [], ["b.csv"]),
    ]
    assert fs.du(f"{root}/data") == len(FILES["data/a.csv"]) + len(FILES["data/sub/b.csv"])
    large = fs.info(f"{root}/weights.bin", expand_info=True)
    assert (large["type"], large["size"], large["lfs"].size) == ("file", 8 * MIB, 8 * MIB)
    assert fs.info(f"{root}/data")["type"] == "directory"
    assert fs.modified(f"{root}/data/a.csv") == large["last_commit"].date
    found = {name: fs.exists(f"{root}/{name}") for name in ("data", "data/a.csv", "data/none", "none/x")}
    assert found == {"data": True, "data/a.csv": True, "data/none": False, "none/x": False}
    assert fs.exists(f"{root}@none/config.json") is False
    assert fs.exists(f"{root}-none/config.json") is False


@pytest.mark.parametrize(("name", "at", "most"), [("weights.bin", 5 * MIB, MIB), ("data/a.csv", 4, 4)])
def test_a_part_of_a_file_is_read_without_the_rest(visitor, root, monkeypatch, name, at, most):
    sent = []
    send = httpx.Client.send

    def counted(client, request, **rest):
        response = send(client, request, **rest)
        if request.method == "GET" and "/api/" not in str(request.url):
            sent.append((response.status_code, int(response.headers["Content-Length"])))
        return response

    monkeypatch.setattr(httpx.Client, "send", counted)
    with file_system(visitor).open(f"{root}/{name}", "rb", block_size=64 * 1024) as file:
        file.seek(at)
        assert file.read(4) == FILES[name][at : at + 4]
    assert [status for status, _ in sent] == [206]
    assert sum(length for _, length in sent) <= most


def test_files_are_written_copied_moved_and_removed_by_commits(publisher, visitor, root):
    fs = file_system(publisher)
    with fs.open(f"{root}/data/a.csv", "w") as file:
        file.write("new\n")
    with fs.open(f"{root}@dev%2Fx/large.bin", "wb") as file:
        file.write(LARGE[::-1])
    fs.cp_file(f"{root}/weights.bin", f"{root}/copy/weights.bin")
    fs.cp_file(f"{root}@v1/config.json", f"{root}/copy/config.json")
    fs.mv(f"{root}/config.json", f"{root}/moved.json")
    fs.rm(f"{root}/data/sub", recursive=True)
    fs.rm(f"{root}/weights.bin")

    read = file_system(visitor)
    names = ["copy/config.json", "copy/weights.bin", "data/a.csv", "moved.json"]
    assert read.find(root) == [f"{root}/{name}" for name in (".gitattributes", *names)]
    assert read.cat(f"{root}/data/a.csv") == b"new\n"
    assert read.cat(f"{root}/copy/weights.bin") == LARGE
    assert read.cat(f"{root}@dev%2Fx/large.bin") == LARGE[::-1]
    assert read.cat_file(f"{root}/large.bin", revision="dev/x", start=-3) == LARGE[2::-1]
    for revision in ("v1", "dev%2Fx"):
        assert read.cat(f"{root}@{revision}/data/a.csv") == FILES["data/a.csv"]
    assert read.ls(f"{root}/data", detail=False, revision="v1") == [
        f"{root}@v1/data/a.csv",
        f"{root}@v1/data/sub",
    ]
    assert len(publisher.api.list_repo_commits(root)) == 2 + 7
    with pytest.raises(FileNotFoundError), read.open(f"{root}/weights.bin"):
        pass


def test_an_address_alone_opens_a_file(visitor, root):
    options = {"endpoint": visitor.hub.url, "token": False}
    with fsspec.open(f"hf://{root}@v1/data/a.csv", "rt", **options) as file:
        assert file.read() == "a,b\n1,2\n"
    with fsspec.open(f"hf://{root}/weights.bin", "rb", block_size=0, **options) as file:
        assert file.read(MIB) == LARGE[:MIB]
