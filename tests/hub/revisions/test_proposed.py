"""Whose limit proposed bytes count against: the proposer's until they are merged, then the owner's."""

import hashlib
import os

import pytest

from accounts.limits.services import set_storage_limit
from accounts.roles import Role
from contributions.pulls.merging import merge, update
from contributions.pulls.proposing import propose
from hub.errors import StorageFull
from hub.personal.services import delete_account
from hub.repos.services import delete_repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob, AddInline
from hub.revisions.room import Room, check_sizes, coming_to, kept_by
from hub.revisions.selectors import resolve_revision
from hub.revisions.uploads import begin_upload
from storage.models import Blob
from storage.services import keep_scan_states
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.factories.discussions import make_pull, push, session
from tests.factories.repositories import add_large, commit, make_repository, upload
from tests.racing import failures, race

pytestmark = pytest.mark.django_db(transaction=True)
KIB = 1024


@pytest.fixture
def ada():
    """Somebody with a repository."""
    return make_user("ada")


@pytest.fixture
def thing(ada):
    """The repository."""
    return make_repository(ada, name="thing", files={"README.md": b"# One\n"})


@pytest.fixture
def bob():
    """Somebody who proposes changes to it."""
    return make_user("bob")


def limit(user_or_namespace, room: int) -> None:
    """Leave somebody so much room."""
    namespace = getattr(user_or_namespace, "namespace", user_or_namespace)
    set_storage_limit(namespace=namespace, limit=kept_by(namespace) + room)
    namespace.refresh_from_db()


def begin(repository, user, data: bytes):
    """Begin the upload of an object."""
    sha256 = hashlib.sha256(data).hexdigest()
    return begin_upload(repo=repository, actor_user=user, sha256=sha256, size=len(data))


def propose_large(repository, user, path: str, data: bytes):
    """A pull request with one large file."""
    sha256 = upload(repository, user, data)
    return make_pull(repository, user, operations=[AddBlob(path, sha256, len(data))])


def merged(pull, user, **how) -> str:
    """Merge a pull request whose files were scanned."""
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))
    return merge(pull=pull, actor=session(user), **how)


def test_what_is_proposed_counts_for_the_proposer_alone(ada, thing, bob):
    owners = kept_by(ada.namespace)
    propose_large(thing, bob, "w.bin", os.urandom(5000))
    pull = make_pull(thing, bob, {"small.txt": b"s" * 70})
    push(pull, bob, {"other.txt": b"o" * 7})
    assert kept_by(bob.namespace) == 5077
    assert kept_by(ada.namespace) == owners


@pytest.mark.parametrize("squash", [False, True])
def test_a_merge_lets_what_it_brings_count_for_the_owner(ada, thing, bob, squash):
    owners = kept_by(ada.namespace)
    pull = propose_large(thing, bob, "w.bin", os.urandom(5000))
    push(pull, bob, {"d/small.txt": b"s" * 70})
    other = make_pull(thing, bob, {"other.txt": b"o" * 7})
    merged(pull, ada, squash=squash)
    assert kept_by(ada.namespace) == owners + 5070
    assert kept_by(bob.namespace) == 7
    assert other.discussion.status == "open"


def test_what_a_pull_request_has_no_more_when_it_is_merged_stays_the_proposers(ada, thing, bob):
    pull = make_pull(thing, bob, {"draft.txt": b"d" * 30})
    push(pull, bob, {"draft.txt": None, "final.txt": b"f" * 20})
    merged(pull, ada)
    assert kept_by(bob.namespace) == 30


def test_a_merge_that_the_owner_has_no_room_for_is_refused_and_leaves_all_as_it_was(ada, thing, bob):
    pull = propose_large(thing, bob, "w.bin", os.urandom(5000))
    limit(ada, 4999)
    before = resolve_revision(thing, None).commit
    with pytest.raises(StorageFull, match="ada would keep"):
        merged(pull, ada)
    assert resolve_revision(thing, None).commit == before
    assert kept_by(bob.namespace) == 5000
    set_storage_limit(namespace=ada.namespace, limit=kept_by(ada.namespace) + 5000)
    thing.namespace.refresh_from_db()
    merged(pull, ada)


def test_taking_the_branch_over_costs_the_proposer_nothing(ada, thing, bob):
    pull = make_pull(thing, bob, {"small.txt": b"s" * 70})
    add_large(thing, ada, "new.bin", os.urandom(3000))
    owners = kept_by(ada.namespace)
    update(pull=pull, actor=session(bob))
    assert (kept_by(bob.namespace), kept_by(ada.namespace)) == (70, owners)


def test_what_the_owner_has_anyway_costs_a_proposer_nothing(ada, thing, bob):
    data = os.urandom(3000)
    add_large(thing, ada, "a.bin", data)
    commit(thing, ada, [AddInline("a.txt", b"a" * 50)])
    owners = kept_by(ada.namespace)
    sha256 = hashlib.sha256(data).hexdigest()
    limit(bob, 1)
    make_pull(
        thing, bob, operations=[AddBlob("copy.bin", sha256, len(data)), AddInline("copy.txt", b"a" * 50)]
    )
    assert (kept_by(bob.namespace), kept_by(ada.namespace)) == (0, owners)


def test_what_the_owner_commits_too_counts_for_the_owner_from_then_on(ada, thing, bob):
    make_pull(thing, bob, {"small.txt": b"s" * 70})
    data = os.urandom(3000)
    propose_large(thing, bob, "w.bin", data)
    commit(thing, ada, [AddInline("same.txt", b"s" * 70)])
    assert kept_by(bob.namespace) == 3000
    add_large(thing, ada, "w.bin", data)
    assert kept_by(bob.namespace) == 0


def test_a_writer_who_proposes_does_so_at_the_owners_cost(bob):
    admin = make_user()
    lab = make_organisation("lab", owner=admin)
    make_member(lab, Role.WRITE, bob)
    carol = make_user("carol")
    make_member(lab, Role.CONTRIBUTE, carol)
    thing = make_repository(admin, namespace=lab, files={"README.md": b"# One\n"})
    before = kept_by(lab)
    make_pull(thing, bob, {"b.txt": b"b" * 40})
    assert (kept_by(lab), kept_by(bob.namespace)) == (before + 40, 0)
    make_pull(thing, carol, {"c.txt": b"c" * 50})
    assert (kept_by(lab), kept_by(carol.namespace)) == (before + 40, 50)


def test_a_proposer_is_held_to_their_own_limit_and_told_nothing_of_the_owners(ada, thing, bob):
    limit(ada, 0)
    check_sizes(thing, bob, [1, 10**9])
    assert begin(thing, bob, b"x" * 600).part_urls
    set_storage_limit(namespace=bob.namespace, limit=1000)
    bob.refresh_from_db()
    ways = (
        lambda: check_sizes(thing, bob, [1001]),
        lambda: begin(thing, bob, b"y" * 500),
        lambda: make_pull(thing, bob, {"small.txt": b"s" * 1001}),
    )
    for refused in ways:
        with pytest.raises(StorageFull) as caught:
            refused()
        assert "bob" in str(caught.value)
        assert "ada" not in str(caught.value)
    assert begin(thing, bob, b"y" * 400).part_urls
    with pytest.raises(StorageFull, match="ada uses"):
        begin(thing, ada, b"z")


def test_small_files_of_many_pull_requests_are_summed(thing, bob):
    set_storage_limit(namespace=bob.namespace, limit=100)
    bob.refresh_from_db()
    pull = make_pull(thing, bob, {"a.txt": b"a" * 40})
    push(pull, bob, {"b.txt": b"b" * 40})
    with pytest.raises(StorageFull, match="bob would keep"):
        push(pull, bob, {"c.txt": b"c" * 21})
    with pytest.raises(StorageFull):
        make_pull(make_repository(files={"README.md": b"# Two\n"}), bob, {"c.txt": b"c" * 21})
    assert not RepositoryBlob.objects.filter(path="c.txt").exists()
    assert resolve_revision(thing, pull.head_ref).commit
    push(pull, bob, {"c.txt": b"c" * 20})


def test_of_two_proposals_at_once_to_two_owners_one_fits(thing, bob):
    other = make_repository(files={"README.md": b"# Two\n"})
    set_storage_limit(namespace=bob.namespace, limit=100)
    bob.refresh_from_db()

    def bring(repository, letter: bytes):
        return lambda: propose(
            repository=repository,
            actor=session(bob),
            operations=[AddInline("a.txt", letter * 60)],
            summary="Add a file",
        )

    assert failures(race([bring(thing, b"a"), bring(other, b"b")])) == [StorageFull]
    assert kept_by(bob.namespace) == 60


def test_what_is_on_its_way_counts_where_it_will(ada, thing, bob):
    own = make_repository(bob, name="own")
    begin(thing, bob, b"x" * 600)
    begin(own, bob, b"y" * 60)
    begin(thing, ada, b"z" * 6)
    assert (coming_to(bob.namespace), coming_to(ada.namespace)) == (660, 6)
    lab = make_organisation("lab", owner=ada)
    theirs = make_repository(ada, namespace=lab)
    begin(theirs, ada, b"a" * 70)
    begin(theirs, bob, b"b" * 7000)
    assert (coming_to(lab), coming_to(ada.namespace), coming_to(bob.namespace)) == (70, 6, 7660)
    delete_repository(repository=thing, actor_user=ada)
    assert (coming_to(bob.namespace), coming_to(ada.namespace)) == (7060, 0)


def test_room_is_counted_in_as_many_queries_whatever_there_is(thing, bob, django_assert_num_queries):
    set_storage_limit(namespace=bob.namespace, limit=10**6)
    bob.refresh_from_db()
    for number in range(3):
        begin(thing, bob, bytes([number]) * 100)
        make_pull(thing, bob, {f"{number}.txt": bytes([number]) * 10})
        with django_assert_num_queries(3):
            Room(thing, bob).take(1)


def test_whoever_leaves_leaves_the_owner_no_bill(ada, thing, bob):
    owners = kept_by(ada.namespace)
    pull = make_pull(thing, bob, {"small.txt": b"s" * 70})
    delete_account(user=bob)
    assert kept_by(ada.namespace) == owners
    pull.discussion.refresh_from_db()
    merged(pull, ada)
    assert kept_by(ada.namespace) == owners + 70
