"""What the scanners found, as pages and the API read it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.repos.models import Repository
from hub.revisions.selectors import Entry, list_tree, resolve_revision
from hub.scanning import selectors, services, tasks
from hub.scanning.models import Scan
from tests.builders import pickles as made
from tests.factories.repositories import make_repository

BAD = made.calling("os", "system", protocol=2)
ODD = made.calling("omegaconf", "DictConfig", protocol=2)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_judge")]


@pytest.fixture
def repository() -> Repository:
    """A repository whose files were scanned, beside another one that has nothing to do with it."""
    repository = make_repository(
        files={"good.txt": b"words", "bad.pkl": BAD, "odd.pkl": ODD, "x.h5": b"\x00\x01"}
    )
    make_repository(files={"other.pkl": made.calling("os", "popen")})
    services.queue_scans(sha256s=hashes(repository).values())
    for scan in Scan.objects.all():
        tasks.scan([scan.pk])
    return repository


def hashes(repository: Repository) -> dict[str, str]:
    """Path → sha256 at the head."""
    return {entry.path: entry.sha256 for entry in files(repository) if entry.sha256}


def files(repository: Repository) -> list[Entry]:
    """The entries at the head."""
    return list_tree(resolve_revision(repository, None), recursive=True)


def test_a_repository_lists_its_files_with_issues(repository: Repository):
    assert selectors.repository_status(files(repository)) == {
        "scansDone": True,
        "filesWithIssues": [
            {"path": "bad.pkl", "level": "unsafe"},
            {"path": "odd.pkl", "level": "suspicious"},
        ],
    }


def test_a_repository_with_a_scan_to_come_is_not_done(repository: Repository):
    Scan.objects.filter(blob__data=b"words").update(state="queued")
    assert selectors.repository_status(files(repository))["scansDone"] is False


def test_files_have_the_status_that_clients_parse(repository: Repository):
    known = hashes(repository)
    status = selectors.files_status([*known.values(), "0" * 64])
    assert {path: status[sha256]["status"] for path, sha256 in known.items()} == {
        ".gitattributes": "safe",
        "good.txt": "safe",
        "bad.pkl": "unsafe",
        "odd.pkl": "suspicious",
        "x.h5": "unscanned",
    }
    assert status["0" * 64]["status"] == "queued"
    assert {"avScan", "pickleImportScan"} <= status[known["bad.pkl"]].keys()
    assert "os.system" in status[known["bad.pkl"]]["pickleImportScan"]["message"]


def test_any_number_of_files_costs_one_query(repository: Repository):
    known = list(hashes(repository).values())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        selectors.files_status(known)
    assert len(queries) == 1


def test_findings_are_told_in_words_the_worst_first(repository: Repository):
    scans = selectors.scans_of([hashes(repository)["bad.pkl"]])[hashes(repository)["bad.pkl"]]
    words = selectors.findings_in_words(scans)
    assert words[0].startswith("imports os.system: can run commands")
    assert "byte" in words[0]
    assert not any("read to its end" in sentence for sentence in words)


def test_a_finished_scan_counts_until_the_newer_version_has_finished(repository: Repository):
    sha256 = hashes(repository)["bad.pkl"]
    Scan.objects.create(blob_id=sha256, scanner="artifact", version="next", queued_at=timezone.now())
    Scan.objects.create(blob_id=sha256, scanner="gone", version="1", queued_at=timezone.now())
    assert [scan.verdict for scan in selectors.scans_of([sha256])[sha256]] == ["dangerous"]
    Scan.objects.filter(version="next").update(state="done", verdict="safe")
    assert [scan.verdict for scan in selectors.scans_of([sha256])[sha256]] == ["safe"]
