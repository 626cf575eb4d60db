"""What nothing uses goes, after two looks at it; what is used again stays, by whichever door it comes."""

import io
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent
from hub.errors import BlobMissing, InvalidInput
from hub.events import Event
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from hub.revisions import tasks
from hub.revisions.chunked import begin_xorb, known_chunks
from hub.revisions.collection import Step, collect_round, collect_stretch
from hub.revisions.copies import duplicate_repository, share_objects
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob
from hub.revisions.rewriting import delete_large_files
from hub.revisions.uploads import begin_upload, verify
from storage import s3
from storage.collection import Ages
from storage.models import Blob, Chunk, Epoch, Reconstruction, Term, Upload, Xorb
from storage.readers import open_blob
from storage.services import quarantine
from storage.uploads import receive_upload
from storage.xet import uploads
from storage.xet.selectors import current_epoch
from tests import xet
from tests.factories.accounts import make_user
from tests.factories.chunked import add_chunked, bring_verified, register
from tests.factories.repositories import add_large, commit, make_repository, upload
from tests.racing import failures, race

pytestmark = pytest.mark.django_db(transaction=True)
KIB = 1024
NONE, DAY = timedelta(), timedelta(days=1)
AT_ONCE = Ages(uploads=NONE, xorbs=NONE, condemned=NONE, orphans=DAY)
# Condemns, and deletes nothing that was just condemned.
CONDEMN = replace(AT_ONCE, condemned=DAY)


@pytest.fixture
def owner():
    """A user."""
    return make_user()


@pytest.fixture
def thing(owner):
    """A repository of the user."""
    return make_repository(owner)


def collect(ages=AT_ONCE):
    """A whole round; what was deleted by step."""
    deleted = dict.fromkeys(Step, 0)
    for done in collect_round(ages=ages):
        deleted[done.step] += done.stretch.deleted
    return deleted


def delete(repository, user):
    delete_repository(repository=repository, actor_user=user)


def read(sha256):
    """All bytes of a blob."""
    with open_blob(Blob.objects.get(pk=sha256)) as reader:
        return reader.read()


def nothing_left():
    """Whether no content that came by upload is left in any table."""
    tables = (Reconstruction, Term, Chunk, Xorb)
    return not any(table.objects.exists() for table in tables) and not Blob.objects.filter(data=None).exists()


def test_what_repositories_use_stays(thing, owner):
    chunked, plain = xet.floats(100 * KIB, seed=11), xet.noise(70 * KIB, seed=12)
    file = add_chunked(thing, owner, "a.safetensors", chunked)
    sha256 = add_large(thing, owner, "b.bin", plain)
    assert not any(collect().values())
    assert (read(file.true_sha256), read(sha256)) == (chunked, plain)
    assert not Blob.objects.exclude(condemned_at=None).exists()
    assert current_epoch() == 0
    assert not AuditEvent.objects.filter(event=Event.CONTENT_COLLECTED).exists()


def test_the_content_of_a_deleted_repository_goes_from_every_table_and_from_the_store(thing, owner):
    add_chunked(thing, owner, "a.safetensors", xet.floats(100 * KIB, seed=13))
    add_large(thing, owner, "b.bin", xet.noise(70 * KIB, seed=14))
    keys = [
        *Xorb.objects.values_list("key", flat=True),
        *Blob.objects.exclude(key="").values_list("key", flat=True),
    ]
    assert len(keys) == 2
    assert all(s3.size_of(key) for key in keys)
    delete(thing, owner)
    done = collect()
    assert (done[Step.DELETE_BLOBS], done[Step.DELETE_RECONSTRUCTIONS], done[Step.DELETE_XORBS]) == (2, 1, 1)
    assert nothing_left()
    assert not any(s3.size_of(key) for key in keys)
    assert not Upload.objects.exists()
    assert current_epoch() == 1
    told = AuditEvent.objects.filter(event=Event.CONTENT_COLLECTED).values_list("data__step", flat=True)
    assert set(told) == {
        Step.CONDEMN_BLOBS,
        Step.DELETE_BLOBS,
        Step.DELETE_RECONSTRUCTIONS,
        Step.CONDEMN_XORBS,
        Step.DELETE_XORBS,
    }


def test_what_another_repository_shares_stays_even_if_it_is_some_chunks_of_a_xorb(thing, owner):
    other = make_repository(owner)
    first, second = (xet.Xorb(xet.cut(xet.noise(5000, seed=seed), 1000)) for seed in (15, 16))
    whole = xet.File([xet.Part(first), xet.Part(second)])
    part = xet.File([xet.Part(first, 1, 3)])
    bring_verified(thing, owner, first, second)
    for repository, file in ((thing, whole), (other, part)):
        register(repository, owner, file)
        commit(repository, owner, [AddBlob("a.bin", file.true_sha256, len(file.raw))])
    same = xet.noise(70 * KIB, seed=17)
    sha256 = add_large(thing, owner, "b.bin", same)
    add_large(other, owner, "b.bin", same)
    delete(thing, owner)
    collect()
    assert list(Xorb.objects.values_list("hash", flat=True)) == [first.hash]
    assert read(part.true_sha256) == part.raw
    assert read(sha256) == same
    assert not Blob.objects.filter(pk=whole.true_sha256).exists()


def test_nothing_is_deleted_that_was_not_condemned_a_while_ago(thing, owner):
    file = add_chunked(thing, owner, "a.safetensors", xet.floats(100 * KIB, seed=18))
    delete(thing, owner)
    assert not any(collect(CONDEMN).values())
    blob = Blob.objects.get(pk=file.true_sha256)
    assert blob.condemned_at
    assert read(file.true_sha256) == file.raw
    long_ago = timezone.now() - 2 * DAY
    Blob.objects.update(condemned_at=long_ago)
    assert collect(CONDEMN)[Step.DELETE_BLOBS] == 1
    assert Xorb.objects.get().condemned_at
    Xorb.objects.update(condemned_at=long_ago)
    assert collect(CONDEMN)[Step.DELETE_XORBS] == 1
    assert nothing_left()


def test_what_was_just_uploaded_waits_for_its_commit(thing, owner):
    data = xet.noise(70 * KIB, seed=19)
    sha256 = upload(thing, owner, data)
    receive_upload(Upload.objects.get())
    verify(upload_id=str(Upload.objects.get().pk))
    xorb = xet.Xorb(xet.cut(xet.noise(5000, seed=20), 1000))
    bring_verified(thing, owner, xorb)
    register(thing, owner, xet.File([xet.Part(xorb)]))
    assert not any(collect(replace(AT_ONCE, uploads=DAY)).values())
    commit(thing, owner, [AddBlob("b.bin", sha256, len(data))])
    assert read(sha256) == data


def test_a_xorb_that_somebody_was_told_of_waits_for_its_shard(thing, owner):
    xorb = xet.Xorb(xet.cut(xet.noise(5000, seed=21), 1000))
    bring_verified(thing, owner, xorb)
    collect(replace(AT_ONCE, xorbs=DAY))
    assert Xorb.objects.get().condemned_at is None
    assert current_epoch() == 0


def test_withheld_and_small_content_stays(thing, owner):
    sha256 = add_large(thing, owner, "b.bin", xet.noise(70 * KIB, seed=22))
    quarantine(sha256=sha256)
    inline = set(Blob.objects.exclude(data=None).values_list("pk", flat=True))
    delete(thing, owner)
    assert not any(collect().values())
    assert set(Blob.objects.values_list("pk", flat=True)) == {sha256, *inline}


@pytest.fixture
def condemned(thing, owner):
    """A repository whose file in chunks and its plain one were condemned when another one was deleted."""
    former = make_repository(owner)
    xorb = xet.Xorb(xet.cut(xet.noise(70 * KIB, seed=23)))
    file = xet.File([xet.Part(xorb)])
    bring_verified(former, owner, xorb)
    register(former, owner, file)
    commit(former, owner, [AddBlob("a.bin", file.true_sha256, len(file.raw))])
    delete(former, owner)
    collect(CONDEMN)
    Reconstruction.objects.get()
    assert Blob.objects.get(pk=file.true_sha256).condemned_at
    return thing, owner, file, xorb


def revived(file):
    """Whether the content survives the next rounds."""
    assert Blob.objects.get(pk=file.true_sha256).condemned_at is None
    collect()
    return read(file.true_sha256) == file.raw


def test_a_condemned_blob_is_taken_back_when_its_chunks_are_registered_and_committed(condemned):
    thing, owner, file, _ = condemned
    register(thing, owner, file)
    assert Blob.objects.get(pk=file.true_sha256).condemned_at is None
    commit(thing, owner, [AddBlob("a.bin", file.true_sha256, len(file.raw))])
    assert revived(file)


def test_a_condemned_blob_is_taken_back_when_its_bytes_come_again(condemned):
    thing, owner, file, _ = condemned
    add_large(thing, owner, "a.bin", file.raw)
    assert revived(file)


def test_a_condemned_blob_cannot_be_had_without_its_bytes(thing, owner):
    data = xet.noise(70 * KIB, seed=24)
    sha256 = add_large(thing, owner, "a.bin", data)
    RepositoryBlob.objects.filter(sha256=sha256).delete()
    collect(CONDEMN)
    ticket = begin_upload(repo=thing, actor_user=owner, sha256=sha256, size=len(data))
    assert not ticket.present
    Upload.objects.all().delete()
    with pytest.raises(BlobMissing, match="not uploaded to this repository"):
        commit(thing, owner, [AddBlob("b.bin", sha256, len(data))])


def test_what_a_repository_refers_to_is_taken_back_before_it_is_deleted(thing, owner):
    data = xet.noise(70 * KIB, seed=25)
    sha256 = add_large(thing, owner, "a.bin", data)
    Blob.objects.filter(pk=sha256).update(condemned_at=timezone.now())
    assert collect()[Step.DELETE_BLOBS] == 0
    assert Blob.objects.get(pk=sha256).condemned_at is None
    assert read(sha256) == data


def condemn_xorb():
    """Condemn the only xorb."""
    Term.objects.all().delete()
    Upload.objects.all().delete()
    Reconstruction.objects.all().delete()
    collect(CONDEMN)
    assert Xorb.objects.get().condemned_at


@pytest.fixture
def lonely(thing, owner):
    """A repository, and a condemned xorb that it brought."""
    xorb = xet.Xorb(xet.cut(xet.noise(70 * KIB, seed=26)))
    bring_verified(thing, owner, xorb)
    register(thing, owner, xet.File([xet.Part(xorb)]))
    condemn_xorb()
    return thing, owner, xorb


def test_a_condemned_xorb_is_offered_to_nobody(lonely):
    thing, owner, xorb = lonely
    actor = Actor(owner, None)
    [digest, _] = xorb.nodes()[0]
    assert known_chunks(repo=thing, actor=actor, hash=xet.to_text(digest)) == []
    assert not begin_xorb(repo=thing, actor=actor, hash=xorb.hash, size=len(xorb.data)).present


def test_a_condemned_xorb_is_taken_back_by_a_shard_that_names_it(lonely):
    thing, owner, xorb = lonely
    file = xet.File([xet.Part(xorb)])
    register(thing, owner, file)
    assert Xorb.objects.get().condemned_at is None
    commit(thing, owner, [AddBlob("a.bin", file.true_sha256, len(file.raw))])
    collect()
    assert read(file.true_sha256) == file.raw


def test_a_condemned_xorb_is_taken_back_when_it_comes_again(lonely):
    thing, owner, xorb = lonely
    bring_verified(thing, owner, xorb)
    assert Xorb.objects.get().condemned_at is None
    Xorb.objects.update(condemned_at=timezone.now())
    assert uploads.keep_xorb(
        scope=thing.subject, hash=xorb.hash, file=io.BytesIO(xorb.data), size=len(xorb.data), user=owner
    ) in (True, False)
    assert Xorb.objects.get().condemned_at is None


def test_a_shard_that_names_a_deleted_xorb_is_refused_and_leaves_nothing(lonely):
    thing, owner, xorb = lonely
    assert collect()[Step.DELETE_XORBS] == 1
    with pytest.raises(InvalidInput, match="was not uploaded"):
        register(thing, owner, xet.File([xet.Part(xorb)]))
    assert nothing_left()
    bring_verified(thing, owner, xorb)
    register(thing, owner, xet.File([xet.Part(xorb)]))


def test_the_copies_of_a_repository_keep_its_content(thing, owner):
    data = xet.noise(70 * KIB, seed=27)
    sha256 = add_large(thing, owner, "a.bin", data)
    target = make_repository(owner)
    assert not share_objects(source=thing, target=target, sha256s=[sha256], actor_user=owner)
    copy, _ = duplicate_repository(
        source=thing, namespace=owner.namespace, name="copy", visibility=None, actor_user=owner
    )
    for repository in (thing, target):
        delete(repository, owner)
        collect()
        assert read(sha256) == data
    delete_large_files(repo=copy, sha256s=[sha256], rewrite_history=True, actor_user=owner)
    collect()
    assert not Blob.objects.filter(pk=sha256).exists()


def test_a_stretch_goes_on_where_the_last_one_stopped(thing, owner, monkeypatch):
    monkeypatch.setattr("hub.revisions.collection.LOOKED_AT", 2)
    monkeypatch.setattr("hub.revisions.collection.DELETED", 1)
    for seed in range(30, 35):
        add_chunked(thing, owner, f"{seed}.safetensors", xet.floats(70 * KIB, seed=seed))
    delete(thing, owner)
    assert collect()[Step.DELETE_XORBS] == 5
    assert nothing_left()


def test_the_queries_of_a_stretch_do_not_grow_with_what_it_looks_at(
    thing, owner, django_assert_max_num_queries
):
    for seed in range(40, 46):
        add_chunked(thing, owner, f"{seed}.safetensors", xet.floats(70 * KIB, seed=seed))
    delete(thing, owner)
    for step in list(Step)[:5]:
        with django_assert_max_num_queries(20):
            collect_stretch(step=step, after="", ages=AT_ONCE)
    assert nothing_left()


def stray(prefix, *, hash="ab" * 32):
    """Put an object that no row names."""
    id = "0" * 31 + "1"
    key = {"objects": f"objects/ab/{hash}-{id}", "xorbs": f"xorbs/ab/{hash}-{id}", "staging": f"staging/{id}"}
    s3.put(key[prefix], io.BytesIO(b"left"))
    return key[prefix]


def test_objects_that_no_row_names_are_deleted_when_they_are_old(thing, owner, monkeypatch):
    monkeypatch.setattr("hub.revisions.collection.LOOKED_AT", 3)
    data, other = xet.noise(70 * KIB, seed=50), xet.floats(70 * KIB, seed=51)
    sha256 = add_large(thing, owner, "a.bin", data)
    file = add_chunked(thing, owner, "b.safetensors", other)
    begun = begin_upload(repo=thing, actor_user=owner, sha256="cd" * 32, size=4, multipart=False)
    on_its_way = Upload.objects.get(pk=begun.upload_id).key
    s3.put(on_its_way, io.BytesIO(b"wait"))
    strays = [stray(prefix) for prefix in ("objects", "staging", "xorbs")]
    foreign = "objects/README"
    s3.put(foreign, io.BytesIO(b"mine"))
    collect()
    assert all(s3.size_of(key) for key in strays)
    collect(replace(AT_ONCE, orphans=NONE))
    assert not any(s3.size_of(key) for key in strays)
    assert s3.size_of(on_its_way) == s3.size_of(foreign) == 4
    assert (read(sha256), read(file.true_sha256)) == (data, other)
    s3.delete(foreign)


ROUNDS = 6


def collections(uploads_run, ages):
    """Collect, without the listing of the bucket, as often as there is time while uploads run."""
    while uploads_run():
        for step in list(Step)[:5]:
            collect_stretch(step=step, after="", ages=ages)


@pytest.mark.parametrize("ages", [AT_ONCE, replace(AT_ONCE, uploads=DAY)], ids=["nothing", "uploads"])
def test_no_content_is_lost_that_is_uploaded_while_the_collection_runs(owner, ages):
    """Many who bring, register and commit the same content, against collections that wait for nothing else.

    Nobody is told that something is there that is not: whatever was committed is read back. With ages of
    nothing a xorb may go before its shard comes, and a file before its commit; whoever tries again succeeds.
    """
    repositories = [make_repository(owner) for _ in range(3)]
    xorb = xet.Xorb(xet.cut(xet.noise(5000, seed=60), 1000))
    files = [xet.File([xet.Part(xorb)]), xet.File([xet.Part(xorb, 1, 4)])]
    contents = {file.true_sha256: file.raw for file in files}
    changes = [AddBlob(sha256[:8], sha256, len(raw)) for sha256, raw in contents.items()]
    running, told = set(), Counter()

    def publish(repository):
        try:
            bring_verified(repository, owner, xorb)
            register(repository, owner, *files)
            commit(repository, owner, changes)
        finally:
            running.discard(repository.pk)

    def recommit(repository):
        """As a client does whose upload was broken off before its commit."""
        try:
            commit(repository, owner, changes)
        finally:
            running.discard(repository.pk)

    collecting = partial(collections, lambda: running, ages)
    for act in [publish, recommit] * ROUNDS:
        running.update(repository.pk for repository in repositories)
        done = race([*(partial(act, repository) for repository in repositories), collecting, collecting])
        told.update(failures(done))
        for repository in repositories:
            held = RepositoryBlob.objects.filter(repository=repository, sha256__in=contents)
            told["kept"] += held.count()
            for row in held:
                assert row.state == RepositoryBlob.State.PRESENT
                assert read(row.sha256) == contents[row.sha256]
        RepositoryBlob.objects.filter(sha256__in=contents).delete()
    assert told.pop("kept")
    assert set(told) <= ({BlobMissing, InvalidInput} if ages == AT_ONCE else {InvalidInput}), told
    collect()
    assert nothing_left()
    assert Epoch.objects.count() == 1


def test_the_workers_go_through_a_round_a_task_at_a_time(thing, owner, settings, monkeypatch):
    settings.COLLECT_UPLOADS_AFTER = settings.COLLECT_XORBS_AFTER = settings.COLLECT_CONDEMNED_AFTER = 0
    add_chunked(thing, owner, "a.safetensors", xet.floats(70 * KIB, seed=61))
    delete(thing, owner)
    queue = [()]
    monkeypatch.setattr(tasks, "enqueue", lambda task, *args: queue.append(args))
    while queue:
        tasks.collect(*queue.pop())
    assert nothing_left()
    add_large(make_repository(owner, name="later"), owner, "b.bin", xet.noise(70 * KIB, seed=63))
    delete(Repository.objects.get(name="later"), owner)
    tasks.collect()
    assert not queue


def test_the_operator_is_told_what_was_collected(thing, owner):
    add_large(thing, owner, "b.bin", xet.noise(70 * KIB, seed=62))
    delete(thing, owner)
    said = io.StringIO()
    call_command("collect_garbage", stdout=said)
    assert "condemn-blobs: 0 condemned" in said.getvalue()
    call_command("collect_garbage", "--now", "--condemned", "3600", stdout=said)
    assert "condemn-blobs: 1 condemned" in said.getvalue()
    call_command("collect_garbage", "--now", stdout=said)
    assert f"delete-blobs: 0 condemned, 1 deleted, {70 * KIB} bytes" in said.getvalue()
    assert nothing_left()
