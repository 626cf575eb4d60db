"""Flags by people and machines gather in one case of a subject and a cause; rules withhold at once."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Namespace
from contributions.moderation import flagging, selectors, subjects
from contributions.moderation.models import AutoRule, Case, Decision, Flag
from contributions.moderation.vocabulary import SEVERITY_OF, Cause
from hub.errors import InvalidInput
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from hub.revisions.models import RepositoryBlob
from storage.models import Blob
from storage.services import quarantine
from tests.factories.accounts import make_user, suspend
from tests.factories.moderation import decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


def test_a_report_opens_a_case_and_is_logged():
    repository, reporter = make_repository(), make_user("rita")
    make_repository()
    flag = make_report(repository, reporter=reporter, cause="malware", path="model.bin")
    case = Case.objects.get()
    assert (flag.case, flag.path, flag.reporter, flag.source) == (case, "model.bin", reporter, "report")
    assert (case.subject_kind, case.repository, case.state) == ("repository", repository, "open")
    assert (case.subject_key, case.subject_name) == (repository.subject, repository.full_name)
    assert case.namespace == repository.namespace
    filed = AuditEvent.objects.get(event="subject.flagged")
    assert (filed.actor, filed.subject, filed.data["case"]) == (reporter, repository.subject, case.pk)
    opened = AuditEvent.objects.get(event="case.opened")
    assert (opened.subject, opened.data["about"]) == (case.subject, repository.subject)


def test_without_an_account_only_rights_and_personal_data_are_reported_and_with_an_address():
    subject = subjects.repository(make_repository())

    def tell(cause: str, contact: str) -> Flag:
        return flagging.report(
            subject=subject, reporter=None, cause=cause, text="These are mine.", contact=contact
        )

    for cause, contact, field in [("spam", "me@example.org", "cause"), ("licence", "", "contact")]:
        with pytest.raises(InvalidInput) as refusal:
            tell(cause, contact)
        assert refusal.value.field == field
    assert not Flag.objects.exists()
    assert tell("licence", "me@example.org").source == "notice"
    assert tell("personal_data", "me@example.org").case != Case.objects.first()


@pytest.mark.parametrize(
    ("role", "source"), [("", "report"), ("trusted_reporter", "trusted"), ("moderator", "moderator")]
)
def test_a_flag_says_who_it_comes_from(role: str, source: str):
    assert make_report(make_repository(), reporter=make_user(desk_role=role)).source == source


def test_flags_of_one_cause_gather_and_may_raise_the_severity():
    repository = make_repository()
    case = make_report(repository, cause="other").case
    flagging.flag(
        subject=subjects.repository(repository),
        source="moderator",
        cause="other",
        text="x",
        severity=3,
        reporter=make_user(),
    )
    make_report(repository, cause="other")
    case.refresh_from_db()
    assert (case.severity, case.flags.count()) == (3, 3)
    assert AuditEvent.objects.filter(event="case.opened").count() == 1


def test_another_cause_is_another_case_and_so_is_another_repository():
    repository = make_repository()
    make_report(repository, cause="spam")
    make_report(repository, cause="licence")
    make_report(make_repository(), cause="spam")
    assert Case.objects.count() == 3


def test_a_report_after_the_decision_opens_a_new_case():
    repository = make_repository()
    case = make_report(repository).case
    decide_case(case, "none")
    assert make_report(repository).case != case


@pytest.mark.django_db(transaction=True)
def test_reports_filed_at_once_join_one_case():
    repository = make_repository()
    reporters = [make_user() for _ in range(4)]
    futures = race([lambda who=who: make_report(repository, reporter=who) for who in reporters])
    assert failures(futures) == []
    assert Flag.objects.filter(case=Case.objects.get()).count() == 4


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cause": "dislike"}, "cause"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"path": "x" * 1025}, "path"),
        ({"contact": "x" * 255}, "contact"),
        ({"evidence": "x" * 2001}, "evidence"),
    ],
)
def test_a_report_that_breaks_a_rule_names_the_field_and_leaves_nothing(wrong: dict[str, str], field: str):
    given = {"cause": "spam", "text": "Please look at this.", **wrong}
    with pytest.raises(InvalidInput) as refusal:
        flagging.report(subject=subjects.repository(make_repository()), reporter=make_user(), **given)
    assert refusal.value.field == field
    assert not Flag.objects.exists()
    assert not Case.objects.exists()
    assert not AuditEvent.objects.filter(event__in=["subject.flagged", "case.opened"]).exists()


def test_the_case_outlives_the_repository_and_keeps_its_name():
    owner = make_user()
    repository = make_repository(owner)
    name = repository.full_name
    case = make_report(repository).case
    delete_repository(repository=repository, actor_user=owner)
    case = selectors.case_by_id(case.pk)
    assert (case.repository, case.subject_name) == (None, name)
    assert len(selectors.case_detail(case).flags) == 1
    decide_case(case, "take_down")
    assert selectors.case_by_id(case.pk).outcome == "take_down"


def test_every_cause_has_a_severity_and_a_policy():
    assert SEVERITY_OF.keys() == set(Cause)
    assert {selectors.policy_for(cause).cause for cause in Cause} == set(Cause)


def test_a_private_repositorys_name_is_not_a_cases():
    repository = make_repository(visibility="private", files={"a.bin": b"bad"})
    sha256 = RepositoryBlob.objects.get(repository=repository, path="a.bin").sha256
    assert make_blob_case(sha256).subject_name == sha256


def withheld(repository: Repository) -> bool:
    repository.refresh_from_db()
    return repository.taken_down_at is not None


def test_two_reports_of_malware_of_which_one_is_trusted_withhold_and_each_step_can_be_undone():
    repository, bystander = make_repository(), make_repository()
    # Its account is not young.
    type(repository.namespace).objects.update(created_at="2020-01-01T00:00Z")
    reporter = make_user()
    case = make_report(repository, cause="malware", reporter=reporter).case
    make_report(repository, cause="malware", reporter=reporter)
    assert not withheld(repository)
    make_report(repository, cause="malware", reporter=make_user(desk_role="trusted_reporter"))
    decision = Decision.objects.get()
    assert (decision.effect, decision.rule, decision.moderator, decision.state) == (
        "take_down",
        "two-reports-one-trusted",
        None,
        "standing",
    )
    assert withheld(repository)
    case.refresh_from_db()
    assert case.state == "open"
    decide_case(case, "none")
    assert not withheld(repository)
    assert not withheld(bystander)


def test_reports_by_who_is_suspended_or_showed_no_address_or_is_trusted_no_more_withhold_nothing():
    repository = make_repository()
    trusted = make_user(desk_role="trusted_reporter")
    make_report(repository, cause="malware", reporter=make_user(confirmed=False))
    suspend(gone := make_user())
    make_report(repository, cause="malware", reporter=gone)
    type(repository.namespace).objects.update(created_at="2020-01-01T00:00Z")
    make_report(repository, cause="malware", reporter=trusted)
    assert not withheld(repository)
    type(trusted).objects.filter(pk=trusted.pk).update(desk_role="")
    make_report(repository, cause="malware")
    assert not withheld(repository)


def test_where_many_are_reached_reports_alone_withhold_nothing():
    repository = make_repository()
    Repository.objects.filter(pk=repository.pk).update(downloads=20_000)
    popular = Repository.objects.get(pk=repository.pk)
    make_report(popular, cause="malware", reporter=make_user(desk_role="trusted_reporter"))
    make_report(popular, cause="malware")
    assert not withheld(repository)
    assert Case.objects.get().severity == 3


def test_another_report_does_not_keep_a_moderator_from_deciding():
    repository = make_repository()
    case = make_report(repository).case
    seen = Case.objects.get(pk=case.pk).turn
    make_report(repository)
    assert decide_case(case, "none", seen=seen).state == "standing"


def test_two_reports_without_a_trusted_reporter_withhold_nothing():
    repository = make_repository()
    make_report(repository, cause="malware")
    make_report(repository, cause="malware")
    assert not withheld(repository)


def test_who_asks_about_a_licence_finding_is_no_reporter_to_a_rule_until_they_report_it():
    AutoRule.objects.create(slug="two-about-rights", cause="licence", enabled=True, withholds=True, reports=2)
    repository, people = make_repository(), [make_user(), make_user()]
    for who in people:
        flagging.flag(
            subject=subjects.repository(repository),
            source="licence",
            cause="licence",
            reporter=who,
            text="The licence text is missing.",
        )
    assert not withheld(repository)
    for who, then in zip(people, (False, True), strict=True):
        make_report(repository, cause="licence", reporter=who)
        assert withheld(repository) == then
    assert Flag.objects.filter(source="report").count() == 2


def test_a_trusted_report_about_a_young_account_withholds_and_a_rule_that_is_off_does_not():
    trusted = make_user(desk_role="trusted_reporter")
    young, other = make_repository(), make_repository()
    make_report(young, cause="malware", reporter=trusted)
    assert withheld(young)
    AutoRule.objects.filter(slug="young-account-trusted-report").update(enabled=False)
    make_report(other, cause="malware", reporter=trusted)
    assert not withheld(other)
    make_report(other, cause="spam", reporter=trusted)
    assert not withheld(other)


def test_a_file_is_a_young_accounts_while_all_who_have_it_are_young():
    trusted = make_user(desk_role="trusted_reporter")
    old = make_user()
    Namespace.objects.filter(user=old).update(created_at=timezone.now() - timezone.timedelta(days=30))
    young = make_repository(files={"young.bin": b"young", "both.bin": b"both"})
    make_repository(old, files={"old.bin": b"old", "both.bin": b"both"})
    for path, then in (("young.bin", True), ("both.bin", False)):
        sha256 = RepositoryBlob.objects.get(repository=young, path=path).sha256
        case = flagging.report(
            subject=subjects.blob(sha256), reporter=trusted, cause="malware", text="Look.", path=path
        ).case
        assert (Blob.objects.get(pk=sha256).state == "quarantined") == then
        assert case.decisions.exists() == then


@pytest.mark.parametrize("days", [0, 1])
def test_a_rule_about_a_verdict_may_be_about_young_accounts_alone(days: int):
    AutoRule.objects.filter(slug="scanner-found-danger").update(younger_than_days=30)
    repository = make_repository(files={"model.bin": b"bad"})
    Namespace.objects.update(created_at=timezone.now() - timezone.timedelta(days=30 * days))
    sha256 = RepositoryBlob.objects.get(repository=repository, path="model.bin").sha256
    quarantine(sha256=sha256)
    case = make_blob_case(sha256)
    assert (Blob.objects.get(pk=sha256).state, case.decisions.count()) == (
        ("verified", 0) if days else ("quarantined", 1)
    )
