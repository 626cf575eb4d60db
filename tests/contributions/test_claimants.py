"""Whoever claimed a right reads the counter-notice in time to go to a court, and what came of it."""

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import appealing, flagging, selectors, subjects, tasks
from contributions.moderation.models import Appeal, Case, Flag
from hub.errors import Forbidden
from hub.repos.models import Repository
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

MINE = "I trained it myself, from data of my own."


def notice(repository: Repository, *, language: str = "", contact: str = "holder@example.org") -> Case:
    return flagging.report(
        subject=subjects.repository(repository),
        reporter=None,
        cause="licence",
        text="These are my weights.",
        contact=contact,
        language=language,
    ).case


def asked_about(repository: Repository, who: User) -> Flag:
    """Somebody asks the moderators to look at what the check of licences found."""
    return flagging.flag(
        subject=subjects.repository(repository),
        source="licence",
        cause="licence",
        reporter=who,
        text="The licence text is missing.",
        evidence="L13",
    )


def counter(case: Case) -> Appeal:
    decision = decide_case(case, "take_down")
    author = case.repository.namespace.user
    return appealing.appeal(decision=decision, author=author, text=MINE, kind="counter_notice")


@pytest.fixture
def repository() -> Repository:
    return make_repository(make_user("ada"), name="m")


def test_who_claimed_the_right_reads_the_counter_notice_and_until_when_to_go_to_a_court(repository, settings):
    settings.DEFAULT_FROM_EMAIL = "moderation@hub.example"
    case = notice(repository)
    make_report(repository, reporter=make_user("rita"), cause="licence")
    make_report(repository, reporter=make_user("other"), cause="spam")
    made = counter(case)
    tasks.notify_claimants(made.pk)
    assert sorted(message.to[0] for message in mail.outbox) == ["holder@example.org", "rita@example.org"]
    message = mail.outbox[0]
    assert message.subject == "A counter-notice to your claim: ada/m"
    for words in ("ada contests", MINE, "comes back on", "moderation@hub.example", str(case.pk)):
        assert words in message.body
    assert "ada@example.org" not in message.body
    told = AuditEvent.objects.filter(event="reporter.told", data__appeal=made.pk)
    assert {row.data["state"] for row in told} == {"open"}


def test_who_only_asked_about_a_licence_finding_is_not_sent_the_counter_notice(repository):
    asked_about(repository, make_user("curious"))
    made = counter(notice(repository))
    tasks.notify_claimants(made.pk)
    appealing.restore(appeal_id=made.pk)
    tasks.notify_claimants(made.pk)
    assert [message.to for message in mail.outbox] == [["holder@example.org"]] * 2


def test_where_people_only_asked_about_a_finding_nobody_claims_anything(repository):
    decision = decide_case(asked_about(repository, make_user("curious")).case, "take_down")
    author = make_owner(repository)
    assert appealing.kinds_of_appeal(decision, author) == ["appeal"]
    with pytest.raises(Forbidden, match="copyright only"):
        appealing.appeal(decision=decision, author=author, text=MINE, kind="counter_notice")
    assert not Appeal.objects.exists()


def test_who_asked_about_a_finding_and_reports_it_themselves_claims_it(repository):
    rita = make_user("rita")
    asked = asked_about(repository, rita)
    make_report(repository, reporter=rita, cause="licence")
    # And to ask once more takes nothing back.
    asked_about(repository, rita)
    assert list(Flag.objects.values_list("pk", "source")) == [(asked.pk, "report")]
    made = counter(asked.case)
    tasks.notify_claimants(made.pk)
    assert [message.to for message in mail.outbox] == [["rita@example.org"]]


def test_they_are_told_once_of_it_and_once_of_what_came_of_it(repository):
    made = counter(notice(repository))
    for _ in range(2):
        tasks.notify_claimants(made.pk)
    appealing.restore(appeal_id=made.pk)
    for _ in range(2):
        tasks.notify_claimants(made.pk)
    assert [message.subject for message in mail.outbox] == [
        "A counter-notice to your claim: ada/m",
        "What came of the counter-notice: ada/m",
    ]
    assert "is not withheld any more" in mail.outbox[1].body
    assert "The waiting period of the counter-notice is over." in mail.outbox[1].body


def test_that_it_stays_withheld_is_told_without_the_moderators_reason(repository):
    made = counter(notice(repository))
    tasks.notify_claimants(made.pk)
    appealing.decide_appeal(
        appeal=made, moderator=make_moderator(), upheld=True, reason="A court was asked meanwhile."
    )
    tasks.notify_claimants(made.pk)
    assert "it stays withheld" in mail.outbox[1].body
    assert "meanwhile" not in mail.outbox[1].body


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("forbid_name", "It stays withheld, and does not come back by itself."),
        ("none", "not withheld any more."),
    ],
)
def test_that_another_decision_took_its_place_is_told_once(
    repository, effect, words, django_capture_on_commit_callbacks, monkeypatch
):
    case = notice(repository)
    notice(repository, contact="other@example.org")
    make_report(repository, reporter=make_user("rita"), cause="spam")
    made = counter(case)
    tasks.notify_claimants(made.pk)
    mail.outbox.clear()
    queued = []
    monkeypatch.setattr(
        "contributions.moderation.subscribers.enqueue", lambda task, pk: queued.append((task, pk))
    )
    with django_capture_on_commit_callbacks(execute=True):
        decide_case(case, effect)
    assert (tasks.notify_claimants, made.pk) in queued
    for _ in range(2):
        tasks.notify_claimants(made.pk)
    assert sorted(message.to[0] for message in mail.outbox) == ["holder@example.org", "other@example.org"]
    assert all(message.subject == "What came of the counter-notice: ada/m" for message in mail.outbox)
    assert all(words in message.body for message in mail.outbox)
    assert selectors.claims_to_tell(timezone.timedelta(0)) == []


def test_an_appeal_whose_place_another_decision_took_is_told_to_no_claimant(repository):
    decision = decide_case(case := notice(repository), "take_down")
    appealing.appeal(decision=decision, author=make_owner(repository), text=MINE)
    decide_case(case, "none")
    assert selectors.claims_to_tell(timezone.timedelta(0)) == []


def test_a_notice_is_answered_in_the_language_of_the_page_on_which_it_was_written(repository):
    case = notice(repository, language="de")
    notice(repository, language="tlh", contact="other@example.org")
    made = counter(case)
    tasks.notify_reporters(case.pk)
    tasks.notify_claimants(made.pk)
    subjects_of = {message.to[0]: [] for message in mail.outbox}
    for message in mail.outbox:
        subjects_of[message.to[0]].append(message.subject)
    assert subjects_of == {
        "holder@example.org": [
            "Was aus Ihrer Meldung wurde: ada/m",
            "Eine Gegendarstellung zu Ihrem Anspruch: ada/m",
        ],
        "other@example.org": ["What came of your report: ada/m", "A counter-notice to your claim: ada/m"],
    }


def test_an_appeal_is_told_to_nobody_who_reported(repository):
    decision = decide_case(notice(repository), "take_down")
    made = appealing.appeal(decision=decision, author=make_owner(repository), text=MINE)
    tasks.notify_claimants(made.pk)
    assert mail.outbox == []


def make_owner(repository: Repository):
    return repository.namespace.user


def test_the_news_queues_it_and_the_sweep_finds_what_no_server_took(
    repository, monkeypatch, django_capture_on_commit_callbacks
):
    case = notice(repository)

    def refuse(self, messages):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            made = counter(case)
    assert not [message for message in mail.outbox if "counter-notice" in message.subject]
    age = timezone.timedelta(minutes=5)
    assert selectors.claims_to_tell(age) == []
    Appeal.objects.update(created_at=timezone.now() - timezone.timedelta(hours=1))
    assert selectors.claims_to_tell(age) == [made.pk]
    tasks.notify_claimants(made.pk)
    assert selectors.claims_to_tell(age) == []
    assert mail.outbox[-1].subject == "A counter-notice to your claim: ada/m"
