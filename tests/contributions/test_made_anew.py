"""What stays withheld where a repository is made anew, or comes to the old address, and who reads why."""

from collections.abc import Callable
from threading import Event

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Namespace, User
from contributions.moderation import (
    appealing,
    deciding,
    flagging,
    following,
    selectors,
    sides,
    subjects,
    tasks,
)
from contributions.moderation.concerns import cases_concerning
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Case, Decision
from hub.errors import RepositoryExists
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from hub.revisions.models import WithheldRevision
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.selectors import resolve_revision
from hub.revisions.withheld import serve_deleted, withhold_deleted
from tests.browsing import RawPathClient
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.moderation import decide_case
from tests.factories.repositories import commit, make_repository
from tests.racing import SECONDS, failures, race, wait_until_somebody_waits

pytestmark = pytest.mark.django_db

BAD = {"README.md": b"---\nlicense: mit\n---\n# badword\n", "a.txt": b"bad\n"}
GOOD = {"README.md": b"---\nlicense: mit\n---\n# goodword\n", "a.txt": b"good\n"}


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def lab(ada: User) -> Namespace:
    return make_organisation("lab", owner=ada)


def of_head(repository: Repository, cause: str = "licence") -> Case:
    subject = subjects.revision(repository, resolve_revision(repository, None).commit)
    return flagging.report(subject=subject, reporter=make_user(), cause=cause, text="Please look.").case


def of_all(repository: Repository, cause: str = "licence") -> Case:
    subject = subjects.repository(repository)
    return flagging.report(subject=subject, reporter=make_user(), cause=cause, text="Please look.").case


def withheld(repository: Repository) -> bool:
    return resolve_revision(repository, "main").withheld


def swept(redis_connection) -> bytes:
    """What the sweep has queued."""
    redis_connection.delete("celery")
    tasks.sweep()
    return b"".join(redis_connection.lrange("celery", 0, -1))


def statement(user: User, case: Case):
    client = RawPathClient()
    client.force_login(user)
    return client.get(f"/moderation/{case.pk}/statement")


@pytest.fixture
def again(ada, lab, django_capture_on_commit_callbacks) -> tuple[Case, Repository]:
    """A case about a commit that was taken down long ago, and the repository that was made anew since."""
    first = make_repository(ada, namespace=lab, name="m", files=BAD)
    case = of_head(first)
    decision = decide_case(case, "take_down")
    tasks.notify(decision.pk)
    mail.outbox.clear()
    Decision.objects.update(applied_at=timezone.now() - timezone.timedelta(days=1000))
    delete_repository(repository=first, actor_user=ada)
    make_member(lab, "write", bob := make_user("bob"))
    make_member(lab, "read", make_user("rita"))
    with django_capture_on_commit_callbacks(execute=True):
        # By somebody else, so that it is another commit also within the same second.
        made = make_repository(bob, namespace=lab, name="m", files=BAD)
    case.refresh_from_db()
    return case, made


def test_its_people_read_why_on_its_page_and_in_the_statement_and_nobody_else_does(again):
    case, made = again
    assert (case.repository, case.anew, withheld(made)) == (made, True, True)
    by_name = {user.username: user for user in User.objects.all()}
    words = b"Files that a deleted repository of this name had are withheld"
    for name, told in (("ada", True), ("bob", True), ("rita", False)):
        client = RawPathClient()
        client.force_login(by_name[name])
        assert (words in client.get("/lab/m").content) == told
        shown = statement(by_name[name], case)
        assert shown.status_code == (200 if told else 404)
        assert [one.pk for one in cases_concerning(by_name[name], limit=9).cases] == [case.pk] * told
        if told:
            assert (
                b"Only its people have the files that a deleted repository of this name had." in shown.content
            )
            # It has no such commit.
            assert case.oid.encode() not in shown.content
    assert words not in RawPathClient().get("/lab/m").content
    assert statement(make_user(), case).status_code == 404


def test_who_was_not_told_before_is_told_by_mail_and_nobody_twice(again, redis_connection):
    case, _ = again
    assert b"moderation.tasks.notify" in b"".join(redis_connection.lrange("celery", 0, -1))
    for _ in range(2):
        tasks.notify(case.decisions.get().pk)
    assert [message.to[0] for message in mail.outbox] == ["bob@example.org"]
    assert mail.outbox[0].subject == "Withheld: lab/m"
    assert "Only its people have the files that a deleted repository of this name had." in mail.outbox[0].body
    assert "You can appeal there until" in mail.outbox[0].body


def test_it_can_be_appealed_against_from_then_on_and_is_served_when_it_is_undone(again):
    case, made = again
    bob = User.objects.get(username="bob")
    Decision.objects.update(again_at=None)
    with pytest.raises(CaseChanged):
        # Had it not been made anew, it would be too late by far.
        appealing.appeal(decision=case.decisions.get(), author=bob, text="It is our own model.")
    Decision.objects.update(again_at=timezone.now())
    client = RawPathClient()
    client.force_login(bob)
    page = f"/moderation/{case.pk}/statement"
    client.post(page, {"kind": "appeal", "text": "It is our own model."})
    appeal = case.decisions.get().appeals.get()
    # Whose repository it is now does not answer.
    User.objects.filter(pk=bob.pk).update(desk_role="moderator")
    bob = User.objects.get(pk=bob.pk)
    with pytest.raises(ConflictOfInterest):
        appealing.decide_appeal(appeal=appeal, moderator=bob, upheld=False, reason="It is ours, all of it.")
    appealing.decide_appeal(
        appeal=appeal, moderator=make_moderator(), upheld=False, reason="It is their own indeed."
    )
    assert not withheld(made)
    made.refresh_from_db()
    assert made.licence == "mit"
    assert not WithheldRevision.objects.exists()


def test_it_is_decided_anew_and_deleted_and_made_anew_again(again, ada, lab):
    case, made = again
    decide_case(case, "none")
    assert not withheld(made)
    decide_case(case, "take_down")
    assert [(row.origin, row.repository) for row in WithheldRevision.objects.all()] == [
        (subjects.of(case).origin, made)
    ]
    assert withheld(made)
    delete_repository(repository=made, actor_user=ada)
    third = make_repository(ada, namespace=lab, name="M", files=BAD)
    assert withheld(third)
    assert following.follow(repository_id=third.pk) == 1
    case.refresh_from_db()
    assert case.repository == third
    decide_case(case, "none")
    assert not withheld(third)


def test_a_moderator_sees_what_was_made_in_its_place_and_no_link_to_a_commit_that_is_not_there(again):
    case, _ = again
    client = RawPathClient()
    client.force_login(make_moderator())
    shown = client.get(f"/moderation/{case.pk}").content.decode()
    assert "What was flagged was deleted; this was made in its place." in shown
    assert f"commit/{case.oid}" not in shown


def test_what_is_about_the_new_one_is_a_case_of_its_own(again):
    case, made = again
    other = of_head(made)
    assert other != case
    decide_case(other, "take_down")
    decide_case(case, "none")
    assert withheld(made)
    decide_case(other, "none")
    assert not withheld(made)


def made_anew(ada: User, *, causes: tuple[str, ...] = ("licence",)) -> tuple[list[Case], Repository]:
    """Decided and made anew, and nobody heard of it."""
    first = make_repository(ada, name="m", files=BAD)
    cases = [of_head(first, cause) for cause in causes]
    for case in cases:
        decide_case(case, "take_down")
    delete_repository(repository=first, actor_user=ada)
    return cases, make_repository(ada, name="m", files=BAD)


def test_the_sweep_lets_cases_follow_whose_news_was_lost(ada, redis_connection):
    cases, made = made_anew(ada, causes=("licence", "spam"))
    other = of_head(make_repository(ada, name="other", files=BAD))
    assert following.to_follow() == [made.pk]
    assert b"moderation.tasks.follow" in swept(redis_connection)
    tasks.follow(made.pk)
    assert {case.repository for case in Case.objects.exclude(pk=other.pk)} == {made}
    assert following.to_follow() == []
    assert b"moderation.tasks.follow" not in swept(redis_connection)
    # Whose decision was told before the news came is told again.
    assert not Decision.objects.exclude(notified_at=None).exists()
    told = AuditEvent.objects.filter(event="case.followed").order_by("pk")
    assert [(row.subject, row.data["repository"]) for row in told] == [
        (case.subject, made.pk) for case in cases
    ]


def test_a_case_that_is_being_told_of_follows_later(ada):
    (case,), made = made_anew(ada)
    soon = timezone.now() + timezone.timedelta(minutes=5)
    Decision.objects.update(telling_until=soon)
    assert following.follow(repository_id=made.pk) == 0
    assert following.to_follow() == [made.pk]
    Decision.objects.update(telling_until=timezone.now(), notified_at=timezone.now())
    assert following.follow(repository_id=made.pk) == 1
    assert Decision.objects.get().notified_at is None


def cost(act: Callable[[], object]) -> int:
    """How many queries something asks."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


def test_following_costs_the_same_for_one_case_and_for_many(ada):
    costs = []
    for name, causes in (("one", ("licence",)), ("many", ("licence", "spam", "misuse", "other"))):
        _, made = made_anew(make_user(name), causes=causes)
        costs.append([cost(lambda made=made: following.follow(repository_id=made.pk)) for _ in range(2)])
    assert costs[0] == costs[1]
    other = make_repository(ada)
    # One, and what begins and ends a transaction.
    assert cost(lambda: following.follow(repository_id=other.pk)) == 3


# A repository that is deleted before it is decided about.


@pytest.mark.parametrize("about", [of_head, of_all])
@pytest.mark.parametrize("made_before", [False, True])
def test_what_is_decided_after_the_deletion_holds_where_the_same_is_made_anew(
    ada, about: Callable, made_before: bool
):
    first = make_repository(ada, name="m", files=BAD)
    case = about(first)
    Case.objects.filter(pk=case.pk).update(reach=10**9)
    proposal = decide_case(case, "take_down")
    delete_repository(repository=first, actor_user=ada)
    made = make_repository(ada, name="m", files=BAD) if made_before else None
    assert made is None or not withheld(made)
    deciding.confirm(decision=proposal, moderator=make_moderator())
    made = made or make_repository(ada, name="M", files=BAD)
    assert withheld(made)
    made.refresh_from_db()
    assert (made.taken_down_at, made.licence) == (None, "")
    elsewhere = make_repository(ada, name="elsewhere", files=BAD)
    dataset = make_repository(ada, name="m", kind="dataset", files=BAD)
    assert not withheld(elsewhere)
    assert not withheld(dataset)
    # It concerns whoever made it anew, who was not told of anything yet.
    following.follow(repository_id=made.pk)
    tasks.notify(proposal.pk)
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    (notice,) = selectors.standing_notices(Repository.objects.select_related("namespace").get(pk=made.pk))
    assert (notice.case_id, notice.withheld, notice.former) == (case.pk, True, True)
    assert sides.concerns(Case.objects.get(pk=case.pk), ada)
    # Other files are served, and what was decided can be undone.
    commit(made, ada, [AddInline(path, data) for path, data in GOOD.items()])
    assert not withheld(made)
    commit(made, ada, [AddInline(path, data) for path, data in BAD.items()])
    assert withheld(made)
    appeal = appealing.appeal(
        decision=Decision.objects.get(pk=proposal.pk), author=ada, text="It is all my own."
    )
    appealing.decide_appeal(
        appeal=appeal, moderator=make_moderator(), upheld=False, reason="So it is, indeed."
    )
    # What two decided, two undo.
    deciding.confirm(decision=case.decisions.get(state="proposed"), moderator=make_moderator())
    assert not withheld(made)
    assert not WithheldRevision.objects.exists()


def test_who_empties_a_repository_before_it_is_deleted_brings_nothing_back(ada):
    first = make_repository(ada, name="m", files=BAD)
    case = of_all(first)
    commit(first, ada, [DeleteFile(path) for path in BAD])
    delete_repository(repository=first, actor_user=ada)
    decide_case(case, "take_down")
    made = make_repository(ada, name="m")
    # Every repository begins so.
    assert not withheld(made)
    commit(made, ada, [AddInline(path, data) for path, data in BAD.items()])
    assert withheld(made)


def test_what_is_withheld_for_itself_stays_so_when_what_was_there_before_is_served(ada):
    first = make_repository(ada, name="m", files=BAD)
    case = of_all(first)
    delete_repository(repository=first, actor_user=ada)
    decide_case(case, "take_down")
    made = make_repository(ada, name="m", files=BAD)
    following.follow(repository_id=made.pk)
    own, head = of_all(made), of_head(made)
    decide_case(own, "take_down")
    decide_case(head, "take_down")
    decide_case(case, "none")
    made.refresh_from_db()
    assert made.taken_down_at is not None
    decide_case(own, "none")
    made.refresh_from_db()
    assert made.taken_down_at is None
    assert withheld(made)
    decide_case(head, "none")
    assert not withheld(made)


def test_of_one_whose_deletion_stands_in_no_log_nothing_is_withheld(ada):
    first = make_repository(ada, name="m", files=BAD)
    cases = [of_head(first), of_all(first)]
    first.delete()
    for case in cases:
        decide_case(case, "take_down")
    assert not WithheldRevision.objects.exists()
    assert following.deleted_against_decisions() == []


def test_a_removed_repository_gives_its_name_and_its_files_to_nobody(ada):
    first = make_repository(ada, name="m", files=BAD)
    case = of_all(first)
    delete_repository(repository=first, actor_user=ada)
    made = make_repository(ada, name="m", files=BAD)
    decide_case(case, "forbid_name")
    assert withheld(made)
    decide_case(case, "none")
    assert not withheld(made)


def test_to_withhold_and_serve_all_that_a_deleted_one_had_costs_the_same_for_few_and_many_commits(ada):
    costs = []
    for name, count in (("few", 1), ("many", 6)):
        first = make_repository(ada, name=name, files=BAD)
        for number in range(count):
            commit(first, ada, [AddInline("n.txt", str(number).encode())])
        gone = {"origin": first.pk, "actor_user": None}
        delete_repository(repository=first, actor_user=ada)
        costs.append([cost(lambda gone=gone: withhold_deleted(**gone))])
        made = make_repository(ada, name=name, files=BAD)
        assert withheld(made)
        assert WithheldRevision.objects.filter(repository=made).count() == count + 1
        assert AuditEvent.objects.filter(event="revision.withheld", subject=made.subject).count() == 1
        costs[-1].append(cost(lambda gone=gone: serve_deleted(**gone)))
        assert not withheld(made)
    assert costs[0] == costs[1]


# What comes to the old address by a move.


def test_what_is_moved_to_the_old_address_is_withheld_there_as_before(
    ada, django_capture_on_commit_callbacks
):
    first = make_repository(ada, name="m", files=BAD)
    case = of_head(first)
    decide_case(case, "take_down")
    delete_repository(repository=first, actor_user=ada)
    other = make_repository(ada, name="other", files=BAD)
    assert not withheld(other)
    with django_capture_on_commit_callbacks(execute=True):
        moved = move_repository(repository=other, namespace=ada.namespace, name="M", actor_user=ada)
    assert withheld(moved)
    moved.refresh_from_db()
    assert (moved.licence, moved.card_words) == ("", "")
    case.refresh_from_db()
    assert case.repository == moved
    # It is taken along from there on.
    gone = move_repository(repository=moved, namespace=ada.namespace, name="gone", actor_user=ada)
    assert withheld(gone)
    decide_case(case, "none")
    gone.refresh_from_db()
    assert (withheld(gone), gone.licence) == (False, "mit")


def test_a_move_that_is_refused_withholds_nothing_and_a_done_one_is_known_without_its_news(ada):
    first = make_repository(ada, name="first", files=BAD)
    decide_case(of_head(first), "take_down")
    make_repository(ada, name="taken")
    with pytest.raises(RepositoryExists):
        move_repository(repository=first, namespace=ada.namespace, name="taken", actor_user=ada)
    assert WithheldRevision.objects.get().address == "model:ada/first"
    # Nothing that waits for the end of the transaction runs in this test.
    move_repository(repository=first, namespace=ada.namespace, name="m", actor_user=ada)
    assert WithheldRevision.objects.get().address == "model:ada/m"
    delete_repository(repository=first, actor_user=ada)
    assert withheld(make_repository(ada, name="m", files=BAD))


def test_a_move_costs_the_same_where_one_commit_was_withheld_and_where_many_were(ada):
    costs = []
    for name, count in (("one", 1), ("many", 4)):
        first = make_repository(ada, name=name, files=BAD)
        for number in range(count):
            commit(first, ada, [AddInline("n.txt", str(number).encode())])
            decide_case(of_head(first), "take_down")
        delete_repository(repository=first, actor_user=ada)
        moves = {"repository": make_repository(ada, files=GOOD), "namespace": ada.namespace, "name": name}
        costs.append(cost(lambda moves=moves: move_repository(**moves, actor_user=ada)))
        assert WithheldRevision.objects.filter(repository=moves["repository"]).count() == count
    assert costs[0] == costs[1]


# At the same moment.


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("about", [of_head, of_all])
@pytest.mark.parametrize("comes", ["made", "moved"])
@pytest.mark.parametrize("first_is", ["decision", "arrival"])
def test_what_comes_while_it_is_decided_is_withheld_whoever_is_first(
    about: Callable, comes: str, first_is: str
):
    ada, moderator = make_user("ada"), make_moderator()
    first = make_repository(ada, name="m", files=BAD)
    case = about(first)
    delete_repository(repository=first, actor_user=ada)
    other = make_repository(ada, name="other", files=BAD) if comes == "moved" else None
    began = Event()

    def arrive() -> None:
        with transaction.atomic():
            if first_is == "decision":
                assert began.wait(SECONDS)
            if other:
                move_repository(repository=other, namespace=ada.namespace, name="m", actor_user=ada)
            else:
                make_repository(ada, name="m", files=BAD)
            if first_is == "arrival":
                began.set()
                wait_until_somebody_waits()

    def decide() -> None:
        with transaction.atomic():
            if first_is == "arrival":
                assert began.wait(SECONDS)
            decide_case(case, "take_down", moderator)
            if first_is == "decision":
                began.set()
                wait_until_somebody_waits()

    assert failures(race([arrive, decide])) == []
    made = Repository.objects.get(name="m")
    assert withheld(made)
    case.refresh_from_db()
    assert case.repository == made


@pytest.mark.django_db(transaction=True)
def test_a_repository_that_is_deleted_while_it_is_taken_down_is_not_brought_back(redis_connection):
    ada, moderator = make_user("ada"), make_moderator()
    first = make_repository(ada, name="m", files=BAD)
    case = of_all(first)
    applied = Event()

    def decide() -> None:
        with transaction.atomic():
            decide_case(case, "take_down", moderator)
            applied.set()
            wait_until_somebody_waits()

    def delete() -> None:
        assert applied.wait(SECONDS)
        delete_repository(repository=first, actor_user=ada)

    assert failures(race([decide, delete])) == []
    assert not Repository.objects.exists()
    assert b"moderation.tasks.withhold_again" in b"".join(redis_connection.lrange("celery", 0, -1))
    assert following.deleted_against_decisions() == [case.pk]
    assert b"moderation.tasks.withhold_again" in swept(redis_connection)
    tasks.withhold_again(case.pk)
    assert following.deleted_against_decisions() == []
    assert withheld(make_repository(ada, name="m", files=BAD))


@pytest.mark.django_db(transaction=True)
def test_a_case_follows_while_the_new_one_is_deleted_and_no_row_is_left_behind():
    ada = make_user("ada")
    first = make_repository(ada, name="m", files=BAD)
    case = of_head(first)
    decide_case(case, "take_down")
    delete_repository(repository=first, actor_user=ada)
    made = make_repository(ada, name="m", files=BAD)
    Case.objects.update(repository=None)
    followed = Event()

    def follow() -> None:
        with transaction.atomic():
            following.follow(repository_id=made.pk)
            followed.set()
            wait_until_somebody_waits()

    def delete() -> None:
        assert followed.wait(SECONDS)
        delete_repository(repository=made, actor_user=ada)

    assert failures(race([follow, delete])) == []
    case.refresh_from_db()
    assert case.repository is None
    with transaction.atomic():
        connection.check_constraints()
    assert withheld(make_repository(ada, name="m", files=BAD))


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_at_once_to_different_owners_one_follows_the_other():
    ada = make_user("ada")
    one, two = (make_organisation(name, owner=ada) for name in ("one", "two"))
    repository = make_repository(ada, name="m", files=BAD)
    decide_case(of_head(repository), "take_down")
    moves = [
        lambda owner=owner: move_repository(repository=repository, namespace=owner, name="m", actor_user=ada)
        for owner in (one, two)
    ]
    assert failures(race(moves)) == []
    repository = Repository.objects.select_related("namespace").get()
    assert WithheldRevision.objects.get().address == f"model:{repository.full_name}"
