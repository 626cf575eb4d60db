"""What a shard says of files is believed when it is proved, and leaves nothing behind when it is not."""

import io
import time
import tracemalloc
from datetime import timedelta

import pytest
from django.utils import timezone

from storage.models import Blob, Chunk, Reconstruction, Term, Upload, Xorb
from storage.services import keep_object
from storage.uploads import verify_upload
from storage.xet import uploads
from storage.xet.hashing import chunk_hash, file_hash, range_hash, to_text
from storage.xet.registration import prove_files, register_files
from storage.xet.shards import FileBlock, ShardInvalid, TermBlock, parse_shard
from tests import xet
from tests.racing import failures, race

pytestmark = pytest.mark.django_db
SCOPE = "repository:0"
Part = xet.Part


def made(seed, *, chunks=5, size=1000):
    """A xorb."""
    return xet.Xorb(xet.cut(xet.noise(chunks * size, seed=seed), size))


def there(*xorbs):
    """Xorbs that were brought and verified."""
    for xorb in xorbs:
        uploads.keep_xorb(
            scope=SCOPE, hash=xorb.hash, file=io.BytesIO(xorb.data), size=len(xorb.data), user=None
        )
    return xorbs


def register(*files, scope=SCOPE):
    """What a shard of the files makes."""
    proved = prove_files(parse_shard(xet.Shard(list(files)).data).files)
    return register_files(scope=scope, proved=proved, user=None)


def nothing_written():
    """Whether no file was registered, not even in part."""
    tables = (Reconstruction, Term, Chunk, Upload, Blob)
    return not any(table.objects.exists() for table in tables)


def test_a_file_of_several_xorbs_is_registered_with_its_terms():
    first, second = there(made(1), made(2))
    file = xet.File([Part(first, 1, 4), Part(second), Part(first, 0, 1), Part(first, 1, 4)])
    [upload] = register(file)
    assert (upload.scope, upload.sha256, upload.size) == (SCOPE, file.true_sha256, 12_000)
    assert (upload.state, upload.key) == (Upload.State.RECEIVED, "")
    assert upload.reconstruction.hash == file.true_hash
    rows = Term.objects.order_by("start").values_list("start", "length", "xorb__hash", "first", "last")
    assert list(rows) == [
        (0, 3000, first.hash, 1, 4),
        (3000, 5000, second.hash, 0, 5),
        (8000, 1000, first.hash, 0, 1),
        (9000, 3000, first.hash, 1, 4),
    ]
    assert verify_upload(upload_id=upload.pk).state == Upload.State.VERIFIED
    assert Blob.objects.get().reconstruction == upload.reconstruction


LIES = {
    "no such xorb": lambda a, b: xet.File([Part(made(99))]),
    "past the end": lambda a, b: xet.File([Part(a, 0, 5), Part(b, 0, 9, length=9000)]),
    "far past the end": lambda a, b: xet.File([Part(a, 5000, 8000, length=3_000_000)]),
    "range hash": lambda a, b: xet.File([Part(a), Part(b, range_hash=bytes(32))]),
    "range hash of another range": lambda a, b: xet.File(
        [Part(a, 0, 2, range_hash=range_hash(b"".join(digest for digest, _ in a.nodes(1, 3))))]
    ),
    "one byte more": lambda a, b: xet.File([Part(a, length=5001)]),
    "one byte less": lambda a, b: xet.File([Part(a), Part(b, length=4999)]),
    "file hash": lambda a, b: xet.File([Part(a), Part(b)], hash=xet.File([Part(b), Part(a)]).true_hash),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_about_one_file_leaves_nothing_of_any(lie):
    first, second = there(made(1), made(2))
    with pytest.raises(ShardInvalid):
        register(xet.File([Part(first)]), lie(first, second), xet.File([Part(second)]))
    assert nothing_written()


def test_files_past_the_limits_are_refused_before_anything_is_looked_up(settings, django_assert_num_queries):
    [xorb] = there(made(1))
    file = xet.File([Part(xorb), Part(xorb)])
    settings.MAX_FILE_SIZE = 9_999
    with django_assert_num_queries(0), pytest.raises(ShardInvalid, match="at most 9999 bytes"):
        register(file)
    settings.MAX_FILE_SIZE, settings.XET_SHARD_CHUNKS = 10_000, 9
    with django_assert_num_queries(0), pytest.raises(ShardInvalid, match="at most 9 chunks"):
        register(file)
    settings.XET_SHARD_CHUNKS = 10
    assert register(file)


def test_a_file_of_many_terms_has_a_term_for_8_kib_at_least():
    """Else a short read of a small file would be a request to the store for each of its bytes."""
    [xorb] = there(made(1))
    parts = [Part(xorb, 0, 1), Part(xorb, 2, 3)] * 500
    assert register(xet.File(parts))
    with pytest.raises(ShardInvalid, match="1001 terms for 1001000 bytes"):
        register(xet.File([*parts, Part(xorb, 4, 5)]))


def test_whoever_knows_all_chunk_hashes_of_a_range_may_use_it_whoever_brought_it():
    [xorb] = there(made(1))
    [upload] = register(xet.File([Part(xorb, 2, 3)]), scope="repository:1")
    assert upload.scope == "repository:1"


def test_the_same_shard_again_changes_nothing():
    [xorb] = there(made(1))
    file = xet.File([Part(xorb)])
    register(file)
    assert register(file) == []
    assert [Reconstruction.objects.count(), Term.objects.count(), Chunk.objects.count()] == [1, 1, 1]
    verify_upload(upload_id=Upload.objects.get().pk)
    assert register(file) == []


def test_what_was_refused_may_be_registered_again():
    [xorb] = there(made(1))
    [upload] = register(xet.File([Part(xorb)], sha256="0" * 64))
    assert verify_upload(upload_id=upload.pk).state == Upload.State.REFUSED
    assert not Blob.objects.exists()
    assert register(xet.File([Part(xorb)], sha256="0" * 64))


def test_what_was_read_in_these_chunks_before_is_not_read_again():
    [xorb] = there(made(1))
    file = xet.File([Part(xorb)])
    verify_upload(upload_id=register(file)[0].pk)
    Blob.objects.update(condemned_at=timezone.now())
    [again] = register(file, scope="repository:1")
    assert again.state == Upload.State.VERIFIED
    assert Blob.objects.get().condemned_at is None
    [lie] = register(xet.File([Part(xorb, 0, 1)], sha256=file.true_sha256), scope="repository:2")
    assert lie.state == Upload.State.RECEIVED


def test_a_blob_that_is_gone_must_be_read_again_though_an_upload_of_it_was_verified():
    [xorb] = there(made(1))
    file = xet.File([Part(xorb)])
    verify_upload(upload_id=register(file)[0].pk)
    Blob.objects.all().delete()
    [again] = register(file)
    assert again.state == Upload.State.RECEIVED


def test_a_whole_object_that_comes_in_chunks_too_gets_both_places():
    [xorb] = there(made(1))
    file = xet.File([Part(xorb)])
    keep_object(sha256=file.true_sha256, size=5000, key="objects/whole")
    verify_upload(upload_id=register(file)[0].pk)
    blob = Blob.objects.get()
    assert (blob.key, blob.reconstruction_id) == ("objects/whole", file.true_hash)
    keep_object(sha256=file.true_sha256, size=5000, key="objects/other")
    blob.refresh_from_db()
    assert (blob.key, blob.reconstruction_id) == ("objects/whole", file.true_hash)


def test_xorbs_that_are_used_again_are_taken_back_and_fresh_ones_are_left_alone():
    first, second = there(made(1), made(2))
    long_ago = timezone.now() - timedelta(days=9)
    Xorb.objects.filter(hash=first.hash).update(used_at=long_ago, condemned_at=long_ago)
    before = Xorb.objects.get(hash=second.hash).used_at
    register(xet.File([Part(first), Part(second)]))
    revived = Xorb.objects.get(hash=first.hash)
    assert revived.condemned_at is None
    assert revived.used_at > before
    assert Xorb.objects.get(hash=second.hash).used_at == before


def test_a_xorb_that_is_collected_after_it_was_looked_at_stops_the_shard():
    first, second = there(made(1), made(2))
    proved = prove_files(parse_shard(xet.Shard([xet.File([Part(first), Part(second)])]).data).files)
    Xorb.objects.filter(hash=first.hash).delete()
    with pytest.raises(ShardInvalid, match="not uploaded"):
        register_files(scope=SCOPE, proved=proved, user=None)


def test_chunks_that_clients_ask_about_are_remembered():
    asked = next(number for number in range(10**6) if _divides(chunk_hash(str(number).encode())))
    xorb = xet.Xorb([b"first", b"second", b"third", str(asked).encode(), b"fifth"])
    there(xorb)
    register(xet.File([Part(xorb, 1)]), xet.File([Part(xorb, 2)]))
    found = {bytes(hash): place for hash, place in Chunk.objects.values_list("hash", "place")}
    wanted = {1: b"second", 2: b"third", 3: str(asked).encode()}
    assert found == {chunk_hash(data): place for place, data in wanted.items()}


def _divides(digest):
    return int.from_bytes(digest[24:], "little") % 1024 == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_files_in_two_orders_at_once_are_written_once():
    xorbs = there(*(made(seed) for seed in range(1, 9)))
    files = [xet.File([Part(xorb), Part(xorbs[0], 0, 1)]) for xorb in xorbs]
    futures = race(
        [
            lambda: register(*files),
            lambda: register(*reversed(files), scope="repository:1"),
            lambda: register(*files[4:], *files[:4], scope="repository:2"),
        ]
    )
    assert failures(futures) == []
    assert [len(future.result()) for future in futures] == [8, 8, 8]
    assert [Reconstruction.objects.count(), Term.objects.count()] == [8, 16]


def test_queries_do_not_grow_with_terms_or_files(django_assert_max_num_queries):
    xorbs = there(*(made(seed) for seed in range(1, 5)))
    with django_assert_max_num_queries(16):
        register(xet.File([Part(xorbs[0])]))
    many = [xet.File([Part(xorb, at, at + 1), Part(xorb)] * 20) for xorb in xorbs for at in range(5)]
    with django_assert_max_num_queries(16):
        register(*many)


def test_a_file_far_larger_than_any_memory_is_arithmetic(settings):
    xorb = made(1, chunks=64, size=65536)
    there(xorb)
    nodes = xorb.nodes()
    proof = to_text(range_hash(b"".join(digest for digest, _ in nodes)))
    repeats = 3200
    terms = [TermBlock(xorb.hash, 64 * 65536, 0, 64, proof)] * repeats
    name = to_text(file_hash(node for _ in range(repeats) for node in nodes))
    file = FileBlock(name, "0" * 64, repeats * 64 * 65536, terms)
    tracemalloc.start()
    began = time.monotonic()
    [upload] = register_files(scope=SCOPE, proved=prove_files([file]), user=None)
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert upload.size == repeats * 64 * 65536
    assert peak < 32 * 1024**2
    assert took < 60
