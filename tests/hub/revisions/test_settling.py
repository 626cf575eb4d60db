"""Uploads that break off go on where they were, and a commit says of all its files which are missing."""

import hashlib

import pytest

from hub.errors import BlobMissing, BlobRefused, TooMuch
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob
from hub.revisions.selectors import find_file, resolve_revision
from hub.revisions.uploads import begin_upload, finish_upload
from storage.models import Upload
from storage.s3 import PUT_LIMIT
from tests.factories.accounts import make_user
from tests.factories.repositories import commit, make_repository, put, send, upload

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024


@pytest.fixture
def owner():
    """A user."""
    return make_user()


@pytest.fixture
def thing(owner):
    """A repository of the user."""
    return make_repository(owner)


def sha256_of(data):
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def ask(thing, owner, data, **more):
    """The ticket for some bytes."""
    return begin_upload(repo=thing, actor_user=owner, sha256=sha256_of(data), size=len(data), **more)


def test_bytes_that_came_before_a_commit_failed_need_not_come_again(thing, owner):
    data = b"weights"
    put(ask(thing, owner, data).part_urls[0], data)
    assert ask(thing, owner, data).present
    commit(thing, owner, [AddBlob("w.bin", sha256_of(data), len(data))])
    assert find_file(resolve_revision(thing, "main"), "w.bin").availability == "present"
    assert Upload.objects.count() == 1


def test_parts_that_all_came_are_put_together_when_the_client_asks_again(thing, owner, settings):
    settings.MULTIPART_THRESHOLD, settings.PART_SIZE = 1024, 5 * MIB
    data = bytes(6 * MIB)
    ticket = ask(thing, owner, data)
    put(ticket.part_urls[0], data[: 5 * MIB])
    again = ask(thing, owner, data)
    assert (again.present, len(again.part_urls)) == (False, 2)
    put(again.part_urls[0], data[: 5 * MIB])
    put(again.part_urls[1], data[5 * MIB :])
    assert ask(thing, owner, data).present
    commit(thing, owner, [AddBlob("w.bin", sha256_of(data), len(data))])
    assert find_file(resolve_revision(thing, "main"), "w.bin").size == len(data)


def test_a_client_may_still_complete_what_was_put_together_for_it(thing, owner, settings):
    settings.MULTIPART_THRESHOLD, settings.PART_SIZE = 1024, 5 * MIB
    data = bytes(6 * MIB)
    ticket = ask(thing, owner, data)
    pieces = (data[: 5 * MIB], data[5 * MIB :])
    etags = [put(url, piece) for url, piece in zip(ticket.part_urls, pieces, strict=True)]
    assert ask(thing, owner, data).present
    finish_upload(upload_id=ticket.upload_id, parts=list(enumerate(etags, start=1)))


def test_bytes_that_were_refused_are_asked_for_again(thing, owner):
    good = b"good"
    put(ask(thing, owner, good).part_urls[0], b"evil")
    assert ask(thing, owner, good).present
    with pytest.raises(BlobRefused):
        commit(thing, owner, [AddBlob("w.bin", sha256_of(good), 4)])
    again = ask(thing, owner, good)
    assert not again.present
    send(again, good)
    commit(thing, owner, [AddBlob("w.bin", sha256_of(good), 4)])


def test_what_another_repository_received_is_not_called_present(thing, owner):
    data = b"weights"
    put(ask(thing, owner, data).part_urls[0], data)
    assert not ask(make_repository(owner), owner, data).present


def test_a_commit_names_every_file_that_is_missing(thing, owner):
    there = upload(thing, owner, b"there")
    begun = ask(thing, owner, b"begun")
    assert begun.part_urls
    operations = [
        AddBlob("there.bin", there, 5),
        AddBlob("begun.bin", sha256_of(b"begun"), 5),
        *(AddBlob(f"n{number:02}.bin", f"{number:064x}", 5) for number in range(12)),
    ]
    with pytest.raises(BlobMissing) as missing:
        commit(thing, owner, operations)
    said = str(missing.value)
    assert said.startswith("13 files of this commit cannot be used: begun.bin: ")
    named = {name for name in ("n00.bin", "n08.bin", "n09.bin", "there.bin") if name in said}
    assert named == {"n00.bin", "n08.bin"}
    assert said.endswith("and 3 more")
    assert not RepositoryBlob.objects.filter(repository=thing, sha256=there).exists()


def test_what_takes_too_long_to_verify_is_left_to_the_workers(thing, owner, settings):
    settings.VERIFY_INLINE_SECONDS = 0
    sha256 = upload(thing, owner, b"small")
    commit(thing, owner, [AddBlob("w.bin", sha256, 5)])
    assert find_file(resolve_revision(thing, "main"), "w.bin").availability == "checking"


def test_an_object_too_large_for_one_put_must_come_in_parts(thing, owner):
    size = PUT_LIMIT + 1
    with pytest.raises(TooMuch, match="in parts"):
        begin_upload(repo=thing, actor_user=owner, sha256="ab" * 32, size=size, multipart=False)
    ticket = begin_upload(repo=thing, actor_user=owner, sha256="ab" * 32, size=size)
    assert ticket.multipart
    assert len(ticket.part_urls) == -(-size // ticket.part_size)
