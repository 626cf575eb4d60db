import hashlib

import pytest
from django.utils import timezone

from contributions.moderation import selectors, services
from contributions.moderation.models import Case
from hub.repos.models import Repository
from storage.services import quarantine
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import FINDING, REASON, make_blob_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def decide(case: Case, action: str) -> None:
    services.decide(case=case, moderator=make_moderator(), action=action, reason=REASON)


def withhold(data: bytes) -> Case:
    quarantine(sha256=sha(data))
    return make_blob_case(sha(data))


def test_the_queue_shows_the_severest_and_then_the_newest_open_case_first():
    spam_old, spam_new = make_report(make_repository()).case, make_report(make_repository()).case
    make_repository(files={"a.bin": b"bad"})
    blob = withhold(b"bad")
    decide(make_report(make_repository(), reason="malware").case, "release")
    assert selectors.queue() == [blob, spam_new, spam_old]
    assert selectors.queue(limit=1, offset=1) == [spam_new]
    assert selectors.open_count() == 3
    assert [case.outcome for case in selectors.decided()] == ["release"]


def test_the_queue_counts_reports_and_repositories_in_one_query(django_assert_num_queries):
    for name in ("a.bin", "b.bin"):
        make_repository(files={name: b"bad"})
    withhold(b"bad")
    repository = make_repository()
    for _ in range(3):
        make_report(repository)
    with django_assert_num_queries(1):
        counts = [
            (c.subject_kind, c.report_count, c.repository_count, str(c.repository)) for c in selectors.queue()
        ]
    assert counts == [("blob", 0, 2, "None"), ("repository", 3, 1, repository.full_name)]


def test_a_blobs_case_shows_findings_in_words(django_assert_num_queries):
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    with django_assert_num_queries(2):
        detail = selectors.case_detail(case)
    assert detail.findings == [f"{FINDING['message']} ({FINDING['where']})"]


def test_a_repositorys_case_shows_its_reports_and_decisions():
    repository, rita = make_repository(), make_user("rita")
    case = make_report(repository, reporter=rita, path="a.bin").case
    make_report(make_repository())
    decide(case, "keep")
    detail = selectors.case_detail(selectors.case_by_id(case.pk))
    assert [(report.reporter, report.path) for report in detail.reports] == [(rita, "a.bin")]
    assert [decision.action for decision in detail.decisions] == ["keep"]


def test_a_case_that_does_not_exist_is_none():
    assert selectors.case_by_id(0) is None


def notices(repository: Repository) -> list[tuple[str, bool, str]]:
    return [(n.path, n.withheld, n.reason) for n in selectors.standing_notices(repository)]


def test_publishers_see_what_is_withheld_and_why():
    repository = make_repository(files={"bad.bin": b"bad", "worse.bin": b"worse", "good.txt": b"good"})
    other = make_repository(files={"good.txt": b"good"})
    case, _ = withhold(b"bad"), withhold(b"worse")
    decide(case, "keep")
    assert notices(repository) == [("bad.bin", True, REASON), ("worse.bin", True, "")]
    assert FINDING["message"] in selectors.standing_notices(repository)[1].findings[0]
    assert notices(other) == []


def test_a_withheld_file_is_shown_before_its_case_is_opened():
    repository = make_repository(files={"bad.bin": b"bad"})
    quarantine(sha256=sha(b"bad"))
    assert notices(repository) == [("bad.bin", True, "")]


def test_publishers_see_what_was_released():
    repository = make_repository(files={"bad.bin": b"bad"})
    decide(withhold(b"bad"), "release")
    assert notices(repository) == [("bad.bin", False, REASON)]


def test_publishers_see_that_the_whole_repository_is_withheld():
    repository = make_repository()
    case = make_report(repository).case
    assert notices(repository) == []
    decide(case, "keep")
    assert notices(repository) == [("", True, REASON)]


def test_notices_take_constant_queries(django_assert_num_queries):
    files = {f"{number}.bin": str(number).encode() for number in range(5)}
    repository = make_repository(files=files)
    decide(make_report(repository).case, "release")
    for data in files.values():
        decide(withhold(data), "keep")
    with django_assert_num_queries(4):
        assert len(selectors.standing_notices(repository)) == 6


def test_findings_join_the_open_case_of_their_blob_without_repeating():
    other = {**FINDING, "rule": "pickle.other", "message": "It also runs eval."}
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    assert make_blob_case(sha(b"bad"), [FINDING, other]) == case
    case.refresh_from_db()
    assert case.findings == [FINDING, other]
    assert case.severity == 3


def test_a_blob_that_moderators_keep_withheld_makes_no_new_case():
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    decide(case, "keep")
    assert withhold(b"bad") == case
    assert Case.objects.count() == 1


def test_a_blob_that_moderators_released_makes_a_new_case_when_it_is_found_again():
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    decide(case, "release")
    assert withhold(b"bad") != case


def test_the_sweep_finds_decisions_that_nobody_was_told_about():
    decide(make_report(make_repository()).case, "keep")
    told = make_report(make_repository()).case
    decide(told, "keep")
    told.decisions.update(notified_at=timezone.now())
    untold = Case.objects.exclude(pk=told.pk).get().decisions.get()
    assert selectors.decisions_to_tell(timezone.timedelta(0)) == [untold.pk]
    assert selectors.decisions_to_tell(timezone.timedelta(hours=1)) == []
