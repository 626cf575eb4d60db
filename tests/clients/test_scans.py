"""What the client is told of scans: files of every state, through each call that asks."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from huggingface_hub import CommitOperationAdd

from hub.embedded.process import wait_for
from tests import processes
from tests.builders import pickles as made
from tests.running import RunningHub

pytestmark = pytest.mark.xdist_group("hub")

SCANNED = {
    # Its tensor, too, is nothing that a second opinion takes for a pickle.
    "safe.pt": made.torch_file(made.state_dict(), **{"model/data/0": bytes(4)}),
    "suspicious.pkl": made.calling("omegaconf", "DictConfig", protocol=2),
    "dangerous.pkl": made.calling("os", "system", "true"),
    "error.pkl": made.calling("collections", "OrderedDict", protocol=2)[:-1],
    "unscanned.h5": b"\x00\x01",
}
STATES = {
    "safe.pt": "safe",
    "suspicious.pkl": "suspicious",
    "dangerous.pkl": "unsafe",
    "error.pkl": "error",
    "unscanned.h5": "unscanned",
    "queued.txt": "queued",
}


@contextmanager
def workers_held_still(hub: RunningHub) -> Iterator[None]:
    """No scan ends meanwhile."""
    worker = hub.child("worker")
    held = [worker, *processes.descendants(worker)]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def put(person, repo_id: str, files: dict[str, bytes]) -> None:
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    person.api.create_commit(repo_id, operations, commit_message="Put files")


def issues(person, repo_id: str) -> tuple[bool, dict[str, str]]:
    """Whether all scans are done, and the files with issues."""
    status = person.api.model_info(repo_id, securityStatus=True).security_repo_status
    return status["scansDone"], {issue["path"]: issue["level"] for issue in status["filesWithIssues"]}


def test_the_client_is_told_the_state_of_every_file(publisher, visitor):
    repo_id = f"{publisher.name}/states"
    publisher.api.create_repo(repo_id)
    put(publisher, repo_id, SCANNED)
    assert wait_for(lambda: issues(visitor, repo_id)[0], seconds=60)
    bad = {path: state for path, state in STATES.items() if state in ("suspicious", "unsafe", "error")}
    assert issues(visitor, repo_id) == (True, bad)

    with workers_held_still(publisher.hub):
        put(publisher, repo_id, {"queued.txt": b"Words that nobody has scanned yet."})
        assert issues(visitor, repo_id) == (False, bad)
        listed = {file.path: file for file in visitor.api.list_repo_tree(repo_id, expand=True)}
        asked = {
            file.path: file for file in visitor.api.get_paths_info(repo_id, [*STATES, "absent"], expand=True)
        }
    for files in (listed, asked):
        assert {path: files[path].security.status for path in STATES} == STATES
        assert {path for path in STATES if files[path].security.safe} == {"safe.pt"}
        assert {files[path].security.av_scan["status"] for path in STATES} == {"unscanned"}
        pickles = {path: files[path].security.pickle_import_scan for path in STATES}
        assert {path: scan["status"] for path, scan in pickles.items()} == STATES
        assert pickles["dangerous.pkl"]["pickleImports"] == [
            {"module": "os", "name": "system", "safety": "dangerous"}
        ]
        assert pickles["suspicious.pkl"]["pickleImports"] == [
            {"module": "omegaconf", "name": "DictConfig", "safety": "suspicious"}
        ]
        assert {one["safety"] for one in pickles["safe.pt"]["pickleImports"]} == {"innocuous"}
        assert "os.system" in pickles["dangerous.pkl"]["message"]
        assert pickles["queued.txt"]["pickleImports"] == pickles["unscanned.h5"]["pickleImports"] == []
    assert all(file.security is None for file in visitor.api.list_repo_tree(repo_id))
    assert wait_for(lambda: issues(visitor, repo_id) == (True, bad), seconds=60)
