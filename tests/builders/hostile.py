"""Files made to cost their reader all it has, one for each limit of a scan, made when they are asked for."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import lz4.frame

from tests.builders import artifacts, pickles

Maker = Callable[[], bytes]
SYSTEM = pickles.calling("os", "system", protocol=2)
MAKERS: dict[str, Maker] = {}


def hostile(make: Maker) -> Maker:
    """Keep the function in the table under its name in words."""
    MAKERS[make.__name__.replace("_", " ")] = make
    return make


def deflated(data: bytes) -> bytes:
    """A torch file whose data.pkl is small only as long as it is packed."""
    return pickles.torch_file(data, deflated=True)


# --- pickles -------------------------------------------------------------------------------------


@hostile
def twelve_million_instructions() -> bytes:
    return deflated(b"\x80\x02" + b"N0" * 6_050_000 + b"N.")


@hostile
def a_gigabyte_of_text_in_a_pickle() -> bytes:
    head = b"\x80\x02X" + struct.pack("<L", 1 << 30)
    return gzip.compress(head) + gzip.compress(bytes(1 << 24)) * 64 + gzip.compress(b".")


@hostile
def a_text_longer_than_the_file() -> bytes:
    return b"\x80\x04\x8d" + struct.pack("<Q", 2**63) + b"a" * 1000


@hostile
def two_million_marks() -> bytes:
    return b"\x80\x02" + b"(" * 2_000_000 + b"t" * 2_000_000 + b"."


@hostile
def two_million_values_at_once() -> bytes:
    return b"\x80\x02(" + b"K\x01" * 2_000_000 + b"t."


@hostile
def tuples_of_tuples() -> bytes:
    return b"\x80\x02)" + b"\x85" * 1_000_000 + b"R."


@hostile
def two_million_memories() -> bytes:
    return b"\x80\x04N" + b"\x94" * 2_000_000 + b"."


@hostile
def memories_far_apart() -> bytes:
    return deflated(
        b"\x80\x02N" + b"".join(b"r" + struct.pack("<L", n * 997) for n in range(1_100_000)) + b"."
    )


@hostile
def laughs_that_double_thirty_times() -> bytes:
    """The shape of globalLaughs.pt: names that each stand twice in the next."""
    laughs = b"".join(b"h" + bytes([n]) + b"h" + bytes([n]) + b"\x86q" + bytes([n + 1]) for n in range(100))
    return b"\x80\x02" + pickles.global_line("torch", "nobody_knows") + b"q\x00" + laughs + b"\x85R."


@hostile
def four_thousand_pickles() -> bytes:
    return b"\x80\x02N." * 4000


@hostile
def pickles_inside_pickles() -> bytes:
    inner = SYSTEM
    for _ in range(20):
        call = pickles.global_line("torch.storage", "_load_from_bytes") + pickles.byte_string(inner)
        inner = b"\x80\x02" + call + b"\x85R."
    return inner


@hostile
def a_frame_inside_a_frame() -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", 40) + b"\x95" + struct.pack("<Q", 20) + b"N" * 40 + b"."


@hostile
def an_instruction_across_a_frame() -> bytes:
    body = b"\x8c\x08aaaabbbb" + pickles.global_line("torch", "FloatStorage") + b"0."
    return b"\x80\x04\x95" + struct.pack("<Q", 6) + body


@hostile
def a_number_of_a_megabyte() -> bytes:
    return b"I" + b"9" * (1 << 20) + b"\n" + pickles.call_line("os", "system") + b"."


@hostile
def two_hundred_arrays_of_joblib() -> bytes:
    array = pickles.joblib_array(b"N0" * 20)
    return b"\x80\x02" + (array[2:-1] + b"0") * 200 + SYSTEM[2:]


# --- archives ------------------------------------------------------------------------------------


@hostile
def twenty_thousand_members() -> bytes:
    members = {f"m{n}": b"" for n in range(20_000)}
    return pickles.zip_of(members | {"evil": SYSTEM})


@hostile
def more_members_than_are_read() -> bytes:
    """Fewer bytes than an archive of so many members has: its own count decides."""
    made = pickles.zip_of({"a": b"text"})
    end = made.rindex(b"PK\x05\x06")
    at = len(made) - 22
    wide = struct.pack(
        "<4sQ2H2L4Q",
        b"PK\x06\x06",
        44,
        45,
        45,
        0,
        0,
        200_000,
        200_000,
        *struct.unpack_from("<2L", made, at + 12),
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return made[:end] + wide + locator + made[end:]


@hostile
def members_on_the_same_bytes() -> bytes:
    """Three hundred entries, all of the same packed megabyte, as in David Fifield's bomb."""
    made = pickles.zip_of({"a": bytes(1 << 20)}, deflated=True)
    start, end = made.index(b"PK\x01\x02"), made.rindex(b"PK\x05\x06")
    directory = made[start:end] * 300
    return (
        made[:start]
        + directory
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 300, 300, len(directory), start, 0)
    )


@hostile
def a_directory_larger_than_the_file() -> bytes:
    made = bytearray(pickles.zip_of({"a": SYSTEM}))
    made[-10:-6] = struct.pack("<L", 2**32 - 2)
    return bytes(made)


@hostile
def a_member_beyond_the_end() -> bytes:
    made = bytearray(pickles.zip_of({"a": SYSTEM}))
    at = made.index(b"PK\x01\x02")
    made[at + 42 : at + 46] = struct.pack("<L", 2**31)
    return bytes(made)


@hostile
def a_member_of_more_than_256_megabytes() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w") as member:
        for _ in range(17):
            member.write(bytes(1 << 24))
    return made.getvalue()


@hostile
def a_member_that_lies_about_its_size() -> bytes:
    made = bytearray(pickles.zip_of({"a": bytes(1 << 25)}, deflated=True))
    at = made.index(b"PK\x01\x02")
    made[at + 24 : at + 28] = made[22:26] = struct.pack("<L", 100)
    return bytes(made)


@hostile
def zips_in_zips() -> bytes:
    made = SYSTEM
    for depth in range(12):
        made = pickles.zip_of({f"{depth}": made}, deflated=True)
    return made


@hostile
def a_zip_of_zips_of_zips() -> bytes:
    """Sixteen of sixteen of sixteen of a megabyte: 4 GB from some kilobytes, as 42.zip does."""
    made = bytes(1 << 20)
    for _ in range(4):
        made = pickles.zip_of({f"{n}": made for n in range(16)}, deflated=True)
    return made


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 6),
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE, preset=0),
    "zlib": zlib.compress,
    "lz4": lz4.frame.compress,
}


def packed_twice(pack: Callable[[bytes], bytes]) -> Maker:
    """1.3 GB of nothing, once packed by zeros that repeat and once more, with a call at its end."""
    return lambda: pack(pack(bytes(1 << 25)) * 40 + pack(SYSTEM))


MAKERS |= {f"{name} bomb": packed_twice(pack) for name, pack in PACKERS.items()}
MAKERS |= {f"{name} twelve times over": lambda pack=pack: repeated(pack) for name, pack in PACKERS.items()}


def repeated(pack: Callable[[bytes], bytes]) -> bytes:
    made = SYSTEM
    for _ in range(12):
        made = pack(made)
    return made


@hostile
def a_million_empty_gzips() -> bytes:
    return gzip.compress(b"") * 500_000 + gzip.compress(SYSTEM)


@hostile
def a_tar_of_many_members() -> bytes:
    entry = tarfile.TarInfo("a")
    return gzip.compress(entry.tobuf() * 101_000 + bytes(1024), 1)


@hostile
def a_tar_whose_member_is_longer_than_all() -> bytes:
    entry = tarfile.TarInfo("a")
    entry.size = 2**62
    return entry.tobuf(tarfile.GNU_FORMAT) + SYSTEM.ljust(512, b"\0") + bytes(1024)


def with_header(record: bytes) -> bytes:
    """A tar whose first entry is an extended header."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, len(record)
    head = entry.tobuf(tarfile.USTAR_FORMAT) + record + bytes(-len(record) % 512)
    return head + artifacts.tar_of({"a": SYSTEM})


def record(key: bytes, value: bytes) -> bytes:
    """One record of an extended header."""
    length = len(key) + len(value) + 3
    return next(
        b"%d %s=%s\n" % (n, key, value) for n in range(length, length + 9) if len(str(n)) + length == n
    )


@hostile
def a_tar_with_a_size_of_ten_thousand_digits() -> bytes:
    return with_header(record(b"size", b"9" * 10_000))


@hostile
def a_tar_with_fields_for_all_without_end() -> bytes:
    fields = b"".join(record(b"key%d" % n, b"a" * 20) for n in range(20_000))
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XGLTYPE, len(fields)
    head = entry.tobuf(tarfile.USTAR_FORMAT) + fields + bytes(-len(fields) % 512)
    return gzip.compress(head + tarfile.TarInfo("a").tobuf() * 5_000 + artifacts.tar_of({"b": SYSTEM}), 1)


# --- weights -------------------------------------------------------------------------------------


def array_of(shape: str) -> bytes:
    """The head of an array of bytes of this shape."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"a"


LIES = {
    "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b'{"a":1}',
    "a header as long as a header may be": struct.pack("<Q", 100_000_000) + b'{"a":1}',
    "a header that is deep": artifacts.safetensors(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "a header of many objects": artifacts.safetensors(b'{"a":[' + b"{}," * 2_000_000 + b"{}]}"),
    "a header of many names": artifacts.safetensors(
        b"{" + b",".join(b'"%d":0' % n for n in range(500_000)) + b"}"
    ),
    "a key that stands there twice": artifacts.safetensors(
        b'{"w":%s,"w":%s}' % ((json.dumps(artifacts.tensor()).encode(),) * 2), bytes(4)
    ),
    "tensors that overlap": artifacts.safetensors(
        {"a": artifacts.tensor(0, 4), "b": artifacts.tensor(2, 6)}, bytes(6)
    ),
    "tensors with a gap": artifacts.safetensors(
        {"a": artifacts.tensor(0, 4), "b": artifacts.tensor(8, 12)}, bytes(12)
    ),
    "a shape that overflows to nothing": artifacts.safetensors(
        {"a": artifacts.tensor(0, 0, shape=(2**32, 2**32))}
    ),
    "a shape of 2^63": artifacts.safetensors({"a": artifacts.tensor(0, 4, shape=(2**63, 2))}, bytes(4)),
    "a shape below nothing": artifacts.safetensors({"a": artifacts.tensor(0, 4, shape=(-1, -1))}, bytes(4)),
    "offsets beyond the end": artifacts.safetensors(
        {"a": artifacts.tensor(0, 2**63, shape=(2**61,))}, bytes(4)
    ),
    "numbers of a million digits": artifacts.safetensors(
        b'{"a":{"dtype":"F32","shape":[' + b"9" * 10**6 + b'],"data_offsets":[0,4]}}', bytes(4)
    ),
    "a shape of a million sides": artifacts.safetensors(
        {"a": artifacts.tensor(0, 4, shape=(1,) * 10**6)}, bytes(4)
    ),
    "notes that are no texts": artifacts.safetensors({"__metadata__": {"a": {"b": "c"}}}),
    "gguf: 2^63 keys": b"GGUF" + struct.pack("<LQQ", 3, 0, 2**63),
    "gguf: 2^64 - 1 tensors": b"GGUF" + struct.pack("<LQQ", 3, 2**64 - 1, 0),
    "gguf: a million tensors that are not there": b"GGUF" + struct.pack("<LQQ", 3, 1_000_000, 0),
    "gguf: a key of 2^63": b"GGUF" + struct.pack("<LQQQ", 3, 0, 1, 2**63),
    "gguf: a text that wraps around": b"GGUF"
    + struct.pack("<LQQ", 3, 0, 1)
    + artifacts.gguf_text("a")
    + struct.pack("<LQ", 8, 2**64 - 8)
    + bytes(64),
    "gguf: an array of 2^62": b"GGUF"
    + struct.pack("<LQQ", 3, 0, 1)
    + artifacts.gguf_text("a")
    + struct.pack("<LLQ", 9, 12, 2**62)
    + bytes(64),
    "gguf: arrays in arrays": b"GGUF"
    + struct.pack("<LQQ", 3, 0, 1)
    + artifacts.gguf_text("a")
    + struct.pack("<L", 9)
    + struct.pack("<LQ", 9, 1) * 10_000,
    "gguf: a tensor that overflows": artifacts.gguf(
        tensors=artifacts.gguf_tensor("a", (2**32, 2**32, 2, 2), 0, 0), tensor_count=1, data=bytes(64)
    ),
    "gguf: a tensor beyond the end": artifacts.gguf(
        tensors=artifacts.gguf_tensor("a", (4,), 0, 2**63), tensor_count=1, data=bytes(64)
    ),
    "npy: a header of 4 GB": b"\x93NUMPY\x02\x00" + struct.pack("<L", 2**32 - 1) + b"{" * 1000,
    "npy: a header of brackets": b"\x93NUMPY\x01\x00" + struct.pack("<H", 60_000) + b"{" + b"(" * 59_999,
    "npy: a side of ten thousand digits": array_of("9" * 10_000 + ","),
    "npy: sides that overflow": pickles.npy_header("<f8", 2**63),
    "msgpack: a map of 2^32": b"\xdf\xff\xff\xff\xff" + b"\xa1a\x01" * 1000,
    "msgpack: maps in maps": b"\x81\xa1a" * 1_000_000 + b"\x01",
    "msgpack: an extension nobody knows": b"\x81\xa1a\xc7\x04\x63abcd",
    "hdf5: a root group beyond the end": b"\x89HDF\r\n\x1a\n"
    + bytes([0, 0, 0, 0, 0, 8, 8, 0])
    + b"\xfe" * 88,
    "hdf5: a root group that goes on in itself": b"\x89HDF\r\n\x1a\n"
    + bytes([0, 0, 0, 0, 0, 8, 8, 0])
    + struct.pack("<HHL4Q", 4, 16, 0, 0, 2**64 - 1, 200, 2**64 - 1)
    + struct.pack("<QQLL16x", 0, 96, 0, 0)
    + struct.pack("<BBHLL4x", 1, 0, 1, 1, 24)
    + struct.pack("<HHB3xQQ", 0x10, 16, 0, 112, 24),
    "protobuf: graphs in graphs": artifacts.onnx(depth=500),
    "flatbuffer: offsets beyond the end": b"\xff\xff\xff\x7fTFL3" + b"\xff" * 64,
    "tfrecord: a record beyond the end": b"\x10" + bytes(7) + struct.pack("<L", 0) + bytes(8),
}
MAKERS |= {name: lambda data=data: data for name, data in LIES.items()}


# --- text ----------------------------------------------------------------------------------------

EVIL_LAYER = json.dumps(artifacts.keras_layer("Lambda", function="x"))
TAG = "a: !!python/object/apply:os.system [id]\n"
TEXTS: dict[str, Callable[[], str]] = {
    "json: deep": lambda: '{"chat_template": ' + "[" * 10**6 + "]" * 10**6 + "}",
    "json: more objects than are read": lambda: (
        '{"class_name": "a", "b": [' + '{"a":0},' * 1_600_000 + EVIL_LAYER + "]}"
    ),
    "json: a number of many digits beside a layer of code": lambda: (
        '{"n": ' + "9" * 5000 + ', "a": ' + EVIL_LAYER + "}"
    ),
    "json: many templates": lambda: json.dumps({"chat_template": [slow_template(n) for n in range(30)]}),
    "template: deep": lambda: "{{ " + "(" * 100_000 + "a" + ")" * 100_000 + " }}" + artifacts.BAD_TEMPLATE,
    "template: blocks in blocks": lambda: (
        "{% if a %}" * 20_000 + "{% endif %}" * 20_000 + artifacts.BAD_TEMPLATE
    ),
    "template: long": lambda: "{# " + "a" * 600_000 + " #}" + artifacts.BAD_TEMPLATE,
    "yaml: laughs": lambda: (
        "a0: &a0 [x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 60))
        + TAG
    ),
    "yaml: deep": lambda: "[" * 50_000 + "!!python/object/apply:os.system [id]" + "]" * 50_000,
    "yaml: too large to be judged": lambda: TAG + "b: 1\n" * 300_000,
    "yaml: a tag that is escaped": lambda: "a: !!p%79thon/object/apply:os.system [id]\n",
    "yaml: a whole document before a broken one": lambda: TAG + "---\n@ nothing\n",
    "yaml: a fence in a remark": lambda: "# ```\n" + TAG,
    "yaml: a quoted key on two lines": lambda: '? "_targ\\\n  et\\x5f"\n: os.system\n',
    "yaml: escapes without end": lambda: 'a: "' + "\\x41" * 250_000 + '"\n' + TAG,
    "text: escapes without end": lambda: '"' + "\\x" * 1_000_000 + "\n" + TAG,
    "text: entities without end": lambda: "<!ENTITY a " * 1_000_000 + '<!ENTITY a SYSTEM "file:///">',
}
MAKERS |= {name: lambda make=make: make().encode() for name, make in TEXTS.items()}


def slow_template(number: int) -> str:
    """Many small nodes, ended by one that does harm."""
    return f"{{{{ a{number} }}}}" + "{{ a + 'b' }}" * 3000 + artifacts.BAD_TEMPLATE


@hostile
def descriptions_without_end_in_hdf5() -> bytes:
    return b"\x89HDF\r\n\x1a\n" + b"\xff" * 88 + b'{"class_name": ' * 2_000_000
