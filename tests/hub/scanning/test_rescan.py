"""`manage.py rescan`: files that were scanned are looked at again, in the background."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hub.repos.models import Repository
from hub.scanning import running, selectors, services
from hub.scanning.models import Scan
from hub.scanning.verdicts import Verdict
from storage.models import Blob
from tests.builders import pickles as made
from tests.factories.repositories import make_repository

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_judge")]
BAD, GOOD = made.calling("os", "system"), b"# Words\n"


@pytest.fixture
def repository() -> Repository:
    """One with two files, both scanned, beside another repository's file, scanned as well."""
    found = make_repository(files={"a.md": GOOD, "a.pkl": BAD})
    make_repository(files={"b.md": b"other words"})
    services.queue_scans(sha256s=Blob.objects.values_list("pk", flat=True))
    running.scan_batch(scan_ids=list(Scan.objects.values_list("pk", flat=True)))
    assert not waiting()
    return found


def waiting() -> set[bytes]:
    """The content that is to be looked at again, all of it in the background."""
    queued = Scan.objects.filter(state=Scan.State.QUEUED).select_related("blob")
    assert all(scan.background and scan.verdict for scan in queued)
    return {bytes(scan.blob.data) for scan in queued}


def rescan(*arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("rescan", *arguments, stdout=out)
    return out.getvalue()


def test_a_repository_is_looked_at_again_and_no_other(repository: Repository):
    assert rescan(repository.full_name) == "3 scans queued.\n"
    assert waiting() > {GOOD, BAD}
    assert b"other words" not in waiting()


def test_a_file_is_named_by_its_hash(repository: Repository):
    assert rescan(Blob.objects.get(data=BAD).pk) == "1 scans queued.\n"
    assert waiting() == {BAD}


def test_a_hash_that_nobody_has_queues_nothing(repository: Repository):
    assert rescan("0" * 64) == "0 scans queued.\n"


def test_what_was_said_chooses(repository: Repository):
    rescan("--verdict", "dangerous")
    assert waiting() == {BAD}


def test_everything_is_looked_at_again_the_newest_first(repository: Repository, monkeypatch):
    monkeypatch.setattr(selectors, "STRETCH", 1)
    newest = list(Blob.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))
    assert [sha256 for [sha256] in selectors.stretches_of_blobs()] == newest
    assert rescan("--all") == f"{Scan.objects.count()} scans queued.\n"
    assert Scan.objects.filter(state=Scan.State.QUEUED).count() == len(newest)


def test_what_was_said_before_stands_until_it_is_said_anew(repository: Repository):
    Scan.objects.filter(blob__data=GOOD).update(verdict=Verdict.ERROR)
    rescan("--all")
    assert Blob.objects.get(data=BAD).state == Blob.State.QUARANTINED
    running.scan_batch(scan_ids=list(Scan.objects.values_list("pk", flat=True)))
    assert Scan.objects.get(blob__data=GOOD).verdict == Verdict.SAFE


@pytest.mark.parametrize("arguments", [[], ["nobody/nothing"], ["datasets/nobody/nothing"], ["words"]])
def test_it_wants_to_know_what(arguments: list[str]):
    with pytest.raises(CommandError, match=r"--all or --verdict|There is no repository"):
        rescan(*arguments)
    assert not Scan.objects.exists()
