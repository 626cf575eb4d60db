"""Xorbs on their way in: by a link or through the hub, and what is left of those that are lies."""

import json
import urllib.error

import pytest
from django.conf import settings

from storage import s3
from storage.xet.models import Xorb as KeptXorb
from storage.xet.models import XorbUpload
from storage.xet.xorbs import LZ4, MAX_XORB
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository, put
from tests.http.api import Api
from tests.http.xet.conftest import grant, pass_for, send_by_link
from tests.xet import File, Part, Shard, Xorb, cut, framed, noise, packed

XORB = Xorb(cut(noise(200_000)))


@pytest.fixture
def storage(owner):
    """The storage as ada reaches it to write into her repository."""
    make_repository(owner.user, name="thing")
    return pass_for(owner, "models/ada/thing")


def keys():
    """All there is in the store of this test: names of xorbs and of what is on its way."""
    pages = s3.client().get_paginator("list_objects_v2").paginate(Bucket=settings.S3_BUCKET)
    return {item["Key"] for page in pages for item in page.get("Contents", ())}


def kept():
    """How many xorbs the hub knows, verified or on their way."""
    return KeptXorb.objects.count() + XorbUpload.objects.count()


@pytest.fixture
def before(db):
    """What is in the store already."""
    return keys()


def test_a_grant_is_a_link_for_exactly_so_many_bytes(storage):
    told = grant(storage, XORB.hash, len(XORB.data))
    assert (told.status_code, told.json()["method"], told.json()["headers"]) == (
        201,
        "PUT",
        {"If-None-Match": "*"},
    )
    for wrong in (XORB.data[:-1], XORB.data + b"x"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            put(told.json()["url"], wrong, told.json()["headers"])
        refused.value.close()
    put(told.json()["url"], XORB.data, told.json()["headers"])
    answer = storage.post(f"v1/xorb-commits/default/{XORB.hash}/grant/{told.json()['id']}")
    assert (answer.status_code, answer.json()) == (200, {"was_inserted": True})
    again = storage.post(f"v1/xorb-commits/default/{XORB.hash}/grant/{told.json()['id']}")
    assert again.status_code == 200


def test_what_this_repository_was_sent_is_not_asked_for_again(storage):
    send_by_link(storage, XORB)
    assert grant(storage, XORB.hash, len(XORB.data)).status_code == 200


def test_nobody_is_told_what_others_have_sent(storage):
    send_by_link(storage, XORB)
    storage.post(f"v1/xorbs/default/{XORB.hash}", XORB.data)
    other = Api(make_user("bob"))
    make_repository(other.user, name="mine")
    assert grant(pass_for(other, "models/bob/mine"), XORB.hash, len(XORB.data)).status_code == 201


def test_only_bytes_that_are_there_are_committed(storage):
    told = grant(storage, XORB.hash, len(XORB.data)).json()
    assert storage.post(f"v1/xorb-commits/default/{XORB.hash}/grant/{told['id']}").status_code == 400


def test_a_grant_is_for_one_xorb_of_one_repository(owner, storage):
    told = grant(storage, XORB.hash, len(XORB.data)).json()
    put(told["url"], XORB.data, told["headers"])
    make_repository(owner.user, name="other")
    other = pass_for(owner, "models/ada/other")
    for who, hash, id in (
        (other, XORB.hash, told["id"]),
        (storage, "0" * 64, told["id"]),
        (storage, XORB.hash, "0" * 32),
        (storage, XORB.hash, "no-id"),
    ):
        assert who.post(f"v1/xorb-commits/default/{hash}/grant/{id}").status_code == 404


@pytest.mark.parametrize(
    "length", [None, -1, 0, MAX_XORB + 1, 2**63, 2**64, 1.5, "100", True, [], {}, 10**400]
)
def test_a_length_must_be_one_that_a_xorb_can_have(storage, length):
    answer = grant(storage, XORB.hash, length)
    assert (answer.status_code, answer.json()["field"]) == (400, "length")
    assert not XorbUpload.objects.exists()


@pytest.mark.parametrize("hash", ["x", "0" * 63, "0" * 65, "g" * 64, XORB.hash.upper() + "A", "%20", "ü"])
def test_a_hash_must_be_one(storage, hash):
    answers = [
        grant(storage, hash, 100),
        storage.post(f"v1/xorbs/default/{hash}", XORB.data),
        storage.get(f"v1/chunks/default/{hash}"),
    ]
    assert [answer.status_code for answer in answers] == [400] * 3
    assert kept() == 0


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"length": NaN}', b"\xff", b'{"length": 1e999}']
)
def test_a_grant_asks_in_json(storage, body):
    path = f"v1/xorb-grants/default/{XORB.hash}"
    assert storage.send("POST", path, body, media="application/json").status_code == 400
    assert not XorbUpload.objects.exists()


def test_a_xorb_may_come_through_the_hub(storage, before):
    path = f"v1/xorbs/default/{XORB.hash}"
    assert storage.post(path, XORB.data).json() == {"was_inserted": True}
    assert len(keys() - before) == 1
    assert storage.post(path, XORB.data).json() == {"was_inserted": False}
    assert len(keys() - before) == 1
    assert grant(storage, XORB.hash, len(XORB.data)).status_code == 200


BOMB = framed(packed(bytes(10 * 2**20), LZ4), scheme=LZ4, length=65536)
LIES = {
    "another xorb": Xorb(cut(noise(200_000, 1))).data,
    "cut off in a chunk": XORB.data[:-1],
    "cut off between chunks": Xorb(XORB.chunks[:-1]).data,
    "nothing": b"",
    "chunks in another order": Xorb(XORB.chunks[::-1]).data,
    "a bomb": BOMB,
    "a bomb behind true chunks": XORB.data + BOMB,
    "more behind the chunks": XORB.data + b"\0" * 100,
    "a length that is not the chunk's": framed(XORB.chunks[0], scheme=0, length=100),
    "no xorb": noise(100_000, 2),
}


@pytest.mark.parametrize("data", LIES.values(), ids=LIES)
def test_what_is_not_the_xorb_is_refused_and_leaves_nothing(storage, before, data):
    answer = storage.post(f"v1/xorbs/default/{XORB.hash}", data)
    assert answer.status_code == 400
    assert kept() == 0
    assert keys() == before


def test_a_body_that_breaks_off_or_is_too_long_leaves_nothing(storage, before):
    path = f"v1/xorbs/default/{XORB.hash}"
    short = storage.send("POST", path, XORB.data, length=len(XORB.data) + 1)
    long = storage.send("POST", path, XORB.data, length=MAX_XORB + 1)
    assert (short.status_code, long.status_code) == (400, 413)
    assert not KeptXorb.objects.exists()
    assert keys() == before


def test_calls_of_an_upload_cost_few_queries(storage, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        told = grant(storage, XORB.hash, len(XORB.data)).json()
    put(told["url"], XORB.data, told["headers"])
    with django_assert_max_num_queries(7):
        storage.post(f"v1/xorb-commits/default/{XORB.hash}/grant/{told['id']}")


def test_a_link_that_was_handed_out_writes_nothing_that_counts(storage):
    told = send_by_link(storage, XORB)
    answer = storage.post("v2/shards", Shard([File([Part(XORB)])], [XORB]).data)
    assert json.loads(answer.content)["type"] == "result"
    with pytest.raises(urllib.error.HTTPError) as refused:
        put(told["url"], noise(len(XORB.data), 3), told["headers"])
    refused.value.close()
    assert refused.value.code == 412
    kept = KeptXorb.objects.get(hash=XORB.hash)
    assert s3.read_range(kept.key, 0, kept.size) == XORB.data


@pytest.fixture
def store_away(settings):
    """Has the hub look for its store where nothing answers."""
    yield lambda: (setattr(settings, "S3_ENDPOINT_URL", "http://127.0.0.1:9"), s3.client.cache_clear())
    s3.client.cache_clear()


def test_a_store_that_does_not_answer_is_told_as_what_passes(storage, store_away):
    told = grant(storage, XORB.hash, len(XORB.data)).json()
    store_away()
    for path, body in (
        (f"v1/xorb-commits/default/{XORB.hash}/grant/{told['id']}", b""),
        (f"v1/xorbs/default/{XORB.hash}", XORB.data),
    ):
        answer = storage.post(path, body)
        assert (answer.status_code, answer["X-Error-Code"], answer["Retry-After"]) == (503, "StoreAway", "5")
        assert "127.0.0.1" not in answer.content.decode() + answer["X-Error-Message"]
