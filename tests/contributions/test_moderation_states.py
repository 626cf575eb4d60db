"""No sequence of flags, decisions, appeals and uploads serves what a decision forbids, or the reverse."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.models import ForbiddenName, Namespace, User
from contributions.discussions.models import DiscussionEvent
from contributions.moderation import appealing, deciding, flagging, repairs, selectors, sides, subjects
from contributions.moderation.actions import ACTIONS, possible
from contributions.moderation.actions.forbid_name import WHY
from contributions.moderation.models import Appeal, Case, Decision
from contributions.moderation.vocabulary import WITHHOLDING, Effect, SubjectKind
from hub.errors import HubError
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddInline, DeleteFile
from storage.models import Blob, Commit
from storage.services import quarantine
from tests.browsing import browser
from tests.factories.accounts import make_moderator, make_user
from tests.factories.discussions import make_discussion
from tests.factories.moderation import FINDING, decide_case
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db

CAUSES = st.sampled_from(["malware", "licence", "spam"])
# A case is about a file more often than about anything else.
WHAT = st.sampled_from(["file", "file", "repository", "revision", "comment", "owner"])
REASON = "It is what it is, and stays so."
CONTENTS = (b"first", b"second")
BYTES = st.sampled_from(CONTENTS)
NUMBER, WHO = st.integers(0, 20), st.integers(0, 2)
HELD_BY = {action.effect: action.held_by for action in ACTIONS}


class Desk(RuleBasedStateMachine):
    """Two contents in some repositories, flagged, decided about, appealed against and uploaded again."""

    repositories = Bundle("repositories")

    def __init__(self) -> None:
        super().__init__()
        self.names = count()
        self.moderators = [make_moderator(), make_moderator(), make_moderator()]
        self.trusted, self.guest = make_user(desk_role="trusted_reporter"), make_user()
        self.stranger = browser()

    @initialize(target=repositories)
    def begin(self) -> Repository:
        """Something is there from the start."""
        return self.upload(CONTENTS[0])

    @rule(target=repositories, data=BYTES)
    def upload(self, data: bytes) -> Repository:
        """Somebody uploads one of the contents, maybe again, under another name."""
        made = make_repository(make_user(), files={"model.bin": data})
        make_discussion(made, self.guest)
        return made

    @rule(repository=repositories, data=st.sampled_from([*CONTENTS, b"", None]))
    def change(self, repository: Repository, data: bytes | None) -> None:
        """The owner puts something in the content's place: the other one, what passes all checks, nothing."""
        if there := Repository.objects.filter(pk=repository.pk).first():
            owner = there.namespace.user
            new = b"%d" % next(self.names) if data == b"" else data
            put = DeleteFile("model.bin") if new is None else AddInline("model.bin", new)
            attempt(lambda: commit(there, owner, [put]))
            if data == b"":
                Blob.objects.filter(data=new).update(scan_state="safe")

    @rule(repository=repositories)
    def delete(self, repository: Repository) -> None:
        if there := Repository.objects.filter(pk=repository.pk).first():
            attempt(lambda: delete_repository(repository=there, actor_user=there.namespace.user))

    @rule(data=BYTES, place=st.integers(0, 1))
    def scan(self, data: bytes, place: int) -> None:
        """A scanner, or a new version of it, finds a content dangerous, withholds it and flags it."""
        if blob := Blob.objects.filter(data=data).first():
            quarantine(sha256=blob.pk)
            found = FINDING | {"where": f"byte {place}"}
            flagging.flag(subject=subjects.blob(blob.pk), source="scan", cause="malware", findings=[found])

    @rule(repository=repositories, cause=CAUSES, what=WHAT, trusted=st.booleans())
    def report(self, repository: Repository, cause: str, what: str, trusted: bool) -> None:
        """Somebody reports a file, a commit, a comment, all of a repository, or all of whoever has it."""
        there = Repository.objects.filter(pk=repository.pk).first()
        if there is None:
            return
        subject = {
            "file": lambda: subjects.blob(sha_of(there)),
            "repository": lambda: subjects.repository(there),
            "revision": lambda: subjects.revision(there, there.head),
            "comment": lambda: subjects.comment(DiscussionEvent.objects.get(discussion__repository=there)),
            "owner": lambda: subjects.namespace(there.namespace),
        }[what]()
        reporter = self.trusted if trusted else make_user()
        flagging.report(subject=subject, reporter=reporter, cause=cause, text="Please look.")

    @rule(number=NUMBER, effect=NUMBER, who=WHO, many=st.booleans())
    def decide(self, number: int, effect: int, who: int, many: bool) -> None:
        """Any moderator decides any case, in any order; where many are reached it is only proposed."""
        if case := one_of(Case, number):
            Case.objects.filter(pk=case.pk).update(reach=10**6 if many else 0)
            found = possible(case)
            self._decide(case, found[effect % len(found)], who)

    @rule(number=NUMBER, who=WHO)
    def ask(self, number: int, who: int) -> None:
        """Changes are asked for in any case, also in one that is closed."""
        if case := one_of(Case, number):
            self._decide(case, Effect.ASK, who)

    def _decide(self, case: Case, effect: str, who: int) -> None:
        until = timezone.now() + timezone.timedelta(days=3) if effect == Effect.ASK else None
        attempt(lambda: decide_case(case, effect, self.moderators[who], until=until))

    @rule(number=NUMBER, who=WHO, yes=st.booleans())
    def second(self, number: int, who: int, yes: bool) -> None:
        """Somebody confirms or declines some proposal, also one that is none any more."""
        if decision := one_of(Decision, number, rule=""):
            moderator = self.moderators[who]
            if yes:
                attempt(lambda: deciding.confirm(decision=decision, moderator=moderator))
            else:
                attempt(lambda: deciding.decline(decision=decision, moderator=moderator, reason=REASON))

    @rule(number=NUMBER, counter=st.booleans())
    def appeal(self, number: int, counter: bool) -> None:
        decision = one_of(Decision, number)
        author = sides.concerned(decision.case).first() if decision else None
        if decision and author:
            kind = "counter_notice" if counter else "appeal"
            attempt(lambda: appealing.appeal(decision=decision, author=author, text=REASON, kind=kind))

    @rule(number=NUMBER, who=WHO, upheld=st.booleans())
    def answer(self, number: int, who: int, upheld: bool) -> None:
        if made := one_of(Appeal, number):
            moderator = self.moderators[who]
            attempt(
                lambda: appealing.decide_appeal(
                    appeal=made, moderator=moderator, upheld=upheld, reason=REASON
                )
            )

    @rule(number=NUMBER, who=WHO)
    def close_repaired(self, number: int, who: int) -> None:
        """A moderator takes the newest commits for what was asked for; they may not pass."""
        if case := one_of(Case, number, state="asked"):
            attempt(
                lambda: repairs.close_repaired(
                    case=case, moderator=self.moderators[who], reason=REASON, seen=case.turn
                )
            )

    @rule()
    def wait(self) -> None:
        """The waiting periods of all counter-notices are over, and so are the dates for changes."""
        past = timezone.now() - timezone.timedelta(days=1)
        Appeal.objects.exclude(restore_at=None).update(restore_at=past)
        for appeal_id in selectors.counter_notices_due():
            appealing.restore(appeal_id=appeal_id)
        Case.objects.filter(state="asked").update(due_at=past)
        Decision.objects.filter(effect="ask").update(due_at=past)
        repairs.return_overdue()

    @invariant()
    def what_is_withheld_is_what_decisions_say(self) -> None:
        held = Held()
        for blob in Blob.objects.all():
            assert (blob.state == Blob.State.QUARANTINED) == held.blob(blob.pk), blob.pk
        for repository in Repository.objects.select_related("namespace"):
            assert (repository.taken_down_at is not None) == held.repository(repository), repository
        for event in DiscussionEvent.objects.all():
            hidden = held(f"comment:{event.pk}", WITHHOLDING[SubjectKind.COMMENT])
            assert (event.withheld_at is not None) == hidden, event.pk
        for one in Namespace.objects.all():
            assert (one.withheld_at is not None) == held(one.subject, Effect.TAKE_DOWN), one
        for user in User.objects.select_related("namespace"):
            key = user.namespace.subject
            assert (user.suspended_at is not None) == held(key, Effect.SUSPEND_ACCOUNT), user
            assert (user.uploads_suspended_at is not None) == held(key, Effect.SUSPEND_UPLOADS), user
        forbidden = {name.lower() for key, name, effect in held.rows if effect == Effect.FORBID_NAME}
        assert set(ForbiddenName.objects.filter(why=WHY).values_list("name", flat=True)) == forbidden
        assert selectors.withheld_without_case() == selectors.served_against_decisions() == []

    @invariant()
    def the_door_gives_a_stranger_each_content_where_nothing_withholds_it(self) -> None:
        held = Held()
        for data in CONTENTS:
            rows = RepositoryBlob.objects.filter(sha256__in=Blob.objects.filter(data=data).values("pk"))
            for row in rows.select_related("repository__namespace").order_by("-pk")[:1]:
                repository, sha256 = row.repository, row.sha256
                answer = self.stranger.get(f"/{repository.full_name}/resolve/{row.commit}/model.bin")
                if held.repository(repository):
                    # As a repository that is not there is answered to who is not logged in.
                    expected = 401
                else:
                    expected = 403 if held.blob(sha256) or held.commit(repository, row.commit) else 200
                assert answer.status_code == expected, (repository, answer.content)

    @invariant()
    def a_case_has_the_decisions_and_the_appeals_that_its_state_says(self) -> None:
        for case in Case.objects.all():
            if case.state == "closed":
                assert case.decisions.get(state="standing").effect == case.outcome
            assert case.decisions.filter(state="proposed").count() == (case.state == "confirming")
        assert not Appeal.objects.filter(state="open").exclude(decision__state="standing").exists()


class Held:
    """What stands now: whether something is held in the state that an effect sets, by what action says so."""

    def __init__(self) -> None:
        standing = Decision.objects.filter(state="standing")
        self.rows = list(standing.values_list("case__subject_key", "case__subject_name", "effect"))
        self.effects = {(key, effect) for key, _, effect in self.rows}

    def __call__(self, key: str, effect: str) -> bool:
        return any((key, other) in self.effects for other in HELD_BY[effect])

    def blob(self, sha256: str) -> bool:
        """Whether a file is withheld."""
        return self(f"blob:{sha256}", WITHHOLDING[SubjectKind.BLOB])

    def repository(self, found: Repository) -> bool:
        """Whether a repository is, for itself or with all of its owner's."""
        effect = WITHHOLDING[SubjectKind.REPOSITORY]
        return self(found.subject, effect) or self(found.namespace.subject, effect)

    def commit(self, repository: Repository, oid: str) -> bool:
        """Whether a commit is, or one with the same files."""
        same = Commit.objects.filter(tree=Commit.objects.get(pk=oid).tree).values_list("pk", flat=True)
        keys = [f"revision:{repository.pk}:{other}" for other in same]
        return any(self(key, WITHHOLDING[SubjectKind.REVISION]) for key in keys)


def one_of(model: type, number: int, **conditions: str):
    """Some row of a table, or None."""
    rows = list(model.objects.filter(**conditions).order_by("id"))
    return rows[number % len(rows)] if rows else None


def sha_of(repository: Repository) -> str:
    return RepositoryBlob.objects.filter(repository=repository, path="model.bin").latest("pk").sha256


def attempt(act: Callable[[], object]) -> None:
    """Do it; what is refused changes nothing, which the invariants see."""
    with suppress(HubError), transaction.atomic():
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
