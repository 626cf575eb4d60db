"""Commits of any size and with any names, as the real client makes them."""

import json
import os
import socket
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import psycopg
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    hf_hub_download,
    hf_hub_url,
)
from huggingface_hub._commit_api import _send_commit
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RevisionNotFoundError,
)

from hub.embedded.process import wait_for
from tests import processes
from tests.running import RunningHub

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
MIB = 1024 * 1024


def peak(pid: int) -> int:
    """The most memory that a process has held since its peak was reset, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def lines_of_long_commit(files: int) -> Iterator[bytes]:
    """A commit of files of 900 kB, a line at a time; no two files have the same bytes."""
    yield b'{"key":"header","value":{"summary":"Long"}}\n'
    for number in range(files):
        content = f"{number:08d}" * 112_500
        yield (
            json.dumps({"key": "file", "value": {"path": f"d/{number}", "content": content}}).encode() + b"\n"
        )


def test_a_long_commit_takes_no_memory_from_the_server(publisher, running_hub):
    repo_id = f"{publisher.name}/long"
    publisher.api.create_repo(repo_id)
    servers = processes.descendants(running_hub.child("web"))
    for pid in servers:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = {pid: peak(pid) for pid in servers}
    reply = httpx.post(
        f"{running_hub.url}/api/models/{repo_id}/commit/main",
        content=lines_of_long_commit(100),
        headers={"Authorization": f"Bearer {publisher.token}", "Content-Type": "application/x-ndjson"},
        timeout=120,
    )
    assert reply.status_code == 200, reply.text
    grown = {pid: (peak(pid) - before[pid]) // MIB for pid in servers}
    assert max(grown.values()) < 40, grown
    assert len(publisher.api.list_repo_files(repo_id)) == 101
    part = httpx.get(f"{running_hub.url}/{repo_id}/resolve/main/d/99", headers={"Range": "bytes=0-15"})
    assert part.text == "0000009900000099"


def test_a_long_commit_that_is_refused_says_why(publisher, developer):
    repo_id = f"{publisher.name}/refused"
    publisher.api.create_repo(repo_id)
    add = [CommitOperationAdd(f"f{number}", os.urandom(700_000)) for number in range(60)]
    for operation in add:
        # As if the client had asked before, so that the commit itself is what is refused.
        operation._upload_mode, operation._should_ignore, operation._remote_oid = "regular", False, None

    def send(person, revision):
        return _send_commit(
            operations=add,
            files_to_copy={},
            commit_message="Too much",
            commit_description="",
            repo_type="model",
            repo_id=repo_id,
            headers=person.api._build_hf_headers(),
            revision=revision,
            endpoint=person.hub.url,
        )

    with pytest.raises(RevisionNotFoundError):
        send(publisher, "nope")
    with pytest.raises(HfHubHTTPError, match="403 Forbidden"):
        send(developer, "main")
    assert send(publisher, "main").oid == publisher.api.model_info(repo_id).sha


ODD = [
    "..a",
    "a..",
    "...",
    "..b/b../.../c",
    "a b/ leading and trailing ",
    "100%/%2F/%2e%2e",
    "a#b?c+d&e=f;g",
    "quo'te\"s`<tag>",
    "~tilde$dollar!(x)[y]{z}@:,*|^",
    "straße/日本語/файл.txt",
    unicodedata.normalize("NFC", "é"),
    unicodedata.normalize("NFD", "é"),
    "🤗/👩‍🔬.md",
    "Case",
    "case",
    "CASE/x",
    "-dash",
    "con.txt",
    "n" * 255,
    "é" * 127,
    "/".join(["deep"] * 100),
    "/".join(["x" * 200] * 5),
    "%",
    "main",
    "refs/heads/main",
    "resolve/main/a",
    "tree",
    ".gitx",
    ".github/workflows/x.yml",
    "a.git/x",
    "nbsp\u00a0and\u3000wide",
]


def test_files_with_odd_names_are_published_listed_read_and_deleted(publisher, tmp_path):
    repo_id = f"{publisher.name}/odd-names"
    api = publisher.api
    api.create_repo(repo_id)
    api.create_commit(
        repo_id, [CommitOperationAdd(name, f"in {name}".encode()) for name in ODD], commit_message="Odd"
    )
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", *ODD}
    assert {entry.path for entry in api.get_paths_info(repo_id, ODD)} == set(ODD)
    listed = {entry.path for entry in api.list_repo_tree(repo_id, "100%/%2F")}
    assert listed == {"100%/%2F/%2e%2e"}
    for name in ODD:
        reply = httpx.get(api_url(publisher, repo_id, name))
        assert (reply.status_code, reply.text) == (200, f"in {name}"), name
    for name in (
        "a#b?c+d&e=f;g",
        "straße/日本語/файл.txt",
        "100%/%2F/%2e%2e",
        "a b/ leading and trailing ",
    ):
        path = hf_hub_download(
            repo_id, name, endpoint=publisher.hub.url, token=False, cache_dir=tmp_path / "cache"
        )
        assert Path(path).read_text() == f"in {name}"
    for name in ODD[::3]:
        api.delete_file(name, repo_id)
    rest = set(ODD) - set(ODD[::3])
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", *rest}
    api.create_commit(
        repo_id,
        [CommitOperationDelete(name) for name in rest if "/" not in name]
        + [
            CommitOperationDelete(top + "/")
            for top in {name.partition("/")[0] for name in rest if "/" in name}
        ],
        commit_message="Clear",
    )
    assert api.list_repo_files(repo_id) == [".gitattributes"]


def api_url(person, repo_id: str, name: str) -> str:
    """Where the client reads a file."""
    return hf_hub_url(repo_id, name, endpoint=person.hub.url)


@pytest.mark.parametrize(
    "name",
    ["a\nb", "a\x7f", "tab\t", "a\\..\\b", "a\\b", "n" * 256, "x/" * 101 + "x", "é" * 600, ".GIT/x", "a//b"],
)
def test_a_name_that_a_checkout_could_not_hold_is_refused_by_field(publisher, name):
    repo_id = f"{publisher.name}/refused-names"
    publisher.api.create_repo(repo_id, exist_ok=True)
    with pytest.raises(HfHubHTTPError) as refused:
        publisher.api.upload_file(path_or_fileobj=b"x", path_in_repo=name, repo_id=repo_id)
    assert refused.value.response.status_code == (422 if "..\\" in name else 400)
    assert refused.value.response.json()["field"] == "path"
    assert publisher.api.list_repo_files(repo_id) == [".gitattributes"]


@pytest.mark.parametrize(
    "name",
    [
        "dev/x",
        "a/b/c",
        "100%",
        "%2F",
        "straße",
        "日本語/ü",
        "a+b&c=d",
        "v1.0#x",
        "a;b,c",
        "quo'te\"",
        "(x)$!",
    ],
)
def test_branches_and_tags_may_have_odd_names(publisher, name):
    repo_id = f"{publisher.name}/odd-refs"
    api = publisher.api
    api.create_repo(repo_id, exist_ok=True)
    api.create_branch(repo_id, branch=name)
    made = api.upload_file(
        path_or_fileobj=name.encode(), path_in_repo="d/f.txt", repo_id=repo_id, revision=name
    )
    api.create_tag(repo_id, tag=f"tag-{name}", revision=name)
    assert name in {ref.name for ref in api.list_repo_refs(repo_id).branches}
    for revision in (name, f"refs/heads/{name}", f"tag-{name}", made.oid):
        assert api.list_repo_files(repo_id, revision=revision) == [".gitattributes", "d/f.txt"]
        assert api.get_paths_info(repo_id, ["d/f.txt"], revision=revision)[0].path == "d/f.txt"
        assert api.list_repo_commits(repo_id, revision=revision)[0].commit_id == made.oid
        path = hf_hub_download(repo_id, "d/f.txt", revision=made.oid, endpoint=publisher.hub.url, token=False)
        assert Path(path).read_text() == name
    with pytest.raises(HfHubHTTPError, match="A commit goes to a branch"):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo_id, revision=f"tag-{name}")
    api.delete_tag(repo_id, tag=f"tag-{name}")
    api.delete_branch(repo_id, branch=name)
    with pytest.raises(RevisionNotFoundError):
        api.list_repo_files(repo_id, revision=name)


def test_unchanged_files_make_no_commit(publisher, tmp_path, caplog):
    repo_id = f"{publisher.name}/unchanged"
    api = publisher.api
    api.create_repo(repo_id)
    files = {"a.txt": b"one", "w.bin": b"\0" * 5000, "empty": b""}

    def publish():
        add = [CommitOperationAdd(path, data) for path, data in files.items()]
        return api.create_commit(repo_id, add, commit_message="Publish")

    first = publish()
    assert publish().oid == first.oid
    assert "No files have been modified since last commit" in caplog.text
    for path, data in files.items():
        (tmp_path / path).write_bytes(data)
    assert api.upload_folder(repo_id=repo_id, folder_path=tmp_path).oid == first.oid
    assert len(api.list_repo_commits(repo_id)) == 2
    with pytest.raises(RemoteEntryNotFoundError, match="A file with this name doesn't exist"):
        api.delete_file("none", repo_id)
    assert len(api.list_repo_commits(repo_id)) == 2


def test_a_card_is_judged_before_it_is_pushed(publisher, tmp_path):
    repo_id = f"{publisher.name}/card"
    publisher.api.create_repo(repo_id)
    done = publisher.python(
        f"""
from huggingface_hub import ModelCard, ModelCardData
data = ModelCardData(license="apache2", pipeline_tag="text-generatoin")
card = ModelCard(f"---\\n{{data.to_yaml()}}\\n---\\n# Hi")
for attempt in (card.validate, lambda: card.push_to_hub("{repo_id}")):
    try:
        attempt()
    except ValueError as problem:
        print(problem)
card = ModelCard("---\\nlicense: mit\\nlanguage: English\\n---\\n# Hi\\n")
card.validate()
print(card.push_to_hub("{repo_id}"))
print(ModelCard.load("{repo_id}").data.license)
"""
    )
    said = done.stdout + done.stderr
    licence = (
        "- “apache2” is not a licence this hub knows: did you mean apache-2.0? "
        'Otherwise write "license: other" with license_name and license_link.'
    )
    task = "- pipeline_tag: unknown task 'text-generatoin': did you mean 'text-generation'?"
    assert said.count(f"{licence}\n{task}\n") == 2, said
    assert "is not an ISO 639 code such as 'en': did you mean 'en'?" in said
    assert "\nmit\n" in said

    (tmp_path / "README.md").write_text("---\nlicense: mti\n---\n# Hi\n")
    refused = publisher.hf("upload", repo_id, str(tmp_path / "README.md"), "README.md", fails=True)
    assert "“mti” is not a licence this hub knows: did you mean mit?" in refused
    assert publisher.api.model_info(repo_id).card_data["license"] == "mit"


def test_a_slow_client_holds_no_transaction_and_leaves_nothing_when_it_goes(publisher, running_hub):
    repo_id = f"{publisher.name}/slow"
    publisher.api.create_repo(repo_id)
    body = b"".join(lines_of_long_commit(12))
    address = urlsplit(running_hub.url)
    # Until the workers have scanned what earlier tests brought, one of them always has a transaction.
    assert wait_for(lambda: transactions(running_hub) == [], seconds=120)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(
            f"POST /api/models/{repo_id}/commit/main HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {publisher.token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        connection.sendall(body[: len(body) * 2 // 3])
        servers = processes.descendants(running_hub.child("web"))
        assert wait_for(lambda: any(spooled(pid) for pid in servers), seconds=10)
        # Those of the workers end by themselves; one that waits for this client would not.
        assert wait_for(lambda: transactions(running_hub) == [], seconds=20)
        # A hub that serves others meanwhile.
        assert publisher.api.list_repo_files(repo_id) == [".gitattributes"]
    assert wait_for(lambda: not any(spooled(pid) for pid in servers), seconds=10)
    assert publisher.api.list_repo_files(repo_id) == [".gitattributes"]


def spooled(pid: int) -> list[str]:
    """The files without a name that a process writes to, of at least 4 MiB."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            target = str(descriptor.readlink())
            if target.endswith("(deleted)") and descriptor.stat().st_size >= 4 * MIB:
                found.append(target)
    return found


def transactions(hub: RunningHub) -> list[tuple[str, ...]]:
    """Connections to the hub's database that hold a transaction open without working in it."""
    with psycopg.connect(hub.variables["DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%'"
        ).fetchall()


def test_ten_thousand_files_in_one_commit(publisher):
    repo_id, files = f"{publisher.name}/ten-thousand", 10_000
    publisher.api.create_repo(repo_id)
    adds = [
        # As in many data sets, some have the same bytes; each other one is a scan that waits.
        CommitOperationAdd(f"shard-{number // 1000}/{number}.txt", b"%04d\n" % (number % 500))
        for number in range(files)
    ]
    made = publisher.api.create_commit(repo_id, adds, commit_message="Ten thousand")
    assert [commit.commit_id for commit in publisher.api.list_repo_commits(repo_id)][0] == made.oid
    names = set(publisher.api.list_repo_files(repo_id))
    assert {add.path_in_repo for add in adds} < names
    [last] = publisher.api.get_paths_info(repo_id, ["shard-9/9999.txt"])
    assert last.size == 5
