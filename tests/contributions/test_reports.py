import pytest

from accounts.models import AuditEvent
from contributions.moderation import selectors, services
from contributions.moderation.models import Case, Report
from contributions.moderation.vocabulary import SEVERITY_OF, Reason
from hub.errors import InvalidInput
from hub.repos.services import delete_repository
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import REASON, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def test_a_report_opens_a_case_and_is_logged():
    repository, reporter = make_repository(), make_user("rita")
    make_repository()
    report = make_report(repository, reporter=reporter, reason="malware", path="model.bin")
    case = Case.objects.get()
    assert (report.case, report.path, report.reporter) == (case, "model.bin", reporter)
    assert (case.subject_kind, case.repository, case.state) == ("repository", repository, "open")
    assert repository.full_name in case.title
    filed = AuditEvent.objects.get(event="report.filed")
    assert (filed.actor, filed.subject, filed.data["case"]) == (reporter, repository.subject, case.pk)
    opened = AuditEvent.objects.get(event="case.opened")
    assert (opened.subject, opened.data["about"]) == (case.subject, repository.subject)


def test_a_report_needs_no_account():
    report = make_report(make_repository())
    assert report.reporter is None


def test_a_second_report_joins_the_open_case_and_may_raise_its_severity():
    repository = make_repository()
    make_report(repository, reason="spam")
    case = make_report(repository, reason="malware").case
    make_report(repository, reason="other")
    assert Case.objects.get().severity == case.severity == SEVERITY_OF["malware"]
    assert case.reports.count() == 3
    assert AuditEvent.objects.filter(event="case.opened").count() == 1


def test_reports_on_two_repositories_are_two_cases():
    make_report(make_repository())
    make_report(make_repository())
    assert Case.objects.count() == 2


def test_a_report_after_the_decision_opens_a_new_case():
    repository = make_repository()
    case = make_report(repository).case
    services.decide(case=case, moderator=make_moderator(), action="release", reason=REASON)
    assert make_report(repository).case != case


@pytest.mark.django_db(transaction=True)
def test_reports_filed_at_once_join_one_case():
    repository = make_repository()
    futures = race([lambda: make_report(repository) for _ in range(4)])
    assert failures(futures) == []
    assert Report.objects.filter(case=Case.objects.get()).count() == 4


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "dislike"}, "reason"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"path": "x" * 1025}, "path"),
        ({"contact": "x" * 255}, "contact"),
    ],
)
def test_a_report_that_breaks_a_rule_names_the_field_and_leaves_nothing(wrong: dict[str, str], field: str):
    given = {"reason": "spam", "text": "Please look at this.", **wrong}
    with pytest.raises(InvalidInput) as refusal:
        services.file_report(repository=make_repository(), reporter=None, **given)
    assert refusal.value.field == field
    assert not Report.objects.exists()
    assert not Case.objects.exists()
    assert not AuditEvent.objects.filter(event__in=["report.filed", "case.opened"]).exists()


def test_the_case_outlives_the_repository():
    owner = make_user()
    repository = make_repository(owner)
    case = make_report(repository).case
    delete_repository(repository=repository, actor_user=owner)
    case = selectors.case_by_id(case.pk)
    assert case.repository is None
    assert len(selectors.case_detail(case).reports) == 1
    services.decide(case=case, moderator=make_moderator(), action="keep", reason=REASON)
    assert selectors.case_by_id(case.pk).outcome == "keep"


def test_every_reason_has_a_severity():
    assert SEVERITY_OF.keys() == set(Reason)
