"""Descriptions of Keras models: layers that carry or import code.

Source: keras' serialization_lib.deserialize_keras_object, which imports `module` and takes `class_name`
or, for functions, `config` from it; CVE-2024-3660, CVE-2025-1550, -8747, -9905, -9906, -12058, -49655.
"""

import re
from typing import Any

from hub.scanning.findings import CUSTOM_CODE, Severity, printable
from hub.scanning.formats.base import Judge
from hub.scanning.names import Judgement, in_library
from hub.scanning.names import judge as judge_name

CODE = {"Lambda", "TorchModuleWrapper", "__lambda__", "TFSMLayer", "JaxLayer", "FlaxLayer", "PyTorchWrapper"}
PACKAGES = {
    "keras",
    "tf_keras",
    "keras_nlp",
    "keras_hub",
    "keras_cv",
    "keras_core",
    "keras_tuner",
    "keras_rs",
}
PACKAGES |= {"tensorflow_addons"}
FROM_TENSORFLOW = ("tensorflow.keras", "tensorflow.python.keras", "tf.keras")
# Where keras keeps what loads files and other models.
TOOLS = {"utils", "saving", "saving_lib", "file_utils", "io_utils", "export", "config", "backend", "legacy"}
# And what builds, fetches or trains whole models: classes of these are parts of a model, functions are not.
MAKERS = {"models", "applications", "datasets", "callbacks", "trainers", "wrappers", "preprocessing"}
FUNCTIONS = {"get_file", "load_model", "model_from_json", "model_from_config", "deserialize_keras_object"}
FUNCTIONS |= {"load_weights", "enable_unsafe_deserialization", "from_config", "model_from_yaml", "load_img"}
TENSORFLOW_OPS = re.compile(r"(?:^|\.)(?:py_func(?:tion)?|numpy_function|read_file|write_file|load_library|"
                            r"load_op_library|matching_files|save|load|restore)$|^io\.")  # fmt: skip
_LAMBDA_OP = {
    "TFOpLambda",
    "SlicingOpLambda",
    "ClassMethod",
    "InstanceProperty",
    "InstanceMethod",
    "TensorFlowOpLayer",
}
_IS_CLASS = re.compile(r"(?:[A-Za-z_][\w-]*>)?[A-Z]\w*")
_VOCABULARIES = {"vocabulary", "idf_weights"}


class Keras:
    """Looks at each object of a description."""

    def __init__(self, judge: Judge, where: str) -> None:
        self.judge, self.where = judge, where

    def say(self, words: str, severity: Severity = Severity.DANGEROUS) -> None:
        self.judge.say("keras", words, self.where, severity)

    def visit(self, pairs: list[tuple[str, Any]]) -> None:
        """Judge one object by its pairs, of which a key may come twice."""
        found = dict(pairs)
        layered = "class_name" in found and (
            "config" in found or "module" in found or "registered_name" in found
        )
        for key, value in pairs:
            if not isinstance(value, str):
                continue
            if key == "class_name":
                self.judge_class(value, found)
            elif key == "module" and layered:
                self.judge_module(value, found)
            elif key.endswith("_module") and judge_module_name(value):
                self.say(f"names the module {printable(value)}, which can run commands")
            elif key in ("fn", "function", "call_fn", "init_fn") and value in FUNCTIONS:
                self.say(f"calls {value}, which fetches or loads other files")
            elif key in _VOCABULARIES and is_path(value):
                self.say(f"reads the file {printable(value)} when it is loaded")

    def judge_class(self, name: str, found: dict[str, Any]) -> None:
        config = found.get("config")
        if name in CODE and (isinstance(config, dict) or "module" in found):
            self.say(f"has a layer {name}, which runs code that comes with the file")
        elif name in _LAMBDA_OP and isinstance(config, dict):
            function = config.get("function", config.get("op", ""))
            if isinstance(function, str) and TENSORFLOW_OPS.search(function):
                self.say(f"calls TensorFlow's {printable(function)}, which reaches files or Python")
        elif "registered_name" in found and ">" in str(found["registered_name"] or ""):
            self.judge.say(
                CUSTOM_CODE,
                f"needs a class of its own: {printable(str(found['registered_name']))}",
                self.where,
                Severity.NOTICE,
            )

    def judge_module(self, module: str, found: dict[str, Any]) -> None:
        """`module` is imported, and something of it built, when no registered class of the name exists."""
        top, *rest = module.split(".")
        name, config = str(found.get("class_name", "")), found.get("config")
        wanted = config if name == "function" and isinstance(config, str) else name
        if module == "builtins":
            self.judge_builtin(wanted, name)
        elif top not in PACKAGES and not module.startswith(FROM_TENSORFLOW):
            self.say(f"imports {printable(wanted)} from {printable(module)}, which is not part of Keras")
        elif wanted in FUNCTIONS or (name != "function" and not _IS_CLASS.fullmatch(name)):
            self.say(f"calls {printable(wanted)} of {printable(module)}")
        elif not wanted.replace(">", "").replace("-", "").isidentifier():
            self.say(f"reaches {printable(wanted)} through {printable(module)}")
        elif name == "function" and MAKERS & set(rest):
            self.say(f"calls {printable(wanted)} of {printable(module)}")
        elif TOOLS & set(rest):
            severity = (
                Severity.SUSPICIOUS
                if _IS_CLASS.fullmatch(name) and name[:1].isupper()
                else Severity.DANGEROUS
            )
            known = module.endswith(("saving", "legacy", "backend")) or "optimizers" in rest
            if not (known and _IS_CLASS.fullmatch(name)):
                self.say(f"takes {printable(wanted)} from {printable(module)}", severity)

    def judge_builtin(self, wanted: str, name: str) -> None:
        """Keras writes `builtins` for functions of the user, and looks there for them."""
        if judge_name("builtins", wanted) == Judgement.DANGEROUS or "." in wanted:
            self.say(f"calls Python's {printable(wanted)}")
        elif name == "function":
            message = f"needs a function of its own: {printable(wanted)}"
            self.judge.say(CUSTOM_CODE, message, self.where, Severity.NOTICE)


def judge_module_name(module: str) -> bool:
    """Whether a module by this name reaches out of Python's data."""
    top = module.split(".")[0]
    return module.isascii() and (
        judge_name(module, "x") == Judgement.DANGEROUS or (in_library(top) and top != "keras")
    )


def is_path(value: str) -> bool:
    """Whether a vocabulary is a file somewhere else instead of a list of words."""
    return (
        value.startswith(("/", "\\", "~", "file:")) or "://" in value or ".." in value or value[1:3] == ":\\"
    )
