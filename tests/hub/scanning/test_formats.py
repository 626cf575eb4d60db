"""Formats other than pickles: what each may do, one hostile case for each rule, and files that do nothing."""

import bz2
import gzip
import io
import json
import struct
import zipfile

import lz4.frame
import numpy
import pytest

from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.scanners.base import Report
from tests.builders import artifacts, pickles
from tests.builders.artifacts import BAD_TEMPLATE, GOOD_TEMPLATE, keras_layer, keras_model


def scan(data: bytes | str, path: str = "") -> Report:
    """The scanner's report on these bytes."""
    content = data.encode() if isinstance(data, str) else data
    return ArtifactScanner().inspect(io.BytesIO(content), size=len(content), path=path)


def rules(report: Report) -> set[str]:
    """The rules that found something."""
    return {finding.rule for finding in report.findings}


def zip_link(target: str) -> bytes:
    """A zip archive with a symbolic link."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, target)
    return made.getvalue()


# Fields that make a message look like Core ML's, which other readers pass over.
CORE_ML = artifacts.field(2, "") + artifacts.field(200, b"")
TWICE = b'{"w":{"dtype":"F32","dtype":"U8","shape":[1],"data_offsets":[0,4]}}'
ELEMENT = artifacts.gguf_tensor("w", (8,), 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        artifacts.safetensors({"w": artifacts.tensor()}, bytes(4)),
        artifacts.safetensors({"__metadata__": {"a": "b"}, "w": artifacts.tensor(shape=(0,), stop=0)}),
        artifacts.safetensors({"a": artifacts.tensor(), "b": artifacts.tensor(4, 6, dtype="BF16")}, bytes(6)),
        artifacts.gguf(),
        artifacts.gguf({"tokenizer.chat_template": GOOD_TEMPLATE}),
        artifacts.gguf(tensors=ELEMENT, tensor_count=1, data=bytes(32)),
        artifacts.onnx(),
        artifacts.onnx(location="weights.bin"),
        artifacts.onnx(operator="Gelu", domain="com.microsoft", depth=3),
        artifacts.saved_model("Const", "MatMul", "SaveV2", "RestoreV2"),
        artifacts.graph_def("Placeholder", "Conv2D"),
        artifacts.hdf5({}),
        artifacts.hdf5(
            {"keras_version": "2.4.0", "model_config": keras_model(keras_layer("Dense", units=1))}
        ),
        artifacts.tar_of({"model_config.yaml": b"_target_: nemo.collections.asr.models.EncDecCTCModel\n"}),
        artifacts.tar_of({"a/b.txt": b"text"}),
        keras_model(keras_layer("Dense", None, units=1)),
        json.dumps({"chat_template": GOOD_TEMPLATE}),
        json.dumps({"chat_template": [{"name": "default", "template": GOOD_TEMPLATE}]}),
        json.dumps({"vocab": {"{{": 1, "{%": 2}, "merges": ["{ {", "__class__ }"]}),
        GOOD_TEMPLATE,
        "{% generation %}x{% endgeneration %}{% for x in y %}{% break %}{% endfor %}",
        "{%- set ns = namespace(found=false) -%}{% set ns.found = true %}{{ messages | selectattr('role') }}",
        "{{ raise_exception('no') }}{{ strftime_now('%d') }}{{ tools | tojson(indent=4) }}{{ loop.index0 }}",
        "A card that writes {{ curly }} braces, and {% raw %} too.\n",
        "_target_: src.models.Net\nlr: 0.1\n",
        "a: !!python/tuple [1, 2]\n",
        b"# a comment\nimport os\n\n\ndef run():\n    os.system('ls')\n",
        b"#!/bin/sh\necho hello\n",
        b"\0asm\x01\0\0\0" + bytes(8),
        lz4.frame.compress(b"\x80\x02N."),
        b"\x81\xa6params\x81\xa1w\xc7\x05\x01" + bytes(5),
        b"\x08\x01\x10\x02\x18\x03\x20\x04\x32\x02\x08\x01",
        b"<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a>&b;</a>\n",
    ],
)
def test_files_that_do_nothing_are_safe(data: bytes | str):
    report = scan(data)
    assert report.verdict == "safe", report


@pytest.mark.parametrize(
    "data",
    [
        artifacts.safetensors({"w": artifacts.tensor()}, bytes(3)),
        artifacts.safetensors({"w": artifacts.tensor()}, bytes(5)),
        artifacts.safetensors({"w": artifacts.tensor(1, 5)}, bytes(5)),
        artifacts.safetensors({"w": artifacts.tensor(shape=(2,))}, bytes(4)),
        artifacts.safetensors({"w": artifacts.tensor(shape=(2**40, 2**40))}, bytes(4)),
        artifacts.safetensors({"w": artifacts.tensor(dtype="F33")}, bytes(4)),
        artifacts.safetensors({"a": artifacts.tensor(), "b": artifacts.tensor(2, 6)}, bytes(6)),
        artifacts.safetensors({"w": {**artifacts.tensor(), "more": 1}}, bytes(4)),
        artifacts.safetensors({"__metadata__": {"a": 1}}),
        artifacts.safetensors(b'{"w":' + b"[" * 100_000 + b"}"),
        artifacts.safetensors(b'{"a":NaN}'),
        struct.pack("<Q", 2**63) + b'{"a":1}',
        b'\xff\xff\xff\xff\xff\xff\xff\xff{"a":1}',
        artifacts.gguf(version=9),
        artifacts.gguf({"a": "b"})[:-1],
        b"GGUF" + struct.pack("<LQQ", 3, 2**63, 0),
        b"GGUF" + struct.pack("<LQQ", 3, 0, 2**40),
        b"GGUF" + struct.pack("<LQQ", 3, 0, 1) + struct.pack("<Q", 2**62),
        b"GGUF" + struct.pack("<LQQ", 3, 0, 1) + artifacts.gguf_text("a") + struct.pack("<LLQ", 9, 8, 2**61),
        artifacts.gguf(tensors=ELEMENT, tensor_count=1, data=bytes(31)),
        artifacts.gguf(tensors=artifacts.gguf_tensor("w", (2**63, 4), 0, 0), tensor_count=1, data=bytes(64)),
        artifacts.gguf(tensors=artifacts.gguf_tensor("w", (1,) * 5, 0, 0), tensor_count=1, data=bytes(64)),
        artifacts.gguf(tensors=artifacts.gguf_tensor("w", (8,), 0, 7), tensor_count=1, data=bytes(64)),
        artifacts.gguf(tensors=ELEMENT + ELEMENT, tensor_count=2, data=bytes(64)),
        artifacts.onnx(depth=40),
        artifacts.hdf5({"model_config": '{"class_name": '}),
        artifacts.hdf5({"a": "b"})[:150],
        b"\x89HDF\r\n\x1a\n" + bytes(100),
        artifacts.tar_of({"a": bytes(2000)})[:1500],
        b"7z\xbc\xaf\x27\x1c" + bytes(40),
        b"Rar!\x1a\x07\x01\0" + bytes(40),
        b"\x28\xb5\x2f\xfd" + bytes(40),
        gzip.compress(b"words\n" * 1000)[:-20],
        gzip.compress(b"words\n" * 1000) + b"more",
        bz2.compress(b"words\n" * 1000)[:-10],
        json.dumps({"chat_template": "{% for %}"}),
        json.dumps({"chat_template": "{{ 1 }}" * 100_000}),
    ],
)
def test_what_is_broken_is_never_safe(data: bytes):
    assert scan(data).verdict == "error"


@pytest.mark.parametrize(
    "template",
    [
        BAD_TEMPLATE,
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
        "{{ ''['__cl' ~ 'ass__'] }}",
        "{{ ''['__cl' + 'ass__'] }}",
        "{{ x|attr('__class__') }}",
        "{{ x|attr(name) }}",
        "{{ x|attr('\\x5f_class__') }}",
        "{{ messages|map(attribute='__class__')|list }}",
        "{{ messages|map('attr', '__class__')|list }}",
        "{{ messages|selectattr('__class__')|list }}",
        "{{ messages|groupby('a.__class__') }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ '{0.__class__}'|format(x) }}",
        "{{ lipsum.__globals__ }}",
        "{{ joiner['__init__'] }}",
        "{{ namespace.anything }}",
        "{{ self._TemplateReference__context }}",
        "{{ eval('1') }}",
        "{{ __import__('os') }}",
        "{{ os.system('id') }}",
        "{{ x.popen('id') }}",
        "{{ (messages|list).mro() }}",
        "{% set a = '__glo' ~ 'bals__' %}",
        "{% macro m() %}{{ x.gi_frame }}{% endmacro %}",
        "{%- if true -%}{{ range.__self__ }}{%- endif -%}",
    ],
)
def test_a_template_that_leaves_its_text_is_dangerous_wherever_it_stands(template: str):
    carriers = {
        "a file": template,
        "a configuration": json.dumps({"chat_template": template}),
        "a named one": json.dumps({"chat_template": [{"name": "tools", "template": template}]}),
        "a key that stands twice": f'{{"chat_template": {json.dumps(template)}, "chat_template": "x"}}',
        "GGUF": artifacts.gguf({"tokenizer.chat_template": template}),
        "GGUF, named": artifacts.gguf({"tokenizer.chat_template.tools": template}),
        "an archive": artifacts.tar_of(
            {"tokenizer_config.json": json.dumps({"chat_template": template}).encode()}
        ),
    }
    assert {name: scan(data).verdict for name, data in carriers.items()} == dict.fromkeys(
        carriers, "dangerous"
    )


HOSTILE_LAYERS = [
    keras_layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wE="}}),
    keras_layer("Lambda", None, function=["4wE=", None, None]),
    keras_layer("TorchModuleWrapper", module_="x"),
    keras_layer("TFSMLayer", filepath="/tmp/model"),
    keras_layer("call", "subprocess"),
    keras_layer("Net", "mymodule.layers"),
    {"class_name": "function", "module": "builtins", "config": "eval", "registered_name": "function"},
    {"class_name": "function", "module": "os", "config": "system", "registered_name": "function"},
    {"class_name": "function", "module": "keras.utils", "config": "get_file", "registered_name": "get_file"},
    keras_layer("get_file", "keras.src.utils.file_utils"),
    keras_layer("load_model", "keras.models"),
    keras_layer("Dense", fn_module="subprocess"),
    keras_layer("StringLookup", vocabulary="/etc/passwd"),
    keras_layer("StringLookup", vocabulary="http://169.254.169.254/"),
    keras_layer("TFOpLambda", None, function="io.write_file"),
]  # fmt: skip


@pytest.mark.parametrize("layer", HOSTILE_LAYERS)
def test_a_layer_that_brings_code_is_dangerous_in_every_carrier(layer: dict):
    nested = keras_model(keras_layer("Functional", "keras", layers=[layer]))
    carriers = {
        "json": keras_model(layer),
        "nested": nested,
        "keras": pickles.zip_of({"config.json": nested.encode(), "metadata.json": b"{}"}),
        "h5": artifacts.hdf5({"keras_version": "3", "model_config": nested}),
        "SavedModel": artifacts.field(
            2, artifacts.field(7, artifacts.field(1, artifacts.field(4, artifacts.field(3, nested))))
        ),
        "keras_metadata.pb": artifacts.field(
            1, artifacts.field(2, 1) + artifacts.field(4, "_tf_keras_model") + artifacts.field(5, nested)
        ),
    }
    assert {name: scan(data).verdict for name, data in carriers.items()} == dict.fromkeys(
        carriers, "dangerous"
    )


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (artifacts.onnx(location="../secret"), "external-data"),
        (artifacts.onnx(location="/etc/passwd"), "external-data"),
        (artifacts.onnx(location="a/../../b"), "external-data"),
        (artifacts.onnx(location="..\\b"), "external-data"),
        (artifacts.onnx(location="C:/b", depth=2), "external-data"),
        (artifacts.onnx(operator="PyOp", domain="com.microsoft"), "operator"),
        (artifacts.onnx(operator="PyOp") + CORE_ML, "operator"),
        (artifacts.onnx(operator="PyOp") + CORE_ML + artifacts.field(7, 1), "operator"),
        (artifacts.saved_model("PyFunc") + artifacts.field(200, b""), "operation"),
        (artifacts.saved_model("Const", "PyFunc"), "operation"),
        (artifacts.saved_model("WriteFile"), "operation"),
        (artifacts.graph_def("Const", "ReadFile"), "operation"),
        (artifacts.tar_of({"../evil": b"text"}), "path-outside"),
        (artifacts.tar_of({"/etc/evil": b"text"}), "path-outside"),
        (artifacts.tar_of({}, links={"a": "/etc/passwd"}), "link"),
        (artifacts.tar_of({}, links={"a/b": "../../c"}), "link"),
        (zip_link("/etc/passwd"), "link"),
        (zip_link("a/../../b"), "link"),
        (artifacts.tar_of({"model_config.yaml": b"_target_: subprocess.Popen\n"}), "target"),
        (artifacts.tar_of({"model_config.yaml": b'a: [{"_target_": "my.Model"}]\n'}), "target"),
        (artifacts.tar_of({"model_config.yaml": b"a: &x os.system\n_target_: *x\n"}), "target"),
        (artifacts.tar_of({"model_config.yaml": b'"\\x5ftarget_": "os.system"\n'}), "target"),
        (artifacts.tar_of({"m.ckpt": pickles.calling("os", "system")}), "dangerous-import"),
        (gzip.compress(artifacts.tar_of({"m.ckpt": pickles.calling("os", "system")})), "dangerous-import"),
        (lz4.frame.compress(pickles.calling("os", "system")), "dangerous-import"),
        (b"_target_: os.system\n", "target"),
        (b"a: !!python/object/apply:os.system ['id']\n", "yaml-tag"),
        (b'{"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}', "skops"),
        (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "eicar"),
    ],
)  # fmt: skip
def test_what_reaches_out_is_dangerous(data: bytes, rule: str):
    report = scan(data)
    assert report.verdict == "dangerous", report
    assert rule in {finding.rule for finding in report.findings if finding.severity == "dangerous"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (artifacts.onnx(domain="my.operators"), "custom-operators"),
        (artifacts.safetensors(TWICE, bytes(4)), "bad-safetensors"),
        (artifacts.tar_of({"a": b"text"}, links={"b": "a"}), "link"),
        (artifacts.tar_of({"a": b"text"}) + b"more" * 200, "data-after"),
        ("Read how {{ ''.__class__.__mro__ }} leaves a template.\n", "template"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>\n<a>&b;</a>\n", "xml-entity"),
        (zip_link("b"), "link"),
        (b"\x7fELF" + bytes(100), "program"),
        (b"MZ" + bytes(58) + struct.pack("<L", 64) + b"PE\0\0" + bytes(40), "program"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(40), "program"),
        (b"\x93NUMPY\x01\0\x1e\0{'descr': __import__('os'), 1}\n", "odd-array"),
        (pickles.number_array(b"abc") + b"more", "data-after"),
    ],
)  # fmt: skip
def test_what_is_odd_is_suspicious(data: bytes, rule: str):
    report = scan(data)
    assert report.verdict == "suspicious", report
    assert rule in rules(report)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"auto_map": {"AutoModel": "modeling.Net"}}', "auto_map"),
        (b'{"custom_pipelines": {"x": {"impl": "a.b"}}}', "custom_pipelines (a.b)"),
        (b'{"auto_map": {"A": ["owner/name--tok.T", null]}}', "auto_map (owner/name--tok.T)"),
        (b'{"_class_name": ["mine", "Pipe"], "_diffusers_version": "0.30"}', "custom_pipeline (mine.Pipe)"),
        (b'[{"idx": 0, "name": "0", "path": "", "type": "custom_st.Net"}]', "modules (custom_st.Net)"),
        (b"import torch\n\nclass Net(torch.nn.Module):\n    pass\n", "code"),
        (b"#!/usr/bin/env bash\nls\n", "code"),
        (b"_target_: my.Net\n", "my.Net"),
    ],
)
def test_code_of_its_own_is_told_and_is_no_danger(data: bytes, words: str):
    report = scan(data)
    assert report.verdict == "safe"
    assert [
        f.severity for f in report.findings if f.rule in ("custom-code", "code-file") and words in f.message
    ] == ["notice"]


def test_compiled_python_is_not_called_safe():
    report = scan(b"\xa7\x0d\r\n" + bytes(12) + b"\xe3" + bytes(40))
    assert report.verdict == ""
    assert rules(report) == {"compiled-code"}


def edited(data: bytes, at: int, new: bytes) -> bytes:
    """The bytes with some of them replaced."""
    return data[:at] + new + data[at + len(new) :]


ARCHIVE = pickles.zip_of({"a.txt": b"words\n", "b.txt": b"more words\n"})
CENTRAL = ARCHIVE.index(b"PK\x01\x02")


@pytest.mark.parametrize(
    "data",
    [
        edited(ARCHIVE, 30, b"z"),
        edited(ARCHIVE, CENTRAL + 46, b"z"),
        edited(ARCHIVE, 14, b"\1\1\1\1"),
        edited(edited(ARCHIVE, 14, b"\1\1\1\1"), CENTRAL + 16, b"\1\1\1\1"),
        edited(ARCHIVE, CENTRAL + 8, b"\x20"),
        edited(ARCHIVE, ARCHIVE.rindex(b"PK\x01\x02") + 42, b"\0"),
        b"before" + ARCHIVE,
        ARCHIVE + b"after",
    ],
)
def test_an_archive_that_readers_see_differently_is_suspicious(data: bytes):
    report = scan(data)
    assert report.verdict in ("suspicious", "error")
    assert rules(report) & {"odd-zip", "bad-zip"}


def test_a_bomb_is_dangerous_before_it_is_unpacked():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.bin", "w") as file:
        for _ in range(300):
            file.write(bytes(1 << 20))
    report = scan(made.getvalue())
    assert report.verdict == "dangerous"
    assert "bomb" in rules(report)


def test_a_library_is_in_its_place_in_a_wheel_only():
    library = b"\x7fELF" + bytes(100)
    wheel = {"a/b.so": library, "a-1.dist-info/WHEEL": b"Wheel-Version: 1.0\n"}
    assert scan(pickles.zip_of(wheel)).verdict == "safe"
    assert scan(pickles.zip_of({"a/b.so": library})).verdict == "suspicious"


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_arrays_of_every_plain_type_are_safe(save):
    file = io.BytesIO()
    types = ["?", "i1", ">u2", "f4", "c16", "S5", "U7", "M8[ns]", "m8[s]", [("a", "f4"), ("b", "i8")]]
    save(file, **{f"a{number}": numpy.zeros((3, 2), dtype) for number, dtype in enumerate(types)})
    report = scan(file.getvalue())
    assert report.verdict == "safe", report
