"""What each decision does to its subject, at the doors, and that undoing it gives back what was."""

import hashlib

import pytest
from django.utils import timezone

from accounts import forbidden, suspensions
from accounts.actors import Actor
from contributions.discussions.models import DiscussionEvent
from contributions.discussions.services import hide_comment, open_discussion
from contributions.moderation import appealing, flagging, sides, subjects
from contributions.moderation.models import Case
from contributions.moderation.selectors import standing_notices
from hub.errors import NamespaceNotFound, RepoWithheld
from hub.follows.models import Follow
from hub.follows.selectors import namespace_named
from hub.repos.models import Repository
from hub.revisions.selectors import resolve_revision
from tests.factories.accounts import make_moderator, make_organisation, make_user
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def case_about(subject: subjects.Subject, cause: str = "spam") -> Case:
    return flagging.report(subject=subject, reporter=make_user(), cause=cause, text="Please look.").case


@pytest.fixture
def comment() -> DiscussionEvent:
    actor = Actor(make_user("ann"), None)
    thread = open_discussion(repository=make_repository(), actor=actor, title="Hello", text="Buy this now.")
    return thread.events.get()


def test_a_comment_is_hidden_and_shown_again(comment):
    case = case_about(subjects.comment(comment))
    assert (case.subject_kind, case.comment, case.namespace) == ("comment", comment, comment.author.namespace)
    decide_case(case, "hide")
    assert DiscussionEvent.objects.get().hidden
    decide_case(case, "warn")
    assert not DiscussionEvent.objects.get().hidden


def test_what_its_author_hid_stays_hidden_when_the_decision_is_undone(comment):
    hide_comment(discussion=comment.discussion, event_id=comment.pk, actor=Actor(comment.author, None))
    case = case_about(subjects.comment(comment))
    decide_case(case, "hide")
    decide_case(case, "none")
    assert DiscussionEvent.objects.get().hidden


def test_a_decision_about_a_comment_concerns_its_author_alone(comment):
    case = case_about(subjects.comment(comment))
    assert list(sides.concerned(case)) == [comment.author]
    assert subjects.has_stake(case, comment.author)
    # The repository's owner does not decide about what is said in it either.
    assert subjects.has_stake(case, comment.discussion.repository.namespace.user)
    assert not subjects.has_stake(case, make_moderator())


@pytest.mark.parametrize(
    ("effect", "field"), [("suspend_uploads", "uploads_suspended_at"), ("suspend_account", "suspended_at")]
)
def test_somebody_is_suspended_and_reinstated(effect: str, field: str):
    user, other = make_user(), make_user()
    case = case_about(subjects.namespace(user.namespace))
    decide_case(case, effect)
    user.refresh_from_db()
    other.refresh_from_db()
    assert getattr(user, field) is not None
    assert getattr(other, field) is None
    # Whoever is suspended is still told of it.
    assert list(sides.concerned(case)) == [user]
    decide_case(case, "none")
    user.refresh_from_db()
    assert getattr(user, field) is None


def test_from_one_suspension_to_the_other_only_the_new_one_holds():
    user = make_user()
    case = case_about(subjects.namespace(user.namespace))
    decide_case(case, "suspend_account")
    decide_case(case, "suspend_uploads")
    user.refresh_from_db()
    assert (user.suspended_at, user.uploads_suspended_at is not None) == (None, True)


def test_what_the_operator_suspended_a_mild_decision_does_not_lift():
    user = make_user()
    suspensions.suspend_account(user=user, actor_user=None, by_operator=True)
    decide_case(case_about(subjects.namespace(user.namespace)), "warn")
    user.refresh_from_db()
    assert user.suspended_at is not None


@pytest.mark.parametrize("first", ["operator", "desk"])
@pytest.mark.parametrize("what", ["account", "uploads"])
def test_what_the_operator_suspended_beside_a_decision_stays_when_that_is_undone(first: str, what: str):
    user = make_user()
    suspend, lift, field = {
        "account": (suspensions.suspend_account, suspensions.reinstate_account, "suspended_at"),
        "uploads": (suspensions.suspend_uploads, suspensions.allow_uploads, "uploads_suspended_at"),
    }[what]
    case = case_about(subjects.namespace(user.namespace))
    if first == "operator":
        suspend(user=user, actor_user=None, by_operator=True)
    decide_case(case, f"suspend_{what}")
    if first == "desk":
        suspend(user=user, actor_user=None, by_operator=True)
    decide_case(case, "none")
    user.refresh_from_db()
    assert getattr(user, field)
    # It ends by the operator's word, and the next one is the desk's alone again.
    assert not lift(user=user, actor_user=None)
    assert lift(user=user, actor_user=None, by_operator=True)
    decide_case(case, f"suspend_{what}")
    decide_case(case, "none")
    user.refresh_from_db()
    assert getattr(user, field) is None


@pytest.mark.parametrize(
    ("effect", "field"), [("suspend_uploads", "uploads_suspended_at"), ("suspend_account", "suspended_at")]
)
def test_what_the_clock_settles_is_not_the_operators_word(effect: str, field: str):
    user = make_user()
    about = subjects.namespace(user.namespace)
    spam = case_about(about)
    claim = flagging.report(
        subject=about, reporter=make_user(), cause="licence", text="All of it is mine."
    ).case
    decision = decide_case(claim, "take_down")
    decide_case(spam, effect)
    made = appealing.appeal(decision=decision, author=user, text="I made it all.", kind="counter_notice")
    assert appealing.restore(appeal_id=made.pk)
    user.refresh_from_db()
    assert getattr(user, field)
    decide_case(spam, "none")
    user.refresh_from_db()
    assert getattr(user, field) is None


def test_a_repository_is_removed_and_its_name_taken_from_everybody_until_that_is_undone():
    repository = make_repository()
    case = case_about(subjects.repository(repository))
    decide_case(case, "forbid_name")
    repository.refresh_from_db()
    assert repository.taken_down_at is not None
    assert forbidden.is_forbidden(repository.full_name)
    decide_case(case, "take_down")
    repository.refresh_from_db()
    assert repository.taken_down_at is not None
    assert not forbidden.is_forbidden(repository.full_name)
    decide_case(case, "none")
    repository.refresh_from_db()
    assert repository.taken_down_at is None


def test_a_name_stays_forbidden_while_any_decision_says_so_and_as_the_operator_said():
    owner = make_user("ada")
    model = make_repository(owner, name="x")
    dataset = make_repository(owner, name="x", kind="dataset")
    cases = [case_about(subjects.repository(one)) for one in (model, dataset)]
    for case in cases:
        decide_case(case, "forbid_name")
    decide_case(cases[0], "none")
    assert forbidden.is_forbidden("ada/x")
    decide_case(cases[1], "none")
    assert not forbidden.is_forbidden("ada/x")
    forbidden.forbid_name(name="ada/y", why="the operator's", actor_user=None)
    case = case_about(subjects.repository(make_repository(owner, name="z")))
    Case.objects.filter(pk=case.pk).update(subject_name="ada/y")
    decide_case(case, "forbid_name")
    decide_case(case, "none")
    assert forbidden.is_forbidden("ada/y")


def test_a_commit_is_withheld_alone_and_served_again():
    repository = make_repository(files={"a.txt": b"a"})
    case = case_about(subjects.revision(repository, repository.head), "licence")
    decide_case(case, "take_down")
    repository.refresh_from_db()
    assert repository.taken_down_at is None
    assert resolve_revision(repository, "main").withheld
    decide_case(case, "none")
    assert not resolve_revision(repository, "main").withheld


def test_a_user_is_removed_and_the_name_taken_from_everybody():
    user = make_user()
    case = case_about(subjects.namespace(user.namespace))
    decide_case(case, "forbid_name")
    user.refresh_from_db()
    assert user.suspended_at is not None
    assert forbidden.is_forbidden(user.username)
    decide_case(case, "none")
    user.refresh_from_db()
    assert user.suspended_at is None
    assert not forbidden.is_forbidden(user.username)


def test_an_organisation_is_withheld_with_all_it_has_and_what_it_would_add():
    organisation = make_organisation("lab", owner=(owner := make_user()))
    kept, own = (make_repository(owner, namespace=organisation) for _ in range(2))
    other = make_repository(owner)
    decide_case(case_about(subjects.repository(own)), "take_down")
    case = case_about(subjects.namespace(organisation))
    assert list(sides.concerned(case)) == [owner]
    decide_case(case, "take_down")

    def served() -> list[bool]:
        rows = [Repository.objects.get(pk=one.pk) for one in (kept, own, other)]
        return [row.taken_down_at is None for row in rows]

    assert served() == [False, False, True]
    with pytest.raises(NamespaceNotFound):
        namespace_named("lab")
    with pytest.raises(RepoWithheld):
        make_repository(owner, namespace=organisation)
    (notice,) = standing_notices(Repository.objects.select_related("namespace").get(pk=kept.pk))
    assert (notice.case_id, notice.withheld, notice.effect) == (case.pk, True, "take_down")
    decide_case(case, "none")
    assert served() == [True, False, True]
    assert namespace_named("lab") == organisation
    make_repository(owner, namespace=organisation)


def test_what_is_withheld_with_its_owner_and_for_itself_is_served_when_neither_is():
    repository = make_repository()
    whole = case_about(subjects.namespace(repository.namespace))
    alone = case_about(subjects.repository(repository))
    for case in (whole, alone):
        decide_case(case, "take_down")
    decide_case(alone, "none")
    assert Repository.objects.get().taken_down_at is not None
    decide_case(whole, "none")
    assert Repository.objects.get().taken_down_at is None


def test_a_removed_organisation_leaves_no_name():
    organisation = make_organisation("lab")
    case = case_about(subjects.namespace(organisation))
    decide_case(case, "forbid_name")
    assert forbidden.is_forbidden("lab")
    organisation.refresh_from_db()
    assert organisation.withheld_at is not None


def test_who_is_gone_is_decided_about_without_effect(comment):
    cases = [case_about(subjects.comment(comment)), make_report(make_repository()).case]
    comment.discussion.repository.delete()
    cases[1].repository.delete()
    for case, effect in zip(cases, ("hide", "take_down"), strict=True):
        decide_case(case, effect)
    assert {case.state for case in Case.objects.all()} == {"closed"}


def test_a_case_reaches_as_many_as_download_and_follow():
    repository = make_repository()
    repository.downloads = 7
    repository.save(update_fields=["downloads"])
    Follow.objects.create(user=make_user(), namespace=repository.namespace)
    assert subjects.reach_of(subjects.repository(repository)) == 8
    assert subjects.reach_of(subjects.namespace(repository.namespace)) == 8
    assert case_about(subjects.repository(repository)).reach == 8
    assert timezone.now() < Case.objects.get().due_at


def test_a_file_reaches_all_who_follow_one_of_those_who_have_it_each_once():
    first, second = make_repository(files={"a.bin": b"same"}), make_repository(files={"b.bin": b"same"})
    make_repository(files={"c.bin": b"other"})
    both, one = make_user(), make_user()
    for user, namespace in ((both, first.namespace), (both, second.namespace), (one, second.namespace)):
        Follow.objects.create(user=user, namespace=namespace)
    subject = subjects.blob(hashlib.sha256(b"same").hexdigest())
    assert subject.namespace == first.namespace
    assert subjects.reach_of(subject) == 2
