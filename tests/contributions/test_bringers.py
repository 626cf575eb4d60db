"""Whoever brings a file or a commit to somebody else is told of it, and does not judge it."""

import pytest
from django.core import mail

from accounts.models import User
from contributions.moderation import appealing, flagging, messaging, selectors, sides, subjects, tasks
from contributions.moderation.concerns import cases_concerning
from contributions.moderation.errors import ConflictOfInterest
from contributions.moderation.models import Case
from contributions.moderation.queueing import queue
from contributions.moderation.vocabulary import Cause
from contributions.pulls.merging import merge
from hub.personal.services import delete_account
from hub.repos.models import Repository
from hub.repos.services import change_settings
from hub.revisions.models import RepositoryBlob
from storage.models import Blob
from storage.services import keep_scan_states
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.discussions import make_discussion, make_pull, session
from tests.factories.moderation import decide_case, make_blob_case
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db(transaction=True)
BAD = b"bad bytes"


@pytest.fixture
def mia() -> User:
    """A moderator who brings things to others."""
    return make_moderator("mia")


@pytest.fixture
def thing() -> Repository:
    """A repository of ada's."""
    return make_repository(make_user("ada"), name="thing", files={"README.md": b"# One\n"})


@pytest.fixture
def pull(mia, thing):
    """What mia proposes to ada."""
    return make_pull(thing, mia, {"weights.bin": BAD})


def case_of(repository: Repository) -> Case:
    return make_blob_case(RepositoryBlob.objects.get(repository=repository, path="weights.bin").sha256)


def commit_case(repository: Repository, oid: str) -> Case:
    found = subjects.revision(repository, oid)
    return flagging.report(subject=found, reporter=make_user(), cause=Cause.MALWARE, text="Bad.").case


def told(case: Case) -> list[str]:
    return sorted(user.username for user in sides.concerned(case))


def listed(user: User) -> list[Case]:
    return list(queue(user).cases)


def hide(repository: Repository) -> None:
    change_settings(repository=repository, actor_user=repository.namespace.user, visibility="private")


def merged(pull) -> None:
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))
    merge(pull=pull, actor=session(pull.discussion.repository.namespace.user))


@pytest.mark.parametrize("when", ["open", "merged"])
def test_who_proposed_a_file_is_told_and_does_not_judge_it(mia, thing, pull, when: str):
    if when == "merged":
        merged(pull)
    case = case_of(thing)
    with pytest.raises(ConflictOfInterest):
        decide_case(case, "override", mia)
    assert told(case) == ["ada", "mia"]
    other = make_moderator()
    assert set(subjects.without_stake(case, User.objects.filter(pk__in=[mia.pk, other.pk]))) == {other}
    assert (listed(mia), listed(other)) == ([], [case])
    decision = decide_case(case, "quarantine")
    tasks.notify(decision.pk)
    assert sorted(letter.to[0] for letter in mail.outbox) == ["ada@example.org", "mia@example.org"]
    assert "ada/thing: weights.bin" in mail.outbox[1].body
    assert [found.name for found in cases_concerning(mia, limit=5).cases] == ["ada/thing: weights.bin"]
    assert appealing.appeal(decision=decision, author=mia, text="It is a test of scanners.").state == "open"


def test_who_proposed_a_commit_is_told_and_does_not_judge_it(mia, thing, pull):
    case = commit_case(thing, pull.discussion.repository.refs.get(name=pull.head_ref).commit_id)
    with pytest.raises(ConflictOfInterest):
        decide_case(case, "none", mia)
    assert told(case) == ["ada", "mia"]
    assert (listed(mia), len(listed(make_moderator()))) == ([], 1)
    decide_case(case, "take_down")
    assert sides.concerns(case, mia)
    hide(thing)
    case.refresh_from_db()
    assert told(case) == ["ada"]


def test_neither_reads_what_the_other_writes_to_the_desk(mia, thing, pull):
    ada = thing.namespace.user
    oid = pull.discussion.repository.refs.get(name=pull.head_ref).commit_id
    for case, effect in ((case_of(thing), "quarantine"), (commit_case(thing, oid), "take_down")):
        decide_case(case, effect)
        for author in (ada, mia):
            messaging.write_to_desk(case=case, author=author, text=author.username)
            found = selectors.statement_of(case, author).messages
            assert [message.text for message in found] == [author.username]
        assert [m.text for m in selectors.statement_of(case, ada).messages] == ["ada"]


def test_nothing_is_told_of_a_repository_that_went_private_and_its_author_still_does_not_judge(
    mia, thing, pull
):
    case = case_of(thing)
    hide(thing)
    decide_case(case, "quarantine")
    assert told(case) == ["ada"]
    assert not sides.concerns(case, mia)
    assert (sides.holdings_of(case, mia), cases_concerning(mia, limit=5).cases) == ([], [])
    with pytest.raises(ConflictOfInterest):
        decide_case(case, "override", mia)
    assert listed(mia) == []


def test_members_who_may_propose_are_told_also_of_what_is_private(thing):
    lab = make_organisation("lab", owner=(olga := make_user("olga")))
    carl = make_member(lab, "contribute", make_user("carl"))
    make_member(lab, "read", make_user("rita"))
    inside = make_repository(olga, namespace=lab, visibility="private")
    make_pull(inside, carl, {"weights.bin": BAD})
    case = case_of(inside)
    assert told(case) == ["carl", "olga"]
    lab.memberships.filter(user=carl).delete()
    assert told(case) == ["olga"]


def test_an_author_who_left_is_told_nothing_and_stops_nobody(thing):
    bob = make_user("bob")
    make_pull(thing, bob, {"weights.bin": BAD})
    case = case_of(thing)
    delete_account(user=bob)
    assert told(case) == ["ada"]
    assert decide_case(case, "override").stands


def test_who_brings_what_is_there_already_brought_nothing(mia):
    thing = make_repository(make_user("ada"), name="thing", files={"weights.bin": BAD})
    make_pull(thing, mia, {"copy.bin": BAD})
    assert told(case_of(thing)) == ["ada"]


def test_a_case_about_a_file_that_others_held_first_is_not_in_ones_queue(mia, thing):
    make_repository(thing.namespace.user, name="first", files={"weights.bin": BAD})
    own = make_repository(mia, files={"weights.bin": BAD})
    case = case_of(own)
    assert case.namespace == thing.namespace
    assert (listed(mia), listed(make_moderator())) == ([], [case])


def test_a_case_about_a_comment_in_ones_repository_is_not_in_ones_queue(mia):
    own = make_repository(mia)
    event = make_discussion(own, make_user("bob")).events.first()
    case = flagging.report(
        subject=subjects.comment(event), reporter=make_user(), cause=Cause.SPAM, text="Spam."
    ).case
    assert (listed(mia), listed(make_moderator())) == ([], [case])
