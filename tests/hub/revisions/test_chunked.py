"""Files that come in chunks: who may count on which xorbs, what becomes of a shard, what is left of a lie."""

import io

import pytest
from django.conf import settings as hub_settings
from django.utils import timezone

from accounts.actors import ANONYMOUS, Actor
from accounts.models import AuditEvent
from accounts.roles import Role
from hub.access.policy import Action
from hub.access.services import may
from hub.compute.headers import safetensors_headers
from hub.errors import BlobRefused, EntryNotFound, InvalidInput, NotYetVerified, RangeOutside
from hub.events import Event
from hub.repos.models import Repository
from hub.repos.selectors import pulled_by
from hub.revisions import tasks
from hub.revisions.chunked import (
    begin_xorb,
    finish_xorb,
    keep_xorb,
    known_chunks,
    plan_download,
    register_shard,
)
from hub.revisions.copies import duplicate_repository, share_objects
from hub.revisions.location import locate
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob
from hub.revisions.rewriting import delete_large_files, squash_history
from hub.revisions.selectors import find_file, list_tree, resolve_revision
from hub.scanning.running import inspect_blob
from hub.scanning.scanners import all_scanners
from storage import s3
from storage.errors import UploadUnknown
from storage.models import Blob, Chunk, Reconstruction, Term, Upload, Xorb, XorbUpload
from storage.readers import open_blob
from storage.services import quarantine
from storage.xet.hashing import to_text
from storage.xet.xorbs import MAX_XORB
from tests import xet
from tests.builders import artifacts, pickles
from tests.factories.accounts import make_member, make_organisation, make_token, make_user
from tests.factories.chunked import add_chunked, bring, bring_verified, register
from tests.factories.repositories import add_large, commit, make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db
KIB = 1024
QUEUE = "celery"


@pytest.fixture
def owner():
    """A user."""
    return make_user()


@pytest.fixture
def thing(owner):
    """A public repository of the user."""
    return make_repository(owner)


@pytest.fixture
def hidden(owner):
    """A private repository of the user."""
    return make_repository(owner, visibility="private")


@pytest.fixture
def other():
    """Somebody else with a repository."""
    user = make_user()
    return user, make_repository(user)


def made(seed=1, *, chunks=3):
    """A xorb."""
    return xet.Xorb(xet.cut(xet.noise(chunks * 1000, seed=seed), 1000))


def file_at(repository, path, revision="main"):
    """A file of the repository."""
    return find_file(resolve_revision(repository, revision), path)


def read(sha256):
    """All bytes of a blob."""
    with open_blob(Blob.objects.get(pk=sha256)) as reader:
        return reader.read()


def ask(repository, user, xorb):
    """The ticket for a xorb."""
    return begin_xorb(repo=repository, actor=Actor(user, None), hash=xorb.hash, size=len(xorb.data))


def known(repository, user, chunk):
    """The xorb that is told of a chunk, or None."""
    hash = to_text(xet.chunk_hash(chunk))
    found = known_chunks(repo=repository, actor=Actor(user, None), hash=hash, unverified=True)
    assert len(found) < 2
    return found[0] if found else None


# --- from chunks to a file ----------------------------------------------------------------------


def test_a_file_comes_in_chunks_and_is_read_like_any_other(thing, owner):
    data = xet.floats(300 * KIB, seed=1)
    file = add_chunked(thing, owner, "model.safetensors", data)
    entry = file_at(thing, "model.safetensors")
    assert (entry.availability, entry.size, entry.blob.key) == ("present", len(data), "")
    assert entry.blob.reconstruction_id == file.true_hash
    assert read(entry.sha256) == data
    found = locate(thing, "main", "model.safetensors")
    assert found.entry.blob.reconstruction_id == file.true_hash
    [event] = AuditEvent.objects.filter(event=Event.FILES_REGISTERED)
    assert (event.subject, event.data["count"], event.data["size"]) == (thing.subject, 1, len(data))


def test_the_reconstruction_of_a_file_comes_with_it(thing, owner, django_assert_num_queries):
    add_chunked(thing, owner, "a.bin", xet.noise(5000))
    revision = resolve_revision(thing, "main")
    [entry] = [entry for entry in list_tree(revision) if entry.path == "a.bin"]
    with django_assert_num_queries(0):
        assert entry.blob.reconstruction_id


def test_a_large_file_is_read_by_a_worker(thing, owner, settings):
    settings.VERIFY_INLINE_LIMIT = 10
    data = xet.noise(5000)
    file = add_chunked(thing, owner, "a.bin", data)
    found = locate(thing, "main", "a.bin")
    assert found.entry.availability == "checking"
    assert (found.unverified_key, found.unverified_chunks) == ("", file.true_hash)
    tasks.verify(str(Upload.objects.get().pk))
    assert file_at(thing, "a.bin").availability == "present"


def test_a_sha256_that_is_not_that_of_the_chunks_is_refused_at_the_commit(thing, owner, other):
    xorb = made()
    bring_verified(thing, owner, xorb)
    victim = add_large(other[1], other[0], "secret.bin", b"private bytes")
    register(thing, owner, xet.File([xet.Part(xorb)], sha256=victim))
    with pytest.raises(BlobRefused, match="sha256"):
        commit(thing, owner, [AddBlob("a.bin", victim, 3000)])
    assert not RepositoryBlob.objects.filter(repository=thing, sha256=victim).exists()


def test_content_that_came_whole_and_then_in_chunks_has_both_places(thing, owner, other):
    data = xet.noise(5000)
    sha256 = add_large(thing, owner, "whole.bin", data)
    add_chunked(other[1], other[0], "chunks.bin", data)
    blob = Blob.objects.get(pk=sha256)
    assert blob.key
    assert blob.reconstruction_id
    assert read(sha256) == data


def test_content_that_came_in_chunks_and_then_whole_has_both_places(thing, owner, other):
    data = xet.noise(5000)
    add_chunked(thing, owner, "chunks.bin", data)
    sha256 = add_large(other[1], other[0], "whole.bin", data)
    blob = Blob.objects.get(pk=sha256)
    assert blob.key
    assert blob.reconstruction_id


def test_a_second_name_for_the_same_content_is_not_read_again(thing, owner, other, monkeypatch):
    data = xet.noise(5000)
    file = add_chunked(thing, owner, "a.bin", data)
    monkeypatch.setattr(s3, "read_range", None)
    user, repository = other
    register(repository, user, file)
    commit(repository, user, [AddBlob("b.bin", file.true_sha256, len(data))])
    assert file_at(repository, "b.bin").availability == "present"


def test_a_shard_has_its_xorbs_verified_that_no_worker_has_read_yet(thing, owner):
    first, second = made(1), made(2)
    bring(thing, owner, first)
    bring(thing, owner, second)
    assert not Xorb.objects.exists()
    register(thing, owner, xet.File([xet.Part(first), xet.Part(second)]))
    assert Xorb.objects.count() == 2
    assert not XorbUpload.objects.exclude(state="verified").exists()


def test_a_shard_whose_xorbs_take_too_long_may_be_sent_again(thing, owner, settings):
    xorb = made()
    bring(thing, owner, xorb)
    settings.XET_SHARD_SECONDS = -1
    with pytest.raises(NotYetVerified):
        register(thing, owner, xet.File([xet.Part(xorb)]))
    assert not Upload.objects.exists()
    settings.XET_SHARD_SECONDS = 30
    register(thing, owner, xet.File([xet.Part(xorb)]))
    assert Upload.objects.exists()


@pytest.mark.parametrize("data", [b"", b"x" * 100, xet.Shard(tag=bytes(32)).data, xet.Shard().data[:-1]])
def test_what_is_no_shard_is_an_invalid_input(thing, owner, data):
    with pytest.raises(InvalidInput) as wrong:
        register_shard(repo=thing, actor_user=owner, data=data)
    assert wrong.value.field == "shard"


def test_a_refused_xorb_is_named_with_its_reason_and_nothing_is_registered(thing, owner):
    good, bad = made(1), made(2)
    bring(thing, owner, good)
    bring(thing, owner, bad, data=bad.data[:-10])
    with pytest.raises(InvalidInput, match=rf"{bad.hash} was not uploaded: Chunk 2 is cut off"):
        register(thing, owner, xet.File([xet.Part(good)]), xet.File([xet.Part(bad)]))
    assert not any(table.objects.exists() for table in (Upload, Reconstruction, Term, Chunk))
    assert not AuditEvent.objects.filter(event=Event.FILES_REGISTERED).exists()


def test_a_shard_without_files_registers_nothing(thing, owner):
    register(thing, owner)
    assert not Upload.objects.exists()


# --- who may count on what ----------------------------------------------------------------------


def test_a_xorb_of_a_public_file_need_not_come_again(thing, owner, other):
    xorb = made()
    bring(thing, owner, xorb)
    assert not ask(other[1], other[0], xorb).present
    register(thing, owner, file := xet.File([xet.Part(xorb)]))
    assert not ask(other[1], other[0], xorb).present
    commit(thing, owner, [AddBlob("a.bin", file.true_sha256, 3000)])
    assert ask(other[1], other[0], xorb).present
    Xorb.objects.update(condemned_at=timezone.now())
    assert not ask(other[1], other[0], xorb).present


def test_that_a_private_xorb_exists_is_told_to_its_people_only(
    hidden, owner, other, django_assert_max_num_queries
):
    data = xet.noise(3000)
    file = add_chunked(hidden, owner, "a.bin", data, size=1000, scheme=xet.RAW)
    xorb = file.parts[0].xorb
    user, repository = other
    with django_assert_max_num_queries(6):
        assert not ask(repository, user, xorb).present
    assert known(repository, user, xorb.chunks[0]) is None
    mine = make_repository(owner)
    with django_assert_max_num_queries(2):
        assert ask(mine, owner, xorb).present
    with django_assert_max_num_queries(7):
        found = known(mine, owner, xorb.chunks[0])
    assert (found.xorb, found.table.chunks, found.table.size) == (xorb.hash, 3, len(xorb.data))


def test_a_withheld_file_is_no_reason_to_tell_of_its_xorbs(thing, owner, other):
    file = add_chunked(thing, owner, "a.bin", xet.noise(3000))
    quarantine(sha256=file.true_sha256)
    assert not ask(other[1], other[0], file.parts[0].xorb).present


def test_what_a_repository_brought_itself_need_not_come_again(thing, owner, other):
    xorb = made()
    upload_id = bring(thing, owner, xorb)
    assert ask(thing, owner, xorb).present
    assert not ask(other[1], other[0], xorb).present
    tasks.verify_xorb(upload_id)
    assert ask(thing, owner, xorb).present
    assert not ask(other[1], other[0], xorb).present


def test_a_chunk_is_known_to_who_brought_it_before_the_commit(thing, owner, other):
    xorb = made()
    bring_verified(thing, owner, xorb)
    register(thing, owner, xet.File([xet.Part(xorb)]))
    assert known(thing, owner, xorb.chunks[0]).xorb == xorb.hash
    assert known(thing, owner, xorb.chunks[1]) is None
    assert known(other[1], other[0], xorb.chunks[0]) is None


def test_a_chunk_of_a_xorb_that_is_about_to_go_is_not_known(thing, owner):
    file = add_chunked(thing, owner, "a.bin", xet.noise(3000))
    Xorb.objects.update(condemned_at=timezone.now())
    assert known(thing, owner, file.parts[0].xorb.chunks[0]) is None


def test_a_shard_needs_more_than_the_name_of_somebody_elses_xorb(hidden, owner, other):
    file = add_chunked(hidden, owner, "secret.bin", xet.noise(3000))
    user, repository = other
    stolen = xet.File([xet.Part(file.parts[0].xorb, range_hash=bytes(32))])
    with pytest.raises(InvalidInput, match="range hash"):
        register(repository, user, stolen)
    assert not Upload.objects.filter(scope=repository.subject).exists()


def test_the_list_of_repositories_whose_files_one_may_have_is_that_of_the_permission_table():
    people = [None, make_user(), admin := make_user()]
    lab = make_organisation("the-lab", owner=admin)
    people += [make_member(lab, role) for role in Role if role != Role.ADMIN]
    for visibility in Repository.Visibility:
        for gate in Repository.Gate:
            repository = make_repository(admin, namespace=lab, visibility=visibility)
            Repository.objects.filter(pk=repository.pk).update(gated=gate)
    actors = [Actor(person, None) if person else ANONYMOUS for person in people]
    actors += [Actor(person, make_token(person, role="read")[0]) for person in people if person]
    for actor in actors:
        had = {repository for repository in Repository.objects.all() if may(actor, repository, Action.PULL)}
        assert set(pulled_by(actor)) == had
    Repository.objects.update(taken_down_at=timezone.now())
    assert not any(pulled_by(actor).exists() for actor in actors)


# --- xorbs, and their words ---------------------------------------------------------------------


@pytest.mark.parametrize("hash", ["", "x" * 64, "AB" * 32, "ab" * 31, "\0" * 64])
def test_what_is_no_hash_is_an_invalid_input(thing, owner, hash):
    actor = Actor(owner, None)
    calls = [
        lambda: begin_xorb(repo=thing, actor=actor, hash=hash, size=5),
        lambda: finish_xorb(repo=thing, hash=hash, upload_id="x"),
        lambda: keep_xorb(repo=thing, actor_user=owner, hash=hash, file=io.BytesIO(), size=0),
        lambda: known_chunks(repo=thing, actor=actor, hash=hash),
        lambda: plan_download(repo=thing, file_hash=hash),
    ]
    for call in calls:
        with pytest.raises(InvalidInput) as wrong:
            call()
        assert wrong.value.field == "hash"


@pytest.mark.parametrize("size", [0, -1, MAX_XORB + 1, 2**63, True, "5", None, 5.0])
def test_a_xorb_has_a_length_that_one_can_have(thing, owner, size):
    with pytest.raises(InvalidInput) as wrong:
        begin_xorb(repo=thing, actor=Actor(owner, None), hash=made().hash, size=size)
    assert wrong.value.field == "length"
    assert not XorbUpload.objects.exists()


def test_another_repositorys_grant_is_unknown(thing, owner, other):
    xorb = made()
    ticket = ask(thing, owner, xorb)
    with pytest.raises(UploadUnknown):
        finish_xorb(repo=other[1], hash=xorb.hash, upload_id=ticket.upload_id)


def test_a_xorb_that_comes_through_the_hub(thing, owner):
    xorb = made()
    plain = {"repo": thing, "actor_user": owner, "hash": xorb.hash, "size": len(xorb.data)}
    assert keep_xorb(**plain, file=io.BytesIO(xorb.data))
    assert not keep_xorb(**plain, file=io.BytesIO(xorb.data))
    with pytest.raises(InvalidInput, match="not those of xorb"):
        keep_xorb(**plain, file=io.BytesIO(made(2).data))
    register(thing, owner, xet.File([xet.Part(xorb)]))


@pytest.mark.django_db(transaction=True)
def test_a_xorb_that_has_arrived_is_handed_to_a_worker_and_by_the_sweep_to_the_next(
    thing, owner, redis_connection
):
    upload_id = bring(thing, owner, made())
    queued = b"".join(redis_connection.lrange(QUEUE, 0, -1))
    assert b"hub.revisions.tasks.verify_xorb" in queued
    redis_connection.delete(QUEUE)
    tasks.sweep()
    assert redis_connection.llen(QUEUE) == 0
    long_ago = timezone.now() - timezone.timedelta(seconds=hub_settings.RECHECK_AFTER + 1)
    XorbUpload.objects.update(queued_at=long_ago)
    tasks.sweep()
    assert redis_connection.llen(QUEUE) == 1
    tasks.verify_xorb(upload_id)
    tasks.verify_xorb(upload_id)
    assert XorbUpload.objects.get().state == "verified"


@pytest.mark.django_db(transaction=True)
def test_two_clients_that_bring_the_same_new_content_at_once_both_succeed(thing, owner, other):
    xorb = made(77)
    file = xet.File([xet.Part(xorb)])

    def publish(repository, user):
        bring(repository, user, xorb)
        register(repository, user, file)
        commit(repository, user, [AddBlob("a.bin", file.true_sha256, 3000)])

    futures = race([lambda: publish(thing, owner), lambda: publish(other[1], other[0])])
    assert failures(futures) == []
    assert [file_at(each, "a.bin").availability for each in (thing, other[1])] == ["present"] * 2
    assert [table.objects.count() for table in (Xorb, Reconstruction, Term)] == [1, 1, 1]
    # One that came second may have been left to the workers, which drop it.
    for upload in XorbUpload.objects.filter(state=XorbUpload.State.RECEIVED):
        tasks.verify_xorb(str(upload.pk))
    listed = s3.client().list_objects_v2(
        Bucket=hub_settings.S3_BUCKET, Prefix=f"xorbs/{xorb.hash[:2]}/{xorb.hash}"
    )
    assert [item["Key"] for item in listed["Contents"]] == [Xorb.objects.get().key]


# --- plans of downloads -------------------------------------------------------------------------


def test_a_download_is_planned_in_two_queries_for_what_the_repository_holds(
    thing, owner, other, django_assert_num_queries
):
    file = add_chunked(thing, owner, "a.bin", xet.noise(5000), size=1000)
    with django_assert_num_queries(2):
        plan = plan_download(repo=thing, file_hash=file.true_hash, first=1500, last=2**40)
    assert (plan.size, plan.offset) == (5000, 500)
    assert [(span.first, span.last, span.length) for span in plan.spans] == [(1, 5, 4000)]
    with pytest.raises(EntryNotFound):
        plan_download(repo=other[1], file_hash=file.true_hash, unverified=True)
    with pytest.raises(RangeOutside) as outside:
        plan_download(repo=thing, file_hash=file.true_hash, first=5000)
    assert outside.value.size == 5000
    with pytest.raises(InvalidInput):
        plan_download(repo=thing, file_hash=file.true_hash, first=5, last=4)


def test_what_is_still_being_checked_is_for_those_who_may_write(thing, owner, settings):
    settings.VERIFY_INLINE_LIMIT = 10
    file = add_chunked(thing, owner, "a.bin", xet.noise(5000))
    with pytest.raises(EntryNotFound):
        plan_download(repo=thing, file_hash=file.true_hash)
    assert plan_download(repo=thing, file_hash=file.true_hash, unverified=True).size == 5000


def test_what_is_withheld_cannot_be_downloaded(thing, owner):
    file = add_chunked(thing, owner, "a.bin", xet.noise(5000))
    quarantine(sha256=file.true_sha256)
    with pytest.raises(EntryNotFound):
        plan_download(repo=thing, file_hash=file.true_hash, unverified=True)


# --- everything else that is done with files ----------------------------------------------------


def test_the_header_of_weights_in_chunks_is_read(thing, owner):
    data = artifacts.safetensors({"a": artifacts.tensor(0, 40_000, shape=(100, 100))}, bytes(40_000))
    add_chunked(thing, owner, "model.safetensors", data, size=8192)
    headers = safetensors_headers([file_at(thing, "model.safetensors")])
    assert sum(headers["model.safetensors"].parameters.values()) == 10_000


def test_a_scanner_finds_in_chunks_what_it_finds_in_a_whole_file(thing, owner):
    evil = pickles.torch_file(pickles.calling("os", "system"), data=bytes(200 * KIB))
    file = add_chunked(thing, owner, "model.bin", evil, size=10_000)
    blob = Blob.objects.get(pk=file.true_sha256)
    verdicts = {said.verdict for said in inspect_blob(all_scanners().values(), blob).values()}
    assert "dangerous" in verdicts


def test_histories_copies_and_deletions_treat_chunks_like_whole_objects(thing, owner, other):
    data = xet.noise(5000)
    file = add_chunked(thing, owner, "a.bin", data)
    sha256 = file.true_sha256
    user, repository = other
    assert not share_objects(source=thing, target=repository, sha256s=[sha256], actor_user=user)
    commit(repository, user, [AddBlob("shared.bin", sha256, 5000)])
    assert file_at(repository, "shared.bin").blob.reconstruction_id == file.true_hash
    copy, waits = duplicate_repository(
        source=thing, namespace=user.namespace, name="copy", visibility=None, actor_user=user
    )
    assert (waits, file_at(copy, "a.bin").availability) == (False, "present")
    squash_history(repo=thing, branch="main", message="", actor_user=owner)
    assert file_at(thing, "a.bin").availability == "present"
    assert delete_large_files(repo=thing, sha256s=[sha256], rewrite_history=True, actor_user=owner) == 1
    assert not Upload.objects.filter(scope=thing.subject).exists()
    assert plan_download(repo=copy, file_hash=file.true_hash).size == 5000
    with pytest.raises(EntryNotFound):
        plan_download(repo=thing, file_hash=file.true_hash)
    register(thing, owner, file)
    commit(thing, owner, [AddBlob("again.bin", sha256, 5000)])
    assert read(file_at(thing, "again.bin").sha256) == data
