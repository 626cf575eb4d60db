"""Messages of Protocol Buffers: ONNX, TensorFlow's graphs and SavedModels, Core ML, SentencePiece, tensors.

A message does not say what it is, so it is walked as each of the kinds that do something when loaded, and it
is safe only when it is one of the kinds known here.
"""

import re

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.judging.objects import judge_json
from hub.scanning.judging.paths import leaves
from hub.scanning.judging.protobuf import BYTES, FIXED32, VARINT, BadMessage, Field, Walker
from hub.scanning.judging.schemas import SCHEMAS

DEEPEST = 64
LONGEST_VALUE = 4096
LONGEST_JSON = 16 << 20
# Domains whose operators come with ONNX Runtime or its own extensions.
DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training"}
DOMAINS |= {"com.microsoft", "com.microsoft.nchwc", "com.microsoft.experimental", "com.ms.internal.nhwc"}
DOMAINS |= {"ai.onnx.contrib", "org.pytorch.aten", "com.microsoft.extensions"}
# What ONNX knows to say about a tensor that is kept elsewhere; others became attributes of Python's objects.
EXTERNAL_KEYS = {"location", "offset", "length", "checksum", "basepath"}
PYTHON_OPERATORS = {"PyOp", "PythonOp", "PythonOpGrad", "PyCustomOp", "PyFunc", "PyCustomOpDef"}
TENSORFLOW_PYTHON = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}
TENSORFLOW_FILES = {"ReadFile", "WriteFile", "WholeFileReader", "WholeFileReaderV2", "MatchingFiles"}
TENSORFLOW_FILES |= {"DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "DumpTensor", "SqlDataset"}
TENSORFLOW_FILES |= {"TextLineReader", "TextLineReaderV2", "FixedLengthRecordReader", "TFRecordReader"}
TENSORFLOW_FILES |= {"FixedLengthRecordReaderV2", "TFRecordReaderV2", "TextLineDataset", "TFRecordDataset"}
TENSORFLOW_FILES |= {"FixedLengthRecordDataset", "CreateSummaryFileWriter", "SaveDataset", "LoadDataset"}
TENSORFLOW_FILES |= {"SaveDatasetV2", "DatasetToTFRecord", "DataServiceDataset", "RpcCall", "RpcClient"}
TENSORFLOW_FILES |= {"LMDBReader", "LMDBDataset", "ExperimentalLMDBDataset", "ExperimentalSqlDataset"}
TENSORFLOW_FILES |= {"CSVDataset", "CSVDatasetV2", "ExperimentalCSVDataset", "CreateSummaryDbWriter"}
# Names that TensorFlow does not have: whoever loads the graph has to load a library that does.
_OF_A_LIBRARY = re.compile(
    r"(?i)shell|subprocess|exec(?:ute)?(?:op|command)|load_?library|py_?call|system(?:call|config)"
)
TENSORFLOW_FILES |= {"ImmutableConst", "TFRecordDatasetV2", "FixedLengthRecordDatasetV2", "SaveDatasetV3"}


# What a message of each kind must have at its top, and what it may have besides: {field: wire type}.
TENSOR_DATA = {4: BYTES, 5: BYTES, 6: BYTES, 7: BYTES, 9: BYTES, 10: BYTES, 11: BYTES}
KINDS: dict[str, tuple[dict[int, int], range]] = {
    "onnx.Model": ({7: BYTES}, range(1, 30)),
    "tf.SavedModel": ({2: BYTES}, range(1, 3)),
    "tf.MetaGraph": ({2: BYTES}, range(1, 8)),
    "tf.Graph": ({1: BYTES}, range(1, 6)),
    "keras.Metadata": ({1: BYTES}, range(1, 2)),
    "onnx.Tensor": ({2: VARINT}, range(1, 17)),
    "tf.Fingerprint": (dict.fromkeys(range(1, 5), VARINT), range(1, 8)),
    "coreml.Model": ({1: VARINT, 2: BYTES}, range(1, 6000)),
    "sentencepiece.Model": ({1: BYTES}, range(1, 6)),
}
WORDS = {
    "onnx.Model": "an ONNX model",
    "onnx.Tensor": "a tensor of ONNX",
    "tf.SavedModel": "a SavedModel of TensorFlow",
    "tf.MetaGraph": "a graph of TensorFlow",
    "tf.Graph": "a graph of TensorFlow",
    "tf.Fingerprint": "the fingerprint of a SavedModel",
    "keras.Metadata": "the description of a Keras model",
    "coreml.Model": "a Core ML model",
    "sentencepiece.Model": "a SentencePiece model",
}
# The fields of the first message below, which tell apart kinds that look alike at the top.
BELOW: dict[str, tuple[int, dict[int, int]]] = {
    "onnx.Model": (7, {1: BYTES, 2: BYTES, 5: BYTES, 11: BYTES, 12: BYTES, 13: BYTES, 14: BYTES, 10: BYTES}),
    "tf.SavedModel": (2, dict.fromkeys(range(1, 8), BYTES)),
    "tf.MetaGraph": (2, {1: BYTES, 2: BYTES, 3: VARINT, 4: BYTES, 5: BYTES}),
    "tf.Graph": (1, {1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: BYTES, 6: BYTES, 7: BYTES}),
    "keras.Metadata": (1, {2: VARINT, 3: BYTES, 4: BYTES, 5: BYTES, 6: BYTES}),
    "sentencepiece.Model": (1, {1: BYTES, 2: FIXED32, 3: VARINT}),
}
MOST_FIELDS_BELOW = 64


class Protobuf(Format):
    """Everything that is a message of a known kind to its last byte."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        # A first byte with which no message begins spares a walk over most other formats.
        return (
            head[0] & 7 in (VARINT, BYTES) and head[0] >> 3 > 0 and bool(Shape(Walker(piece.source)).kinds())
        )

    def inspect(self, judge: Judge, piece: Piece) -> None:
        walker = Walker(piece.source)
        shape = Shape(walker)
        kinds = shape.kinds()
        for kind in SCHEMAS:
            if kind in KINDS and shape.may_be(kind):
                Examination(judge, piece, walker, certain=kind in kinds).run(kind)
        words = " or ".join(dict.fromkeys(WORDS[kind] for kind in kinds))
        judge.harmless(words, piece.label)


class Shape:
    """The fields at the top of a message; nothing in them when it is none."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.fields: set[tuple[int, int]] = set()
        self.first: dict[int, Field] = {}
        try:
            for field in walker.fields(0, None):
                self.fields.add((field.number, field.kind))
                if field.kind == BYTES:
                    self.first.setdefault(field.number, field)
        except BadMessage:
            self.fields = set()

    def kinds(self) -> list[str]:
        """Each kind that the whole source is, as it is written by those who write it."""
        return [kind for kind in KINDS if self.is_like(kind)]

    def may_be(self, kind: str) -> bool:
        """Whether a reader of the kind takes it, who passes over fields that it does not know."""
        return set(KINDS[kind][0].items()) <= self.fields

    def is_like(self, kind: str) -> bool:
        """Whether all fields are those of the kind."""
        numbers = {number for number, _ in self.fields}
        if not self.may_be(kind) or not numbers <= set(KINDS[kind][1]):
            return False
        if kind == "onnx.Tensor" and not (TENSOR_DATA.items() & self.fields or 13 in numbers):
            return False
        if kind == "onnx.Model" and not numbers & {1, 8}:
            return False
        if kind == "coreml.Model" and not any(number >= 200 for number in numbers):
            return False
        return is_like_below(kind, self.walker, self.first)


def is_like_below(kind: str, walker: Walker, first: dict[int, Field]) -> bool:
    """Whether the first message below is one, with the fields of its kind."""
    if kind not in BELOW:
        return True
    number, allowed = BELOW[kind]
    try:
        for count, field in enumerate(walker.fields(first[number].start, first[number].length)):
            if kind != "onnx.Model" and allowed.get(field.number) != field.kind:
                return False
            if count > MOST_FIELDS_BELOW:
                return True
    except BadMessage:
        return False
    return True


class Examination:
    """One walk over the messages of a kind that do something."""

    def __init__(self, judge: Judge, piece: Piece, walker: Walker, *, certain: bool) -> None:
        self.judge, self.piece, self.walker, self.certain = judge, piece, walker, certain
        self.domains: set[str] = set()
        self.own_domains: set[str] = set()

    def run(self, kind: str) -> None:
        """Walk, and judge what was gathered."""
        if kind in SCHEMAS:
            self.walk(kind, 0, None, 0)
        unknown = sorted(self.domains - self.own_domains - DOMAINS)
        if unknown:
            words = ", ".join(printable(domain) for domain in unknown[:10])
            message = f"uses operators that ONNX does not have, from a library of their own: {words}"
            self.say("custom-operators", message, Severity.SUSPICIOUS)

    def say(self, rule: str, message: str, severity: Severity) -> None:
        self.judge.say(rule, message, self.piece.label, severity)

    def walk(self, name: str, start: int, length: int | None, depth: int) -> None:
        """Judge one message and, while their bytes are at hand, those in it."""
        if depth > DEEPEST:
            self.say("too-deep", "has graphs in graphs, too many times over", Severity.ERROR)
            return
        values: list[tuple[str, str]] = []
        try:
            for field in self.walker.fields(start, length):
                target = SCHEMAS[name].get(field.number, "")
                if field.kind != BYTES or not target:
                    continue
                if target == "=json":
                    self.judge_json(field)
                elif target.startswith("="):
                    data = self.walker.bytes_of(field, LONGEST_VALUE)
                    values.append((target, data.decode("utf-8", "replace")))
                else:
                    self.walk(target, field.start, field.length, depth + 1)
        except BadMessage:
            # Read as a kind that it is not, it is damaged of course.
            if self.certain:
                self.say("bad-protobuf", f"has a damaged part ({name})", Severity.ERROR)
        self.judge_values(values)

    def judge_json(self, field: Field) -> None:
        """The description of a layer in Keras' words."""
        if field.length > LONGEST_JSON:
            self.say("too-much", "has a description too long to be judged", Severity.ERROR)
        elif data := self.walker.bytes_of(field, LONGEST_JSON):
            judge_json(self.judge, data, self.piece.label)

    def judge_values(self, values: list[tuple[str, str]]) -> None:
        """The names and places in one message."""
        keys = {value for target, value in values if target == "=key"}
        for target, value in values:
            if target == "=operator" and value in PYTHON_OPERATORS:
                self.say("operator", f"has the operator {value}, which runs Python", Severity.DANGEROUS)
            elif target == "=domain":
                self.domains.add(value)
            elif target == "=own-domain":
                self.own_domains.add(value)
            elif target == "=operation":
                self.judge_operation(value)
            elif target == "=key" and value not in EXTERNAL_KEYS:
                words = f"says of weights in another file what ONNX does not know: {printable(value)}"
                self.say("external-data", words, Severity.SUSPICIOUS)
            elif target == "=value" and "location" in keys:
                self.judge_location(value, keys)

    def judge_operation(self, name: str) -> None:
        """An operation of TensorFlow's graph."""
        if name in TENSORFLOW_PYTHON:
            self.say("operation", f"has the operation {name}, which runs Python", Severity.DANGEROUS)
        elif name in TENSORFLOW_FILES:
            words = f"has the operation {name}, which reaches files or the network"
            self.say("operation", words, Severity.DANGEROUS)
        elif _OF_A_LIBRARY.search(name):
            words = f"has the operation {printable(name)}, of a library that TensorFlow does not have"
            self.say("operation", words, Severity.SUSPICIOUS)

    def judge_location(self, value: str, keys: set[str]) -> None:
        """Where ONNX keeps a tensor outside the file."""
        if leaves(value) or "://" in value or "\0" in value:
            words = f"reads weights from {printable(value)}, outside its own folder"
            self.say("external-data", words, Severity.DANGEROUS)
        elif keys == {"location"}:
            words = f"keeps weights in another file: {printable(value)}"
            self.say("external-data", words, Severity.INFO)
