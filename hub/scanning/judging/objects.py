"""JSON that describes objects: Keras models, tokenizers with templates, hydra, skops, code of its own.

Every object of the text is seen, also one whose key stands there twice: readers differ in which they take.
"""

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from hub.scanning.findings import CUSTOM_CODE, Severity, printable
from hub.scanning.formats.base import Judge
from hub.scanning.judging import keras, templates
from hub.scanning.judging.paths import leaves
from hub.scanning.judging.targets import judge_target
from hub.scanning.names import Judgement
from hub.scanning.names import judge as judge_name
from hub.scanning.sources import RangeSource

# In bytes; the largest tokenizer.json that are published have some 35 MB.
LARGEST = 48 << 20
MOST_NAMES = 10
# So deep that what is packed in them is not unpacked any further.
DEPTH_OF_PICKLES = 4
_CODE = re.compile(r"(?:[\w./-]+--)?\w+(?:\.\w+)+")
LONGEST_NUMBER = 1000
# In the time of one instruction of a pickle.
STEPS_OF_A_PAIR = 4
# Keys of jsonpickle whose value names what is imported or, in "py/repr", what is evaluated.
PICKLED_NAMES = {"py/object", "py/function", "py/type", "py/class", "py/mod", "py/repr"}
CODE_KEYS = {"auto_map", "custom_code", "custom_pipelines"}
_WORTH_IT = re.compile(
    rb"chat_template|\{\{|\{%|class_name|auto_map|custom_code|custom_pipelines|_target_|__module__|__loader__"
    rb"|:serialized:|trust_remote_code|\\u00|module|!!python|\"idx\"|\"py/|\"weight_map\""
)


class Visitor:
    """What json calls for each object, the inner ones first."""

    def __init__(self, judge: Judge, where: str, *, framework: bool) -> None:
        self.judge, self.where, self.framework = judge, where, framework
        self.keras = keras.Keras(judge, where)

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.judge.budget.step(STEPS_OF_A_PAIR * (1 + len(pairs)))
        for key, value in pairs:
            if key == "chat_template":
                self.judge_templates(value)
            elif key == ":serialized:" and isinstance(value, str):
                self.look_at_pickle(value)
            elif isinstance(value, str):
                self.judge_text(key, value)
            elif key == "weight_map" and isinstance(value, dict):
                self.judge_files(value.values())
            elif isinstance(value, list):
                self.judge_list(key, value)
            if key in CODE_KEYS and value:
                self.say_code(key, value)
        found = dict(pairs)
        self.keras.visit(pairs)
        self.judge_skops(found)
        self.judge_pipeline(found)
        return found

    def judge_files(self, files: Iterable[Any]) -> None:
        """The files among which the tensors of a model are shared out."""
        outside = next((file for file in files if isinstance(file, str) and leaves(file)), None)
        if outside is not None:
            words = f"has weights loaded from {printable(outside)}, outside its own folder"
            self.judge.say("external-data", words, self.where, Severity.DANGEROUS)

    def judge_named(self, key: str, value: str) -> None:
        """A name that jsonpickle imports, or a call that it evaluates."""
        dotted = value.partition("/")[2].partition("(")[0] if key == "py/repr" else value
        module, _, name = dotted.rpartition(".")
        if judge_name(module or dotted, name) == Judgement.DANGEROUS:
            words = f"has jsonpickle build {printable(value)}, which {Judgement.DANGEROUS.value}"
            self.judge.say("jsonpickle", words, self.where, Severity.DANGEROUS)

    def say_code(self, key: str, value: Any) -> None:
        """A class that comes with the model instead of with the library that loads it."""
        named = sorted(set(islice(names_of_code(value), MOST_NAMES)))
        words = f" ({', '.join(printable(name) for name in named)})" if named else ""
        message = f"has its loader run code that comes with it: {printable(key)}{words}"
        self.judge.say(CUSTOM_CODE, message, self.where, Severity.NOTICE)

    def judge_pipeline(self, found: dict[str, Any]) -> None:
        """A pipeline of diffusers, or a part of a model of sentence-transformers, of a module beside it."""
        match found:
            case {"_class_name": [str() as module, str() as name], "_diffusers_version": _}:
                self.say_code("custom_pipeline", f"{module}.{name}")
            case {"idx": _, "path": str(), "type": str() as name} if "." in name:
                if not name.startswith("sentence_transformers."):
                    self.say_code("modules", name)

    def look_at_pickle(self, text: str) -> None:
        """A pickle of cloudpickle in Base64, which Stable-Baselines3 loads with its models."""
        try:
            data = base64.b64decode(text)
        except ValueError:
            self.judge.say("broken-pickle", "has a pickle that is no Base64", self.where, Severity.ERROR)
            return
        source = RangeSource(io.BytesIO(data), 0, len(data), self.judge.budget)
        where = f"{self.where}, :serialized:".lstrip(", ")
        self.judge.look(source, len(data), where, "serialized.pkl", DEPTH_OF_PICKLES, functions=True)

    def judge_templates(self, value: Any) -> None:
        """One template, a list of named ones, or an object of them."""
        if isinstance(value, str):
            templates.judge_template(self.judge, value, self.where, known=True)
        elif isinstance(value, dict):
            self.judge_each(value.values())
        elif isinstance(value, list):
            self.judge_each(value)

    def judge_each(self, values: Iterable[Any]) -> None:
        for value in values:
            found = value.values() if isinstance(value, dict) else [value]
            for text in found:
                if isinstance(text, str):
                    templates.judge_template(self.judge, text, self.where, known=True)

    def judge_text(self, key: str, value: str) -> None:
        """Any other text: a target to build, or a template under another key."""
        if key == "_target_":
            judge_target(self.judge, value, self.where, framework=self.framework)
        elif key in PICKLED_NAMES:
            self.judge_named(key, value)
        elif "{{" in value or "{%" in value:
            templates.judge_template(self.judge, value, self.where, known="template" in key)

    def judge_list(self, key: str, values: list[Any]) -> None:
        """Texts in a list may be templates as well."""
        for value in values:
            if isinstance(value, str) and ("{{" in value or "{%" in value):
                templates.judge_template(self.judge, value, self.where, known="template" in key)

    def judge_skops(self, found: dict[str, Any]) -> None:
        """An object of skops' schema, which names the class to build."""
        module, name = found.get("__module__"), found.get("__class__")
        if not (isinstance(module, str) and isinstance(name, str)):
            return
        judgement = judge_name(module, name.removeprefix(f"{module}."))
        if judgement == Judgement.DANGEROUS:
            words = f"builds {printable(module)}.{printable(name)}, which {judgement.value}"
            self.judge.say("skops", words, self.where, Severity.DANGEROUS)
        elif judgement == Judgement.UNKNOWN and "__loader__" in found and not is_usual(module, found):
            words = f"builds {printable(module)}.{printable(name)}, which is {judgement.value}"
            self.judge.say("skops", words, self.where, Severity.SUSPICIOUS)


def names_of_code(value: Any) -> Iterator[str]:
    """The names of code in a value: "modeling.Net", or "owner/name--modeling.Net" of another repository."""
    if isinstance(value, str) and _CODE.fullmatch(value):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from names_of_code(part)


def is_usual(module: str, found: dict[str, Any]) -> bool:
    """Whether skops builds it from data alone: a class of scikit-learn or NumPy, and no call."""
    calls = found.get("__loader__") in ("MethodNode", "OperatorFuncNode", "FunctionNode", "PartialNode")
    return not calls and module.split(".")[0] in ("sklearn", "numpy", "scipy", "builtins", "collections")


def number(digits: str) -> int:
    """A number; of one that Python refuses and other readers take, only that it is one."""
    return int(digits[:LONGEST_NUMBER])


def judge_json(judge: Judge, data: bytes, where: str, *, framework: bool = False) -> bool:
    """Judge JSON; False when it is none, so that nobody reads it as such."""
    if not _WORTH_IT.search(data):
        return data.lstrip()[:1] in (b"{", b"[")
    try:
        visitor = Visitor(judge, where, framework=framework)
        json.loads(data.decode("utf-8-sig"), object_pairs_hook=visitor, parse_int=number)
    except RecursionError:
        judge.say("bad-json", "is JSON nested too deeply to be judged", where, Severity.ERROR)
    except ValueError:
        return False
    return True
