"""The classes of attack in public advisories and papers, each built byte by byte; none is ever safe."""

import base64
import bz2
import gzip
import io
import json
import lzma
import zlib

import pytest

from hub.scanning.scanners.artifact import ArtifactScanner
from tests.builders import artifacts, pickles
from tests.builders.pickles import text

SYSTEM = pickles.calling("os", "system", protocol=2)
ORDERED = text("collections") + text("OrderedDict") + b"\x93)R"


def scan(data: bytes, path: str = "") -> str:
    """The verdict on these bytes."""
    return ArtifactScanner().inspect(io.BytesIO(data), size=len(data), path=path).verdict


def found(module: str, name: str) -> bytes:
    """Import it by names on the stack."""
    return text(module) + text(name) + b"\x93"


GETATTR, IMPORT, OS_SYSTEM = (
    found("builtins", "getattr"),
    found("builtins", "__import__"),
    found("os", "system"),
)
REBUILD, LOAD = found("torch._tensor", "_rebuild_from_type_v2"), found("torch.storage", "_load_from_bytes")
# What the advisories on picklescan, modelscan and fickling name, and what papers found since.
GADGETS = """
os.system posix.system nt.system subprocess.Popen pty.spawn pydoc.locate pydoc.pipepager runpy.run_path
timeit.timeit bdb.Bdb cProfile.run profile.run trace.Trace doctest.debug_script code.InteractiveInterpreter
pkgutil.resolve_name importlib.import_module linecache.getline ssl.get_server_certificate smtplib.SMTP
ftplib.FTP socket.create_connection urllib.request.urlopen shutil.rmtree ctypes.CDLL webbrowser.open
asyncio.unix_events._UnixSubprocessTransport multiprocessing.util.spawnv_passfds logging.FileHandler
logging.config.dictConfig zipimport.zipimporter _interpreters.run_string _xxsubinterpreters.run_string
_posixsubprocess.fork_exec builtins.exec builtins.eval builtins.compile builtins.open builtins.__import__
copyreg.add_extension operator.attrgetter operator.methodcaller _operator.methodcaller uuid._popen
imaplib.IMAP4_stream _aix_support._read_cmd_output _osx_support._find_build_tool _pyrepl.pager.pipe_pager
test.support.script_helper.assert_python_ok mailcap.findmatch distutils.file_util.write_file
lib2to3.pgen2.grammar.Grammar idlelib.run.Executive ensurepip._run_pip venv.create pip.main
pip._internal.cli.main.main marshal.loads types.FunctionType types.CodeType pickle.loads _pickle.loads
dill.loads dill._dill._create_function cloudpickle.loads cloudpickle.cloudpickle._make_function joblib.load
numpy.load numpy.f2py.crackfortran.getlincoef numpy.testing._private.utils.runstring pandas.read_pickle
pandas.read_csv pandas.eval mlflow.projects.backend.local._run_entry_point torch.load torch.hub.load
torch._inductor.codecache.compile_file torch._dynamo.guards.GuardBuilder torch.utils.collect_env.run
torch.jit.unsupported_tensor_ops.execWrapper torch.utils._config_module.ConfigModule.load_config
torch.utils.data.datapipes.utils.decoder.basichandlers torch.fx.experimental.symbolic_shapes.ShapeEnv
torch.utils.bottleneck.__main__.run_cprofile keras.utils.get_file keras.models.load_model yaml.unsafe_load
""".split()  # noqa: SIM905


@pytest.mark.parametrize("gadget", GADGETS)
@pytest.mark.parametrize("protocol", [0, 4])
def test_what_runs_or_fetches_is_dangerous(gadget: str, protocol: int):
    module, _, name = gadget.rpartition(".")
    assert scan(pickles.calling(module, name, protocol=protocol)) == "dangerous"


PROGRAMS = {
    "instance": b'(S"id"\nios\nsystem\n.',
    "object": b'(cos\nsystem\nS"id"\no.',
    "object, dropped": b'(cos\nsystem\nS"id"\no0N.',
    "new object": b"\x80\x02cos\nsystem\n" + text("x") + b"\x85\x81.",
    "new object with keywords": b"\x80\x04" + found("os", "system") + text("x") + b"\x85}\x92.",
    "extension": b"\x80\x02\x82\x01)R.",
    "getattr handed on": b"\x80\x04" + found("functools", "partial") + GETATTR + b"\x85R.",
    "getattr twice": b"\x80\x04" + GETATTR + b"(" + IMPORT + text("os") + b"tR" + text("system") + b"\x86R.",
    "an item of builtins": b"\x80\x04"
    + found("operator", "itemgetter")
    + text("exec")
    + b"\x85R"
    + found("numpy", "__builtins__")
    + b"\x85R.",
    "a method by dots": b"\x80\x05cbuiltins\ndict.get\ncnumpy\n__builtins__\n" + text("exec") + b"\x86R.",
    "state for a function": b"\x80\x05cnumpy\nprod\nN}" + text("a") + text("os") + b"s\x86b.",
    "state that is called": b"\x80\x04" + ORDERED + b"}" + text("__setstate__") + OS_SYSTEM + b"sbNb.",
    "subclasses": b"\x80\x04" + found("builtins", "object.__subclasses__") + b")R.",
    "map": b"\x80\x04" + found("builtins", "map") + found("builtins", "eval") + b"]" + text("1") + b"a\x86R.",
    "memo": b"\x80\x04T\x02\0\0\0osq\x00T\x06\0\0\0systemq\x01"
    + text("torch")
    + b"\x94"
    + text("x")
    + b"\x940000h\x00h\x01\x93"
    + text("id")
    + b"\x85R.",
    "a type that rebuilds": b"\x80\x04" + REBUILD + b"(" + OS_SYSTEM + OS_SYSTEM + b"(tNtR.",
    "broken after it": SYSTEM[:-1] + b"\xff\xff",
    "cut off after it": SYSTEM[:-1],
    "the fourth of four": b"\x80\x02N." * 3 + SYSTEM,
    "bytes that are loaded": b"\x80\x04" + LOAD + pickles.byte_string(SYSTEM) + b"\x85R.",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_other_ways_to_call_are_dangerous(name: str):
    assert scan(PROGRAMS[name]) == "dangerous"


SUFFIXES = """
.bin .txt .json .safetensors .gguf .onnx .h5 .npy .png .md .py .csv .model .tflite .zip .dat .msgpack .yaml
.wav .pdparams .ot .npz .keras .pb .jinja
""".split()  # noqa: SIM905


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_name_hides_nothing(suffix: str, protocol: int):
    assert scan(pickles.calling("os", "system", protocol=protocol), f"x{suffix}") == "dangerous"


CARRIERS = {
    "gzip": gzip.compress(SYSTEM),
    "bzip2": bz2.compress(SYSTEM),
    "xz": lzma.compress(SYSTEM),
    "zlib": zlib.compress(SYSTEM),
    "torch": pickles.torch_file(SYSTEM),
    "torch, another member": pickles.torch_file(pickles.state_dict(), **{"model/other.pkl": SYSTEM}),
    "torch, before 1.6": pickles.legacy_torch_file(SYSTEM),
    "torch, before 0.2": artifacts.tar_of({"sys_info": b"\x80\x02}.", "pickle": SYSTEM}),
    "zip in zip": pickles.zip_of({"a.bin": pickles.torch_file(SYSTEM)}),
    "tar": artifacts.tar_of({"weights.ckpt": SYSTEM}),
    "tar, packed": gzip.compress(artifacts.tar_of({"weights.ckpt": SYSTEM})),
    "npy": pickles.object_array(SYSTEM),
    "npz": pickles.zip_of({"a.npy": pickles.object_array(SYSTEM)}),
    "behind a gguf": artifacts.gguf({}) + pickles.torch_file(SYSTEM),
}  # fmt: skip


@pytest.mark.parametrize("name", CARRIERS)
def test_a_pickle_is_found_in_what_carries_it(name: str):
    assert scan(CARRIERS[name]) == "dangerous"


WHOLE = {
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "gguf": artifacts.gguf({"a": "b"}),
    "hdf5": artifacts.hdf5({"a": "b"}),
    "npy": pickles.number_array(bytes(4)),
    "safetensors": artifacts.safetensors({"w": artifacts.tensor()}, bytes(4)),
    "onnx": artifacts.onnx(),
    "pickle": b"\x80\x02N.",
    "nothing known": b"\xee" * 1000,
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_behind_the_end_is_not_safe(name: str, protocol: int):
    hidden = pickles.calling("os", "system", protocol=protocol)
    assert scan(WHOLE[name] + hidden) in ("suspicious", "dangerous", "error")


def test_a_pickle_in_bytes_that_nobody_loads_is_suspicious_if_it_would_run_something():
    assert scan(b"\x80\x04" + pickles.byte_string(SYSTEM) + b".") == "suspicious"
    assert scan(b"\x80\x04" + pickles.byte_string(pickles.state_dict()) + b".") == "safe"


def agent(program: bytes) -> bytes:
    """A model of Stable-Baselines3, whose description has pickles in it."""
    schedule = {":type:": "<class 'function'>", ":serialized:": base64.b64encode(program).decode()}
    return pickles.zip_of({"data": json.dumps({"lr_schedule": schedule}).encode()})


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        (pickles.calling("collections", "OrderedDict", protocol=4), "safe"),
        # A function that the author wrote: code like any other, though not known to do harm.
        (pickles.calling("cloudpickle.cloudpickle", "_make_function", protocol=4), "suspicious"),
        (SYSTEM, "dangerous"),
    ],
)
def test_pickles_in_the_json_of_an_agent_are_followed(program: bytes, verdict: str):
    assert scan(agent(program)) == verdict


def test_a_pickle_in_json_that_is_no_base64_is_an_error():
    assert scan(json.dumps({"a": {":serialized:": "abcde"}}).encode()) == "error"
