"""The page of a case has what is needed to decide, and tells nothing of what is private."""

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions.moderation.findings import SECRETS, flag_finding
from contributions.moderation.models import Case
from hub.revisions.operations import AddInline
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.verdicts import JUDGE
from storage.services import quarantine
from tests.builders.pickles import calling
from tests.factories.moderation import make_blob_case, make_report
from tests.factories.repositories import commit, make_repository

PICKLE = calling("os", "system", "<b>rm</b>", protocol=4)
SHA256 = hashlib.sha256(PICKLE).hexdigest()
FINDING = {
    "rule": "dangerous-import",
    "message": "imports os.system: it runs commands",
    "severity": "dangerous",
}
CARD = b"---\nlicense: mit\nbase_model: far/away\n---\nHello.\n"


@pytest.fixture
def case(world) -> Case:
    """A case about a pickle that acme/bert has, which a scanner found to run a command."""
    files = [AddInline("model.pkl", PICKLE), AddInline("README.md", CARD)]
    commit(world.public, world.users["writer"], files)
    return found_in(PICKLE)


def found_in(data: bytes) -> Case:
    sha256 = hashlib.sha256(data).hexdigest()
    said = {
        "state": "done",
        "verdict": "dangerous",
        "findings": [FINDING | {"where": "byte 25"}],
        "imports": [{"module": "os", "name": "system", "safety": "dangerous"}],
        "queued_at": timezone.now(),
        "finished_at": timezone.now(),
    }
    version = all_scanners()[JUDGE].version
    Scan.objects.update_or_create(blob_id=sha256, scanner=JUDGE, version=version, defaults=said)
    quarantine(sha256=sha256)
    return make_blob_case(sha256)


def page(world, case: Case, **query: str) -> str:
    return world.client("moderator").get(f"/moderation/{case.pk}", query).content.decode()


def test_a_case_about_a_file_shows_everything_known_of_it(world, case):
    shown = page(world, case)
    for words in (
        "What the scanners say",
        '<span class="mono">os.system</span>',
        "pickle 4",
        "STACK_GLOBAL",
        "Who has the same bytes",
        "model.pkl",
        "Past of acme",
        "far/away",
        "MIT",
        "The card before and after",
        'href="?at=byte%2025#excerpt" aria-current="true"',
    ):
        assert words in shown, words


def test_bytes_are_told_and_never_rendered(world, case):
    shown = page(world, case)
    assert "&lt;b&gt;rm" in shown
    assert "<b>rm" not in shown
    assert '<tr class="marked" aria-current="true"><td>25</td><td>STACK_GLOBAL</td>' in shown


def test_only_places_that_a_finding_names_are_quoted(world, case):
    shown = page(world, case, at="byte 3")
    assert '<span class="mono">byte 25</span>' in shown
    assert "byte 3<" not in shown


def test_a_private_repository_is_only_counted_and_its_card_is_not_shown(world):
    card = b"---\nlicense: mit\n---\nA secret.\n"
    files = [AddInline("hidden.pkl", PICKLE), AddInline("README.md", card)]
    commit(world.private, world.users["writer"], files)
    shown = page(world, found_in(PICKLE))
    assert "and in 1 private repository" in shown
    reported = page(world, make_report(world.private, reporter=world.users["reader"]).case)
    for words in (shown, reported):
        assert "hidden.pkl" not in words
        assert "A secret." not in words
        assert "The card before and after" not in words


def test_of_a_file_that_only_private_repositories_have_no_more_is_shown_than_where_something_was_found(world):
    commit(world.private, world.users["writer"], [AddInline("hidden.pkl", PICKLE)])
    case = found_in(PICKLE)
    shown = page(world, case)
    assert "The file&#x27;s header" not in shown
    assert "The file's header" not in shown
    assert "STACK_GLOBAL" in shown
    Scan.objects.update(findings=[])
    assert "The beginning of the file" not in page(world, case)
    make_repository(files={"a.pkl": PICKLE})
    assert "The beginning of the file" in page(world, case)


def test_a_password_or_key_is_marked_and_not_shown(world):
    data = b"name = demo\npassword = hunter2-correct-horse\n"
    commit(world.public, world.users["writer"], [AddInline("settings.ini", data)])
    sha256 = hashlib.sha256(data).hexdigest()
    found = {"rule": "password", "message": "a password", "severity": "suspicious", "where": "line 2"}
    Scan.objects.update_or_create(
        blob_id=sha256,
        scanner=SECRETS,
        version=all_scanners()[SECRETS].version,
        defaults={"state": "done", "verdict": "suspicious", "findings": [found]}
        | dict.fromkeys(("queued_at", "finished_at"), timezone.now()),
    )
    secret = flag_finding(sha256=sha256, scanner=SECRETS, verdict="suspicious", found=[found]).case
    # Another case about the same file leads to the same place.
    for case in (secret, make_blob_case(sha256)):
        shown = page(world, case, at="line 2")
        assert "the password or key may still be in use" in shown
        assert b"hunter2"[:4].hex(" ") not in shown
        assert "hunter2" not in shown
        assert "x" * 3 in shown
        assert 'class="marked"' in shown


def test_a_case_about_a_repository_shows_its_card_and_its_people(world, case):
    shown = page(world, make_report(world.public).case)
    assert "The card before and after" in shown
    assert "Past of acme" in shown
    assert "Who has the same bytes" not in shown
    assert "STACK_GLOBAL" not in shown


def test_the_page_costs_the_same_however_many_hold_the_bytes(world, case):
    for _ in range(3):
        make_repository(files={"a.pkl": PICKLE})
    few = queries(world, case)
    for _ in range(5):
        make_repository(files={"a.pkl": PICKLE})
    assert queries(world, case) == few


def queries(world, case: Case) -> int:
    client = world.client("moderator")
    client.get(f"/moderation/{case.pk}")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/moderation/{case.pk}").status_code == 200
    return len(captured)
