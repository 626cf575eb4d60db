"""Pickles written byte by byte, so that hostile ones exist only as data and nothing here can run them."""

import io
import struct
import zipfile

MAGIC_OF_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
PROTOCOL_OF_TORCH = b"\x80\x02M\xe9\x03."


def text(value: str) -> bytes:
    """Push a short string."""
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def byte_string(value: bytes) -> bytes:
    """Push a byte string of any length."""
    return b"B" + struct.pack("<L", len(value)) + value


def global_line(module: str, name: str) -> bytes:
    """Import as protocol 0 writes it."""
    return f"c{module}\n{name}\n".encode()


def call_line(module: str, name: str, argument: str = "x") -> bytes:
    """Protocol 0: import, call with one string, leave the result."""
    return global_line(module, name) + f"(S'{argument}'\ntR".encode()


def calling(module: str, name: str, argument: str = "x", protocol: int = 0) -> bytes:
    """A whole pickle that calls module.name(argument)."""
    if protocol == 0:
        return call_line(module, name, argument) + b"."
    if protocol < 4:
        argument_bytes = b"X" + struct.pack("<L", len(argument)) + argument.encode()
        return b"\x80" + bytes([protocol]) + global_line(module, name) + argument_bytes + b"\x85R."
    body = text(module) + b"\x94" + text(name) + b"\x94\x93" + text(argument) + b"\x85R."
    return b"\x80" + bytes([protocol]) + b"\x95" + struct.pack("<Q", len(body)) + body


def zip_of(members: dict[str, bytes], *, deflated: bool = False) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def torch_file(program: bytes, *, deflated: bool = False, **others: bytes) -> bytes:
    """A PyTorch checkpoint whose data.pkl is `program`, with one tensor that looks like a pickle."""
    members = {"model/data.pkl": program, "model/data/0": b"\x80\x02cos\nsystem\n", "model/version": b"3\n"}
    return zip_of({**members, **others}, deflated=deflated)


def state_dict() -> bytes:
    """What torch.save writes for {"w": tensor}: a persistent id, and calls of allowed names."""
    storage = (
        b"(" + text("storage") + global_line("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x01tQ"
    )
    hooks = global_line("collections", "OrderedDict") + b")R"
    tensor = global_line("torch._utils", "_rebuild_tensor_v2")
    tensor += b"(" + storage + b"K\x00" + b"K\x01\x85" + b"K\x01\x85" + b"\x89" + hooks + b"tR"
    return b"\x80\x02}" + text("w") + tensor + b"s."


def legacy_torch_file(program: bytes) -> bytes:
    """A checkpoint of PyTorch before 1.6: five pickles, then raw storages."""
    return (
        MAGIC_OF_TORCH
        + PROTOCOL_OF_TORCH
        + b"\x80\x02}."
        + program
        + b"\x80\x02]."
        + struct.pack("<qf", 1, 0.5)
    )


def object_array(program: bytes) -> bytes:
    """An .npy file of objects."""
    return npy_header("|O", 1) + program


def number_array(data: bytes) -> bytes:
    """An .npy file of bytes."""
    return npy_header("|u1", len(data)) + data


def npy_header(descr: str, count: int) -> bytes:
    """The head of an .npy file of version 1."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({count},), }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def joblib_array(contents: bytes, *, code: str = "u1", flags: int = 0) -> bytes:
    """A joblib file of one array of bytes, whose contents stand in the middle of the pickle."""
    dtype = global_line("numpy", "dtype") + text(code) + b"\x89\x88\x87R"
    state = b"(K\x03" + text("|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K" + bytes([flags]) + b"tb"
    fields = text("subclass") + global_line("numpy", "ndarray")
    fields += text("shape") + b"K" + bytes([len(contents)]) + b"\x85"
    fields += text("order") + text("C") + text("dtype") + dtype + state + text("allow_mmap") + b"\x88"
    wrapper = global_line("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}(" + fields + b"ub"
    return b"\x80\x02" + wrapper + contents + b"."


def joblib_times(count: int) -> bytes:
    """A file of joblib with an array of times, whose type has its unit in its state."""
    dtype = global_line("numpy", "dtype") + text("M8") + b"\x89\x88\x87R"
    unit = b"}(" + byte_string(b"ns") + b"K\x01K\x01K\x01t\x86"
    state = b"(K\x04" + text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00" + unit + b"tb"
    fields = text("shape") + b"K" + bytes([count]) + b"\x85" + text("dtype") + dtype + state
    wrapper = global_line("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}(" + fields + b"ub"
    return b"\x80\x04" + wrapper + b"\xee" * 8 * count + b"."
