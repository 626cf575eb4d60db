"""What a user or an organisation may keep: refused before bytes travel, and once more where they land."""

import hashlib
import os

import pytest

from accounts.limits.services import set_storage_limit
from accounts.models import AuditEvent, Namespace
from hub.errors import StorageFull
from hub.revisions.copies import duplicate_repository, share_objects
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob, AddInline, DeleteFile
from hub.revisions.room import Room, check_sizes, kept_by
from hub.revisions.selectors import resolve_revision
from hub.revisions.services import create_repository
from hub.revisions.uploads import begin_upload, confirm_upload
from storage.models import Upload
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository, put, upload
from tests.racing import failures, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada():
    """Somebody with a repository."""
    return make_user("ada")


@pytest.fixture
def thing(ada):
    """The repository, with what every new one has."""
    return make_repository(ada, name="thing")


def leave(repository, room: int) -> None:
    """Leave the repository's owner so much room."""
    set_storage_limit(namespace=repository.namespace, limit=kept_by(repository.namespace) + room)
    repository.namespace.refresh_from_db()


def begin(repository, user, data: bytes):
    """Begin the upload of an object."""
    sha256 = hashlib.sha256(data).hexdigest()
    return begin_upload(repo=repository, actor_user=user, sha256=sha256, size=len(data))


def test_there_is_no_limit_unless_somebody_sets_one(ada, thing, django_assert_num_queries):
    with django_assert_num_queries(0):
        Room(thing, ada).take(2**50)


def test_the_hubs_own_limit_holds_for_who_has_no_other(ada, thing, settings):
    settings.STORAGE_LIMIT = kept_by(ada.namespace) + 10
    with pytest.raises(StorageFull):
        begin(thing, ada, b"x" * 11)
    set_storage_limit(namespace=ada.namespace, limit=0)
    thing.namespace.refresh_from_db()
    assert begin(thing, ada, b"x" * 11).part_urls


def test_an_upload_that_does_not_fit_is_refused_in_words_and_leaves_nothing(ada, thing):
    leave(thing, 1000)
    with pytest.raises(StorageFull) as caught:
        begin(thing, ada, b"x" * 1001)
    words = str(caught.value).replace("\xa0", " ")
    assert words.startswith("1 kB do not fit: ada uses ")
    assert "ask the people who run this hub" in words
    assert not Upload.objects.exists()
    assert begin(thing, ada, b"x" * 1000).part_urls


def test_what_was_begun_counts_until_it_is_here_and_then_as_what_is_kept(ada, thing):
    leave(thing, 1000)
    first, second = os.urandom(600), os.urandom(600)
    begin(thing, ada, first)
    with pytest.raises(StorageFull):
        begin(thing, ada, second)
    add_large(thing, ada, "first.bin", first)
    with pytest.raises(StorageFull):
        begin(thing, ada, second)
    begin(thing, ada, second[:400])


def test_an_upload_that_broke_off_may_begin_again(ada, thing):
    leave(thing, 1000)
    data = os.urandom(900)
    begin(thing, ada, data)
    assert begin(thing, ada, data).part_urls
    add_large(thing, ada, "a.bin", data)
    assert begin(thing, ada, data).present


def test_several_objects_share_the_room_and_it_is_counted_once(ada, thing, django_assert_num_queries):
    leave(thing, 1000)
    room = Room(thing, ada)
    with django_assert_num_queries(3):
        room.take(600)
        room.take(400)
    with pytest.raises(StorageFull):
        room.take(1)


def test_a_small_file_in_a_commit_counts_and_a_removal_needs_no_room(ada, thing):
    commit(thing, ada, [AddInline("old.txt", b"o" * 50)])
    leave(thing, 10)
    before = resolve_revision(thing, None).commit
    with pytest.raises(StorageFull):
        commit(thing, ada, [AddInline("a.txt", b"a" * 11)])
    assert resolve_revision(thing, None).commit == before
    assert not RepositoryBlob.objects.filter(path="a.txt").exists()
    commit(thing, ada, [DeleteFile("old.txt")])
    set_storage_limit(namespace=ada.namespace, limit=1)
    thing.namespace.refresh_from_db()
    commit(thing, ada, [DeleteFile(".gitattributes")])


def test_a_new_repository_needs_room_too(ada, thing):
    leave(thing, 0)
    with pytest.raises(StorageFull):
        create_repository(namespace=thing.namespace, name="b", kind="model", visibility=None, actor_user=ada)
    assert ada.namespace.repositories.count() == 1


def test_copies_count_for_who_has_them(ada, thing):
    sha256 = add_large(thing, ada, "a.bin", os.urandom(5000))
    bob = make_user("bob")
    own = make_repository(bob, name="own")
    leave(own, 4000)
    with pytest.raises(StorageFull):
        duplicate_repository(
            source=thing, namespace=own.namespace, name="copy", visibility=None, actor_user=bob
        )
    with pytest.raises(StorageFull):
        share_objects(source=thing, target=own, sha256s=[sha256], actor_user=bob)
    assert not RepositoryBlob.objects.filter(repository__namespace=own.namespace, sha256=sha256).exists()
    leave(own, 5000)
    assert share_objects(source=thing, target=own, sha256s=[sha256], actor_user=bob) == {}


def test_what_others_keep_does_not_count(ada, thing):
    bob = make_user("bob")
    add_large(make_repository(bob), bob, "b.bin", os.urandom(5000))
    leave(thing, 100)
    assert begin(thing, ada, b"x" * 100).part_urls


def test_of_two_commits_at_once_one_fits(ada, thing):
    other = make_repository(ada, name="other")
    leave(thing, 100)

    def bring(repository):
        repository.namespace.refresh_from_db()
        return lambda: commit(repository, ada, [AddInline("a.txt", os.urandom(40).hex().encode())])

    assert failures(race([bring(thing), bring(other)])) == [StorageFull]


def test_bytes_whose_links_were_given_before_the_limit_sank_are_refused_where_they_land(ada, thing):
    data = os.urandom(800)
    sha256 = hashlib.sha256(data).hexdigest()
    ticket = begin(thing, ada, data)
    put(ticket.part_urls[0], data)
    confirm_upload(repo=thing, sha256=sha256, size=len(data), user=ada)
    leave(thing, 700)
    before = resolve_revision(thing, None).commit
    with pytest.raises(StorageFull):
        commit(thing, ada, [AddBlob("a.bin", sha256, len(data))])
    assert resolve_revision(thing, None).commit == before


def test_sizes_alone_are_refused_unless_the_repository_has_files_of_them(ada, thing):
    data = os.urandom(5000)
    add_large(thing, ada, "a.bin", data)
    leave(thing, 100)
    check_sizes(thing, ada, [60, 40])
    with pytest.raises(StorageFull, match="do not fit"):
        check_sizes(thing, ada, [5101])
    with pytest.raises(StorageFull):
        check_sizes(thing, ada, [60, 41])
    check_sizes(thing, ada, [5000, 60, 40])


def test_the_limit_is_on_the_record(ada):
    set_storage_limit(namespace=ada.namespace, limit=5)
    set_storage_limit(namespace=ada.namespace, limit=5)
    set_storage_limit(namespace=ada.namespace, limit=None)
    events = AuditEvent.objects.filter(subject=ada.namespace.subject, event="storage.limit_set")
    assert [event.data for event in events.order_by("id")] == [
        {"bytes": 5, "before": None},
        {"bytes": None, "before": 5},
    ]
    assert Namespace.objects.get(name="ada").storage_limit is None


def test_an_object_in_another_ones_repository_is_begun_in_every_scope_of_its_own(ada, thing):
    other = make_repository(ada, name="other")
    leave(thing, 1000)
    begin(thing, ada, b"a" * 600)
    with pytest.raises(StorageFull):
        begin(other, ada, b"b" * 600)
    upload(other, ada, b"b" * 300)
