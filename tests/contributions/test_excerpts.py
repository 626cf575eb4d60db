"""What a moderator is shown of the bytes of a file: the right ones, few of them, whatever the file does."""

import hashlib
import random
import time

import pytest

from contributions.moderation.evidence.excerpts import Excerpt, excerpt_of
from contributions.moderation.evidence.headers import format_of, header_of
from contributions.moderation.evidence.places import Place, place_of
from contributions.moderation.evidence.refusals import Refusal
from storage import readers
from storage.models import Blob
from tests.builders import artifacts, hostile, pickles, weights

pytestmark = pytest.mark.django_db
SYSTEM = pickles.calling("os", "system", "rm -rf x", protocol=4)


def keep(data: bytes) -> str:
    """A blob in the database, which no door has looked at."""
    sha256 = hashlib.sha256(data).hexdigest()
    Blob.objects.get_or_create(sha256=sha256, defaults={"size": len(data), "data": data})
    return sha256


def look(data: bytes, where: str) -> Excerpt:
    return excerpt_of(keep(data), where)


def named(excerpt: Excerpt) -> list[tuple[int, str, str]]:
    return [(one.offset, one.name, one.argument) for one in excerpt.instructions]


def marked(excerpt: Excerpt) -> list[tuple[int, str]]:
    return [(one.offset, one.name) for one in excerpt.instructions if one.marked]


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("", Place()),
        ("byte 12", Place(byte=12)),
        ("line 3", Place(line=3)),
        ("model/data.pkl, byte 12", Place("model/data.pkl", byte=12)),
        ("a, b.pkl, bytes at 7, byte 2", Place("a, b.pkl, bytes at 7", byte=2)),
        ("config.json", Place("config.json")),
        ("byte 99999999999999999999999", Place("byte 99999999999999999999999")),
    ],
)
def test_the_words_of_a_place_are_taken_apart(where, place):
    assert place_of(where) == place


def test_the_bytes_around_an_offset_are_told_in_rows_of_sixteen():
    data = bytes(range(256)) * 8
    rows = look(data, "byte 1000").rows
    assert len(rows) == 16
    assert (rows[0].offset, rows[0].data) == (928, data[928:944])
    assert [row.offset for row in rows if row.marked] == [992]
    assert rows[4].hex == "e0 e1 e2 e3 e4 e5 e6 e7  e8 e9 ea eb ec ed ee ef"
    assert look(b"Hi\0\x7f!", "").rows[0].text == "Hi..!"
    assert not any(row.marked for row in look(data, "").rows)


def test_a_pickle_is_told_as_words_and_not_loaded():
    at = SYSTEM.index(b"\x93")
    excerpt = look(SYSTEM, f"byte {at}")
    assert named(excerpt) == [
        (0, "PROTO", "4"),
        (2, "FRAME", str(len(SYSTEM) - 11)),
        (11, "SHORT_BINUNICODE", "'os'"),
        (15, "MEMOIZE", ""),
        (16, "SHORT_BINUNICODE", "'system'"),
        (24, "MEMOIZE", ""),
        (25, "STACK_GLOBAL", ""),
        (26, "SHORT_BINUNICODE", "'rm -rf x'"),
        (36, "TUPLE1", ""),
        (37, "REDUCE", ""),
        (38, "STOP", ""),
    ]
    assert marked(excerpt) == [(25, "STACK_GLOBAL")]


def test_arguments_are_cut_and_escaped():
    data = b"\x80\x02" + pickles.global_line("a\x1b", "b" * 300) + b"V" + b"x\x00<b>" * 40 + b"\n\x85R."
    [_, first, second, *_] = look(data, "byte 2").instructions
    assert first.argument.startswith("a\\u001b bbb")
    assert max(len(first.argument), len(second.argument)) <= 81
    assert all(character.isprintable() for character in first.argument + second.argument)


@pytest.mark.parametrize("deflated", [False, True])
def test_a_member_of_a_zip_is_found_by_its_directory(deflated):
    data = pickles.torch_file(pickles.calling("os", "system", protocol=2), deflated=deflated)
    assert marked(look(data, "model/data.pkl, byte 2")) == [(2, "GLOBAL")]
    assert look(data, "model/version").rows[0].data == b"3\n"
    assert look(data, "model/nothing, byte 2").refusal is Refusal.ABSENT


def test_what_is_packed_several_times_is_found():
    inner = pickles.zip_of({"in/x.pkl": SYSTEM})
    outer = pickles.zip_of({"a.zip": inner, "note": b"text"}, deflated=True)
    assert marked(look(outer, "a.zip/in/x.pkl, byte 25")) == [(25, "STACK_GLOBAL")]
    tar = artifacts.tar_of({"a/x.pkl": SYSTEM})
    assert marked(look(tar, "a/x.pkl, byte 25")) == [(25, "STACK_GLOBAL")]
    packed = hostile.gzip.compress(SYSTEM)
    assert marked(look(packed, "unpacked, byte 25")) == [(25, "STACK_GLOBAL")]


def test_a_pickle_in_the_bytes_of_a_pickle_is_found():
    data = b"\x80\x02" + pickles.byte_string(SYSTEM) + b"."
    assert marked(look(data, "bytes at 7, byte 25")) == [(25, "STACK_GLOBAL")]


def test_a_pickle_behind_something_else_is_told_from_its_beginning():
    png = b"\x89PNG\r\n\x1a\n" + bytes(300)
    excerpt = look(png + SYSTEM, f"byte {len(png)}")
    assert marked(excerpt) == [(len(png), "PROTO")]
    assert excerpt.instructions[1].name == "FRAME"


def test_the_second_pickle_of_a_file_is_reached():
    data = pickles.legacy_torch_file(pickles.calling("os", "system", protocol=2))
    at = data.index(b"cos\nsystem")
    assert marked(look(data, f"byte {at}")) == [(at, "GLOBAL")]


def test_the_array_of_joblib_before_a_place_is_stepped_over():
    data = pickles.joblib_array(b"\x93cos\n" * 20) + pickles.calling("os", "system", protocol=2)
    at = data.rindex(b"cos\nsystem")
    assert marked(look(data, f"byte {at}")) == [(at, "GLOBAL")]


def test_text_is_told_around_its_line_and_has_no_instructions():
    data = b"first\nsecond\n(third: os.system\n"
    excerpt = look(data, "line 3")
    assert excerpt.instructions == []
    assert [row.offset for row in excerpt.rows if row.marked] == [0]
    assert look(data, "line 30").refusal is Refusal.DAMAGED
    assert look(data, "").instructions == []


def test_a_place_that_is_not_there_is_said_not_to_be():
    assert look(b"abc", "byte 3").refusal is Refusal.ABSENT
    assert look(b"abc", "byte 999999999999999999").refusal is Refusal.ABSENT
    assert excerpt_of("0" * 64, "byte 1").refusal is Refusal.ABSENT
    assert look(b"", "").rows == []


def test_a_store_that_does_not_answer_is_said(monkeypatch):
    sha256 = hashlib.sha256(b"lost").hexdigest()
    Blob.objects.create(sha256=sha256, size=5 << 20, key="lost")
    assert excerpt_of(sha256, "byte 1").refusal is Refusal.AWAY
    assert header_of(sha256).refusal is Refusal.AWAY


def test_only_what_is_needed_of_a_large_file_is_read(monkeypatch):
    data = pickles.zip_of({"big/data/0": bytes(20 << 20), "big/data.pkl": SYSTEM})
    fetched = []

    class Counting(readers.io.BytesIO):
        def read(self, count: int = -1) -> bytes:
            fetched.append(count)
            return super().read(count)

    monkeypatch.setattr("contributions.moderation.evidence.members.open_blob", lambda blob: Counting(data))
    sha256 = hashlib.sha256(data).hexdigest()
    Blob.objects.create(sha256=sha256, size=len(data), key="large")
    assert marked(excerpt_of(sha256, "big/data.pkl, byte 25")) == [(25, "STACK_GLOBAL")]
    assert 0 < sum(fetched) < 300_000


@pytest.mark.parametrize("name", hostile.MAKERS)
def test_no_hostile_file_costs_much_or_breaks_the_page(name):
    data = hostile.MAKERS[name]()
    sha256 = hashlib.sha256(data).hexdigest()
    blob = {"size": len(data), "data": data}
    Blob.objects.create(sha256=sha256, **blob)
    began = time.monotonic()
    for where in ("", "byte 100", "model/data.pkl, byte 3", "unpacked, byte 5", "line 9"):
        excerpt = excerpt_of(sha256, where)
        assert len(excerpt.rows) <= 16
        assert len(excerpt.instructions) <= 25
    header_of(sha256)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("deflated", [False, True])
def test_damage_ends_in_rows_or_in_a_reason(deflated):
    chance = random.Random(7)
    whole = pickles.torch_file(SYSTEM, deflated=deflated)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        excerpt = look(bytes(data), "model/data.pkl, byte 25")
        assert bool(excerpt.rows) != bool(excerpt.refusal)
        header_of(keep(bytes(data)))


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (weights.safetensors({}), "safetensors"),
        (artifacts.gguf({}), "GGUF"),
        (pickles.zip_of({"a": b"b"}), "ZIP"),
        (artifacts.tar_of({"a": b"b"}), "tar"),
        (SYSTEM, "pickle 4"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\x7fELF\x02", "ELF"),
        (b"just text", ""),
    ],
)
def test_a_format_is_known_by_the_first_bytes(data, format):
    assert format_of(data[:512], len(data)) == format


def facts(data: bytes) -> dict[str, str]:
    return {str(fact.label): fact.value for fact in header_of(keep(data)).facts}


def test_headers_of_weights_and_archives_are_told():
    assert facts(pickles.zip_of({"a.pkl": b"12345", "b\x07": b""})) == {
        "Members": "2",
        "Unpacked, in bytes": "5",
        "Names": "a.pkl, b\\u0007",
    }
    model = artifacts.gguf({"general.architecture": "llama", "tokenizer.chat_template": "{{ x }}"})
    told = facts(model)
    assert (told["Architecture"], told["Chat template, in characters"]) == ("llama", "7")
    file = artifacts.safetensors({"w": artifacts.tensor()}, bytes(4))
    assert facts(file)["Weights"] == "F32 1"


def test_a_header_that_cannot_be_true_is_said_to_be_none():
    header = header_of(keep(artifacts.safetensors({"w": artifacts.tensor()}, bytes(2))))
    assert header.facts == []
    assert "overlap" in header.problem
    assert header_of(keep(b"GGUF\x07\0\0\0")).problem


def test_each_look_is_one_query(django_assert_num_queries):
    sha256 = keep(pickles.torch_file(SYSTEM))
    with django_assert_num_queries(1):
        excerpt_of(sha256, "model/data.pkl, byte 25")
    with django_assert_num_queries(1):
        header_of(sha256)
