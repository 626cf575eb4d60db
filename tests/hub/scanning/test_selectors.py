"""What the scanners found, as pages and the API read it."""

import json
import pickle

import pytest
from django.utils import timezone

from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from hub.revisions.selectors import Entry, list_tree, resolve_revision
from hub.scanning import selectors, services, tasks
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.antivirus import AntivirusScanner
from hub.scanning.scanners.artifact import ArtifactScanner
from storage import services as storage
from tests.builders import pickles as made
from tests.builders.artifacts import BAD_TEMPLATE
from tests.factories.repositories import commit, make_repository

BAD = made.calling("os", "system", protocol=2)
ODD = made.calling("omegaconf", "DictConfig", protocol=2)
TEMPLATE = json.dumps({"chat_template": BAD_TEMPLATE}).encode()
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_judge")]


@pytest.fixture
def repository() -> Repository:
    """A repository whose files were scanned, beside another one that has nothing to do with it."""
    repository = make_repository(
        files={
            "good.txt": b"words",
            "numbers.pkl": pickle.dumps([1, 2, 3]),
            "bad.pkl": BAD,
            "odd.pkl": ODD,
            "template.json": TEMPLATE,
            "x.h5": b"\x00\x01",
        }
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
            {"path": "template.json", "level": "unsafe"},
        ],
    }


def test_a_repository_with_a_scan_to_come_is_not_done(repository: Repository):
    commit(repository, repository.namespace.user, [AddInline("new.txt", b"other words")])
    status = selectors.repository_status(files(repository))
    assert status["scansDone"] is False
    assert {"path": "new.txt", "level": "queued"} not in status["filesWithIssues"]


def test_a_file_that_is_looked_at_again_keeps_its_state_meanwhile(repository: Repository):
    before = selectors.repository_status(files(repository)), selectors.files_status(files(repository))
    services.rescan(sha256s=hashes(repository).values())
    assert (
        selectors.repository_status(files(repository)),
        selectors.files_status(files(repository)),
    ) == before


def test_a_file_withheld_by_hand_is_unsafe_whatever_the_scanners_say(repository: Repository):
    storage.quarantine(sha256=hashes(repository)["good.txt"])
    status = selectors.files_status(files(repository))["good.txt"]
    assert (status["status"], status["pickleImportScan"]["status"]) == ("unsafe", "unscanned")
    assert {"path": "good.txt", "level": "unsafe"} in selectors.repository_status(files(repository))[
        "filesWithIssues"
    ]


def test_files_have_the_status_that_clients_parse(repository: Repository):
    commit(repository, repository.namespace.user, [AddInline("new.txt", b"other words")])
    status = selectors.files_status(files(repository))
    assert {path: (one["status"], one["pickleImportScan"]["status"]) for path, one in status.items()} == {
        ".gitattributes": ("safe", "unscanned"),
        "good.txt": ("safe", "unscanned"),
        "numbers.pkl": ("safe", "safe"),
        "bad.pkl": ("unsafe", "unsafe"),
        "odd.pkl": ("suspicious", "suspicious"),
        "template.json": ("unsafe", "unsafe"),
        "x.h5": ("unscanned", "unscanned"),
        "new.txt": ("queued", "queued"),
    }
    for one in status.values():
        assert {one[name]["status"] for name in ("avScan", *selectors.OTHER_SCANS)} == {"unscanned"}


def test_files_tell_what_they_import_and_what_was_found(repository: Repository):
    status = selectors.files_status(files(repository))
    bad = status["bad.pkl"]
    assert bad["pickleImportScan"]["pickleImports"] == [
        {"module": "os", "name": "system", "safety": "dangerous"}
    ]
    assert "os.system" in bad["pickleImportScan"]["message"]
    assert bad["pickleImportScan"]["version"] == ArtifactScanner.version
    [finding] = bad["findings"]
    assert (finding["scanner"], finding["rule"]) == ("artifact", "dangerous-import")
    odd = status["odd.pkl"]["pickleImportScan"]["pickleImports"]
    assert odd == [{"module": "omegaconf", "name": "DictConfig", "safety": "suspicious"}]
    assert status["good.txt"]["findings"] == []
    assert status["good.txt"]["pickleImportScan"]["pickleImports"] == []


@pytest.mark.parametrize(
    ("row", "said", "words"),
    [
        (None, "queued", None),
        ({"state": "queued"}, "queued", None),
        ({"state": "done", "verdict": "safe"}, "safe", None),
        ({"state": "done", "verdict": ""}, "unscanned", None),
        ({"state": "done", "verdict": "dangerous"}, "unsafe", "is known to ClamAV as Eicar"),
    ],
)
def test_the_antivirus_is_told_apart(repository: Repository, monkeypatch, row, said, words):
    monkeypatch.setitem(all_scanners(), "antivirus", AntivirusScanner())
    if row is not None:
        finding = {"rule": "virus", "message": words, "where": "", "severity": "dangerous"}
        Scan.objects.create(
            blob_id=hashes(repository)["good.txt"],
            scanner="antivirus",
            version="1",
            findings=[finding] if words else [],
            queued_at=timezone.now(),
            finished_at=timezone.now() if row["state"] == "done" else None,
            **row,
        )
    scan = selectors.files_status(files(repository))["good.txt"]["avScan"]
    assert (scan["status"], scan["message"]) == (said, words)


def test_any_number_of_files_costs_one_query(repository: Repository, django_assert_num_queries):
    entries = files(repository)
    for some in (entries[:1], entries):
        with django_assert_num_queries(1):
            selectors.files_status(some)
        with django_assert_num_queries(0):
            selectors.repository_status(some)
        with django_assert_num_queries(1):
            selectors.telling_scans_of([entry.sha256 for entry in some])


def test_a_message_is_as_long_as_a_person_reads_at_most(repository: Repository):
    finding = {"rule": "x", "message": "m" * 900, "where": "w", "severity": "dangerous"}
    Scan.objects.filter(verdict="dangerous").update(findings=[finding] * 50)
    status = selectors.files_status(files(repository))["bad.pkl"]
    assert len(status["pickleImportScan"]["message"]) == selectors.LONGEST_MESSAGE
    assert len(status["findings"]) == selectors.MOST_FINDINGS


def test_what_a_person_should_know_is_in_telling_scans(repository: Repository):
    data = b'{"auto_map": {"AutoModel": "modeling.Net"}}'
    commit(repository, repository.namespace.user, [AddInline("config.json", data)])
    known = hashes(repository)
    services.queue_scans(sha256s=known.values())
    for scan in Scan.objects.exclude(state="done"):
        tasks.scan([scan.pk])
    telling = selectors.telling_scans_of(known.values())
    assert {path for path, sha256 in known.items() if sha256 in telling} == {
        "bad.pkl",
        "odd.pkl",
        "template.json",
        "config.json",
    }


def test_what_a_newer_version_no_longer_says_is_not_told(repository: Repository):
    sha256 = hashes(repository)["odd.pkl"]
    newer = {"queued_at": timezone.now(), "finished_at": timezone.now(), "state": "done"}
    Scan.objects.create(blob_id=sha256, scanner="artifact", version="next", verdict="safe", **newer)
    assert selectors.telling_scans_of([sha256]) == {}


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
    Scan.objects.filter(version="next").update(state="done", verdict="safe", finished_at=timezone.now())
    assert [scan.verdict for scan in selectors.scans_of([sha256])[sha256]] == ["safe"]
