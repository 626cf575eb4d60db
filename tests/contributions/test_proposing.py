"""A pull request that is asked for again, as by whoever lost the answer, is the one that is there."""

import pytest

from accounts.models import AuditEvent
from contributions.discussions.models import Discussion
from contributions.discussions.services import change_status
from contributions.pulls.merging import update
from contributions.pulls.proposing import propose
from hub.errors import InvalidInput
from hub.revisions.operations import AddInline
from hub.revisions.refs import create_branch
from hub.revisions.selectors import list_refs
from tests.factories.accounts import make_user
from tests.factories.discussions import push, session
from tests.factories.repositories import commit, make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def repository():
    return make_repository(make_user(), files={"README.md": b"# One\n", "a.txt": b"1"})


def asked(repository, user, data: bytes = b"2", **rest):
    return propose(
        repository=repository,
        actor=session(user),
        operations=[AddInline("a.txt", data)],
        **{"summary": "Count on", "description": "To two."} | rest,
    )


def test_asking_again_gives_the_same_and_leaves_no_trace(repository, guest):
    first, oid = asked(repository, guest)
    logged = AuditEvent.objects.count()
    again, same = asked(repository, guest)
    assert (again, same) == (first, oid)
    assert again.discussion.url_path == first.discussion.url_path
    assert AuditEvent.objects.count() == logged
    assert {ref.name for ref in list_refs(repository)} == {"refs/heads/main", "refs/pr/1", "refs/bases/1"}
    assert Discussion.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"data": b"3"}, {"summary": "Count"}, {"description": ""}, {"target": "refs/heads/next"}]
)
def test_what_differs_in_anything_is_another_one(repository, guest, other):
    create_branch(repo=repository, name="next", start=None, actor_user=repository.namespace.user)
    asked(repository, guest)
    again, _ = asked(repository, guest, **other)
    assert again.discussion.number == 2


def test_what_somebody_else_proposes_is_another_one(repository, guest):
    asked(repository, guest)
    assert asked(repository, make_user())[0].discussion.number == 2


def test_what_was_gone_on_with_or_closed_or_begins_elsewhere_is_another_one(repository, guest):
    first, _ = asked(repository, guest)
    push(first, guest, {"n.txt": b"1"})
    second, _ = asked(repository, guest)
    change_status(discussion=second.discussion, actor=session(guest), status="closed")
    third, _ = asked(repository, guest)
    commit(repository, repository.namespace.user, [AddInline("b.txt", b"1")])
    fourth, _ = asked(repository, guest)
    update(pull=third, actor=session(guest))
    numbers = [pull.discussion.number for pull in (first, second, third, fourth)]
    assert numbers == [1, 2, 3, 4]
    assert asked(repository, guest)[0] == fourth


def test_what_changes_nothing_is_no_pull_request_at_all(repository, guest):
    with pytest.raises(InvalidInput):
        asked(repository, guest, b"1")
    assert not Discussion.objects.exists()


@pytest.mark.parametrize("pulls", [1, 6])
def test_it_asks_as_often_however_many_are_open(repository, guest, pulls, django_assert_max_num_queries):
    for number in range(pulls):
        asked(repository, guest, b"x%d" % number)
    with django_assert_max_num_queries(62):
        asked(repository, guest)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_of_two_who_ask_at_once_both_get_the_same(turn):
    guest = make_user()
    repository = make_repository(make_user(), files={"README.md": b"# One\n", "a.txt": b"1"})
    results = race([lambda: asked(repository, guest) for _ in range(2)])
    assert failures(results) == []
    assert len({result.result()[1] for result in results}) == 1
    assert Discussion.objects.count() == 1
