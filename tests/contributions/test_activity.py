"""What is kept of what happened, and who reads it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.actors import ANONYMOUS, Actor
from accounts.models import AuditEvent, Namespace
from contributions.activity import selectors, services
from contributions.activity.models import Act
from contributions.discussions.services import change_status
from contributions.pulls import merging
from hub.events import Event
from hub.personal.services import delete_account
from hub.repos.services import change_settings, delete_repository, restore, take_down
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddInline
from hub.revisions.releases import delete_release, make_release
from hub.revisions.rewriting import delete_large_files
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.factories.activity import SOON, note_acts
from tests.factories.discussions import make_discussion, make_pull, push, session
from tests.factories.repositories import add_large, commit, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada")


@pytest.fixture
def lab(ada):
    return make_organisation("the-lab", owner=ada)


@pytest.fixture
def repository(ada, lab):
    return make_repository(ada, namespace=lab, name="m")


def at(owner: Namespace, actor: Actor = ANONYMOUS) -> list[tuple[str, str]]:
    note_acts()
    return [(act.kind, act.title) for act in selectors.around(actor, owner, before=None, limit=50)]


def within(repository) -> list[tuple[str, str]]:
    note_acts()
    return [(act.kind, act.title) for act in selectors.in_repository(repository, before=None, limit=50)]


def test_everything_that_others_may_follow_is_kept_once_in_its_order(ada, repository):
    thread = make_discussion(repository, make_user("bob"))
    pull = make_pull(repository, make_user("cy"))
    push(pull, pull.discussion.author, {"more.txt": b"more"})
    change_status(discussion=thread, actor=session(ada), status="closed")
    change_status(discussion=thread, actor=session(ada), status="open")
    merging.merge(pull=pull, actor=session(ada), override=True)
    make_release(repo=repository, tag="v1", start="main", title="One", notes="", actor_user=ada)
    commit(repository, ada, [AddInline("a.txt", b"a")], summary="Say a")
    expected = [
        ("committed", "Say a"),
        ("released", "v1"),
        ("merged", "A better card (#2)"),
        ("reopened", "A question (#1)"),
        ("closed", "A question (#1)"),
        ("opened-pull", "A better card (#2)"),
        ("opened", "A question (#1)"),
        ("made", "the-lab/m"),
    ]
    assert within(repository) == expected
    assert within(repository) == expected
    assert at(repository.namespace) == expected
    assert Act.objects.count() == len(expected)


def test_an_act_is_kept_as_soon_as_its_transaction_ends(ada, repository, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        make_discussion(repository, ada)
    assert [act.kind for act in Act.objects.all()] == ["opened"]


def test_a_persons_activity_is_what_they_did_wherever_it_was(ada, repository):
    bob = make_user("bob")
    make_discussion(repository, bob)
    make_repository(bob, name="own")
    assert at(bob.namespace) == [("made", "bob/own"), ("opened", "A question (#1)")]
    assert at(ada.namespace) == [("made", "the-lab/m")]


def test_what_is_not_public_is_read_by_those_alone_who_may_read_it(ada, lab, repository):
    reader, outsider = make_member(lab), make_user()
    hidden = make_repository(ada, namespace=lab, name="hidden", visibility="private")
    make_discussion(hidden, ada)
    for actor in (ANONYMOUS, session(outsider)):
        assert at(lab, actor) == at(ada.namespace, actor) == [("made", "the-lab/m")]
    for actor in (session(reader), session(ada)):
        assert len(at(lab, actor)) == len(at(ada.namespace, actor)) == 3


def test_what_is_taken_down_is_gone_at_once_and_comes_back(ada, lab, repository):
    assert at(lab) == [("made", "the-lab/m")]
    take_down(repository=repository, actor_user=None)
    # Before any worker has heard of it.
    assert selectors.around(ANONYMOUS, lab, before=None, limit=9) == []
    assert at(lab) == []
    restore(repository=repository, actor_user=None)
    assert at(lab) == [("made", "the-lab/m")]


def test_a_repository_that_turns_private_takes_its_acts_along(ada, lab, repository):
    bob = make_user("bob")
    make_discussion(repository, bob)
    assert len(at(lab)) == 2
    change_settings(repository=repository, actor_user=ada, visibility="private")
    assert selectors.around(ANONYMOUS, lab, before=None, limit=9) == []
    assert at(bob.namespace) == at(bob.namespace, session(bob)) == []
    change_settings(repository=repository, actor_user=ada, visibility="public")
    assert len(at(lab)) == 2


def test_a_repository_that_moves_takes_its_acts_along(ada, lab, repository):
    assert len(at(lab)) == 1
    move_repository(repository=repository, namespace=ada.namespace, name="moved", actor_user=ada)
    assert at(lab) == []
    assert at(ada.namespace) == [("made", "ada/moved")]


def test_what_is_deleted_leaves_no_activity(ada, lab, repository):
    make_release(repo=repository, tag="v1", start="main", title="One", notes="", actor_user=ada)
    release = make_release(repo=repository, tag="v11", start="main", title="Two", notes="", actor_user=ada)
    delete_release(release=release, actor_user=ada)
    assert within(repository) == [("released", "v1"), ("made", "the-lab/m")]
    delete_repository(repository=repository, actor_user=ada)
    assert at(lab) == at(ada.namespace) == []
    assert not Act.objects.exists()


def test_commits_that_a_rewritten_history_has_no_more_are_not_told_of(ada, repository):
    sha256 = add_large(repository, ada, "weights.bin", b"w" * 50)
    [(_, landed), _] = within(repository)
    delete_large_files(repo=repository, sha256s=[sha256], rewrite_history=True, actor_user=ada)
    kinds = [kind for kind, _ in within(repository)]
    assert kinds == ["committed", "made"]
    assert landed not in [title for _, title in within(repository)]


def test_of_somebody_who_left_the_acts_stay_without_a_name(ada, repository):
    bob = make_user("bob")
    make_discussion(repository, bob)
    note_acts()
    delete_account(user=bob)
    [opened, _] = selectors.in_repository(repository, before=None, limit=9)
    assert (opened.kind, opened.user) == ("opened", None)


def test_whoever_left_before_the_act_was_kept_is_not_named_either(repository):
    bob = make_user("bob")
    make_discussion(repository, bob)
    delete_account(user=bob)
    assert within(repository)[0] == ("opened", "A question (#1)")
    assert Act.objects.get(kind="opened").user is None


def test_events_of_what_is_gone_and_of_no_interest_are_passed_over(ada, repository):
    audit.record(
        Event.COMMIT_LANDED, actor=ada, subject="repository:0", commit="a", former="b", ref="refs/heads/main",
        summary="x", count=1,
    )  # fmt: skip
    audit.record(Event.DISCUSSION_OPENED, actor=ada, subject=repository.subject, discussion=0, number=9)
    services.note(events=AuditEvent.objects.filter(event__in=["commit.landed", "discussion.opened"]))
    assert not Act.objects.exists()


def test_the_sweep_asks_as_often_for_many_events_as_for_few(ada, lab, repository):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            services.note(events=selectors.lost(SOON))
        return len(captured)

    make_discussion(repository, ada)
    commit(repository, ada, [AddInline("a.txt", b"a")])
    few = queries()
    for number in range(5):
        other = make_repository(ada, namespace=lab)
        make_discussion(other, make_user())
        commit(other, ada, [AddInline("a.txt", b"%d" % number)])
    assert queries() == few
