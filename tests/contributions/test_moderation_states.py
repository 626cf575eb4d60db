"""No sequence of flags, decisions, appeals and uploads serves what a decision forbids, or the reverse."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contributions.moderation import appealing, deciding, flagging, selectors, sides, subjects
from contributions.moderation.models import Appeal, Case, Decision
from contributions.moderation.vocabulary import Effect
from hub.errors import HubError
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Blob
from storage.services import quarantine
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import FINDING, decide_case
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

CAUSES = st.sampled_from(["malware", "licence", "spam"])
EFFECTS = st.sampled_from(["none", "warn", "override", "quarantine", "take_down", "ask"])
WHAT = ["file", "repository", "owner"]
REASON = "It is what it is, and stays so."
BYTES = st.sampled_from([b"first", b"second"])


class Desk(RuleBasedStateMachine):
    """Two contents in some repositories, flagged, decided about, appealed against and uploaded again."""

    repositories = Bundle("repositories")

    def __init__(self) -> None:
        super().__init__()
        self.names = count()
        self.moderators = [make_moderator(), make_moderator(), make_moderator()]
        self.trusted = make_user(desk_role="trusted_reporter")

    @rule(target=repositories, data=BYTES)
    def upload(self, data: bytes) -> Repository:
        """Somebody uploads one of the contents, maybe again, under another name."""
        return make_repository(make_user(), files={f"{next(self.names)}.bin": data})

    @rule(repository=repositories)
    def scan(self, repository: Repository) -> None:
        """A scanner finds the content dangerous: it withholds at once, and its news makes a flag."""
        sha256 = sha_of(repository)
        quarantine(sha256=sha256)
        flagging.flag(subject=subjects.blob(sha256), source="scan", cause="malware", findings=[FINDING])

    @rule(repository=repositories, cause=CAUSES, what=st.sampled_from(WHAT), trusted=st.booleans())
    def report(self, repository: Repository, cause: str, what: str, trusted: bool) -> None:
        """Somebody reports a file, all of a repository, or all of whoever has it."""
        subject = {
            "file": lambda: subjects.blob(sha_of(repository)),
            "repository": lambda: subjects.repository(repository),
            "owner": lambda: subjects.namespace(repository.namespace),
        }[what]()
        reporter = self.trusted if trusted else make_user()
        flagging.report(subject=subject, reporter=reporter, cause=cause, text="Please look.")

    @rule(number=st.integers(0, 20), effect=EFFECTS, who=st.integers(0, 2), many=st.booleans())
    def decide(self, number: int, effect: str, who: int, many: bool) -> None:
        """Any moderator decides any case, in any order; where many are reached it is only proposed."""
        if cases := list(Case.objects.order_by("id")):
            case = cases[number % len(cases)]
            Case.objects.filter(pk=case.pk).update(reach=10**6 if many else 0)
            until = soon() if effect == "ask" else None
            attempt(lambda: decide_case(case, effect, self.moderators[who], until=until))

    @rule(number=st.integers(0, 20), who=st.integers(0, 2), yes=st.booleans())
    def second(self, number: int, who: int, yes: bool) -> None:
        """Somebody confirms or declines some proposal, also one that is none any more."""
        if decisions := list(Decision.objects.filter(rule="").order_by("id")):
            decision, moderator = decisions[number % len(decisions)], self.moderators[who]
            if yes:
                attempt(lambda: deciding.confirm(decision=decision, moderator=moderator))
            else:
                attempt(lambda: deciding.decline(decision=decision, moderator=moderator, reason=REASON))

    @rule(number=st.integers(0, 20), counter=st.booleans())
    def appeal(self, number: int, counter: bool) -> None:
        if decisions := list(Decision.objects.order_by("id")):
            decision = decisions[number % len(decisions)]
            author = next(iter(sides.concerned(decision.case)))
            kind = "counter_notice" if counter else "appeal"
            attempt(lambda: appealing.appeal(decision=decision, author=author, text=REASON, kind=kind))

    @rule(number=st.integers(0, 20), who=st.integers(0, 2), upheld=st.booleans())
    def answer(self, number: int, who: int, upheld: bool) -> None:
        if appeals := list(Appeal.objects.order_by("id")):
            made = appeals[number % len(appeals)]
            attempt(
                lambda: appealing.decide_appeal(
                    appeal=made, moderator=self.moderators[who], upheld=upheld, reason=REASON
                )
            )

    @rule()
    def wait(self) -> None:
        """The waiting periods of all counter-notices are over."""
        Appeal.objects.exclude(restore_at=None).update(restore_at="2020-01-01T00:00Z")
        for appeal_id in selectors.counter_notices_due():
            appealing.restore(appeal_id=appeal_id)

    @invariant()
    def what_is_served_is_what_decisions_say(self) -> None:
        for blob in Blob.objects.filter(pk__in=Case.objects.exclude(sha256="").values("sha256")):
            held = standing(f"blob:{blob.pk}", Effect.QUARANTINE)
            assert (blob.state == Blob.State.QUARANTINED) == held, f"{blob.pk} {held}"
        for repository in Repository.objects.all():
            owner = repository.namespace.subject
            held = standing(repository.subject, Effect.TAKE_DOWN) or standing(owner, Effect.TAKE_DOWN)
            assert (repository.taken_down_at is not None) == held, f"{repository} {held}"

    @invariant()
    def no_blob_is_withheld_that_was_never_flagged(self) -> None:
        flagged = Case.objects.exclude(sha256="").values("sha256")
        assert not Blob.objects.filter(state=Blob.State.QUARANTINED).exclude(pk__in=flagged).exists()

    @invariant()
    def a_closed_case_has_one_decision_that_stands_and_no_open_appeal_is_about_another(self) -> None:
        for case in Case.objects.filter(state="closed"):
            assert case.decisions.get(state="standing").effect == case.outcome
        assert not Appeal.objects.filter(state="open").exclude(decision__state="standing").exists()


def sha_of(repository: Repository) -> str:
    return RepositoryBlob.objects.get(repository=repository, path__endswith=".bin").sha256


def standing(key: str, effect: str) -> bool:
    return Decision.objects.filter(case__subject_key=key, state="standing", effect=effect).exists()


def soon() -> datetime:
    return timezone.now() + timezone.timedelta(days=3)


def attempt(act: Callable[[], object]) -> None:
    """Do it; what is refused changes nothing, which the invariants see."""
    with suppress(HubError):
        act()


def test_no_sequence_serves_what_is_forbidden_or_withholds_what_is_not():
    class Within(Desk):
        """Each run in a transaction that is taken back."""

        def __init__(self) -> None:
            self.block = transaction.atomic()
            self.block.__enter__()
            super().__init__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    run_state_machine_as_test(
        Within,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
