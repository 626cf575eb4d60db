"""What an unpickler holds while it reads, followed only as far as names and short constants go."""

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from hub.scanning import joblib_arrays
from hub.scanning.findings import Finding, Severity, printable
from hub.scanning.imports import Imports, Safety
from hub.scanning.names import Judgement, judge
from hub.scanning.pickle_opcodes import BEGINNING, LONGEST_NAME, Broken
from hub.scanning.pickle_values import OPAQUE, Data, Name, Result
from hub.scanning.sources import Budget, RangeSource, Source, TooMuch

MOST_VALUES = 1_000_000
MOST_FINDINGS = 100
MOST_CARRIED = 100

GETATTR = ("builtins", "getattr")
SAFETY = {
    Judgement.ALLOWED: Safety.INNOCUOUS,
    Judgement.UNKNOWN: Safety.SUSPICIOUS,
    Judgement.DANGEROUS: Safety.DANGEROUS,
}
# What cloudpickle writes for a function that is not to be found in a module.
CODE_OF_FUNCTIONS = {("types", name) for name in ("CodeType", "FunctionType", "ModuleType", "CellType")}
CODE_OF_FUNCTIONS |= {
    (module, name)
    for module in ("cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast")
    for name in (
        *("_make_function", "_function_setstate", "_fill_function", "_make_skel_func", "_make_cell"),
        *("_make_empty_cell", "_make_skeleton_class", "_class_setstate", "_builtin_type", "subimport"),
    )
}
LOADS_BYTES = ("torch.storage", "_load_from_bytes")

_NO_MODULE = re.compile(r"""[\s(){}\[\]<>;,"'`]""")


@dataclass
class Trace:
    """What one stream does, up to where it ended."""

    findings: list[Finding] = field(default_factory=list)
    names: Imports = field(default_factory=Imports)
    nested: list[Data] = field(default_factory=list)
    # Byte strings that begin like a pickle, whether or not they are loaded.
    carried: list[Data] = field(default_factory=list)
    opcodes: int = 0
    imports: int = 0
    # Of these, how many name a module as no file can be called that Python finds.
    impossible: int = 0
    calls: int = 0
    declared: bool = False
    complete: bool = False
    failure: str = ""
    end: int = 0


class PickleState:
    """Stack, memo and findings, by what is known of the loader.

    `torch`: it knows persistent ids; `script`: types of TorchScript; `functions`: functions with their code.
    """

    def __init__(
        self,
        source: Source,
        budget: Budget,
        *,
        offset: int = 0,
        label: str = "",
        torch: bool = False,
        script: bool = False,
        functions: bool = False,
    ) -> None:
        self.functions = functions
        self.source, self.budget, self.label, self.torch, self.script = source, budget, label, torch, script
        self.stream = source.open(offset)
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: MutableMapping[int, Any] = {}
        self.trace = Trace()
        self.at = offset
        self.frame_end = 0
        self.depth = 0
        self.speculative = False
        self.reported: set[tuple[str, str]] = set()

    def say(self, rule: str, message: str, severity: Severity) -> None:
        """Keep a finding once, with the instruction's place; of too many only the dangerous ones."""
        full = len(self.reported) >= MOST_FINDINGS * (2 if severity is Severity.DANGEROUS else 1)
        if full or (rule, message) in self.reported:
            return
        self.reported.add((rule, message))
        where = f"{self.label}, byte {self.at}" if self.label else f"byte {self.at}"
        self.trace.findings.append(Finding(rule, message, where, severity))

    def say_frames_disagree(self, how: str) -> None:
        """CPython before 3.13.15 and 3.14.7 drops the rest of such a frame, and runs what nobody else reads.

        A frame that is longer than the file stops it, and is more likely a number in some other format.
        """
        whole = not isinstance(self.source, RangeSource) or self.frame_end <= self.source.length
        self.trace.imports += whole
        self.say("frame", f"{how}, where readers disagree and no pickler writes it", Severity.DANGEROUS)

    # --- the stack -------------------------------------------------------------------------------

    def push(self, value: Any) -> None:
        """Put a value on the stack, or raise TooMuch."""
        if len(self.stack) >= MOST_VALUES:
            raise TooMuch("it keeps more values at once than a scan follows")
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the last value; Broken when there is none above the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Broken("it takes a value that is not there")
        return self.stack.pop()

    def top(self) -> Any:
        """The last value, which stays."""
        if not self.stack:
            raise Broken("it uses a value that is not there")
        return self.stack[-1]

    def pop_to_mark(self) -> list[Any]:
        """Take the last mark and every value above it."""
        if not self.marks:
            raise Broken("it uses a mark that is not there")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def remember(self, index: int, value: Any) -> None:
        """Put a value into the memo, or raise TooMuch."""
        if len(self.memo) >= MOST_VALUES:
            raise TooMuch("it remembers more values than a scan follows")
        self.memo[index] = value

    def collect(self, items: list[Any]) -> None:
        """Values go into a container, from which the machine does not follow getattr any further."""
        for item in items:
            if type(item) is Name and item.key == GETATTR:
                self.say("computed-name", "hands on getattr, which reaches any attribute", Severity.DANGEROUS)
                self.trace.names.add(item.module, item.name, Safety.DANGEROUS)

    # --- imports and calls -----------------------------------------------------------------------

    def find(self, module: str, name: str) -> Name:
        """Import by name, and say what that means."""
        found = Name(module, name)
        self.trace.imports += 1
        self.trace.impossible += bool(_NO_MODULE.search(module))
        if len(module) > LONGEST_NAME or len(name) > LONGEST_NAME:
            self.say("dangerous-import", "imports a name too long to be one", Severity.DANGEROUS)
            self.trace.names.add(module, name, Safety.DANGEROUS)
            return found
        if self.script and module.startswith("__torch__"):
            return found
        if found.key == GETATTR:
            # What it is used for decides, when it is called or handed on.
            self.trace.names.add(module, name, Safety.INNOCUOUS)
            return found
        judgement = judge(module, name)
        if self.functions and found.key in CODE_OF_FUNCTIONS:
            # Such a file is code by its nature: whoever loads it is told so, whatever the code does.
            judgement = Judgement.UNKNOWN
        self.trace.names.add(module, name, SAFETY[judgement])
        if judgement is not Judgement.ALLOWED:
            dangerous = judgement is Judgement.DANGEROUS
            self.say(
                "dangerous-import" if dangerous else "unknown-import",
                f"imports {found}: {judgement.value}",
                Severity.DANGEROUS if dangerous else Severity.SUSPICIOUS,
            )
        return found

    def find_computed(self, module: Any, name: Any) -> Any:
        """STACK_GLOBAL: the names come from the stack."""
        if isinstance(module, str) and isinstance(name, str):
            return self.find(module, name)
        if self.speculative and not (may_be_text(module) and may_be_text(name)):
            raise Broken("a name that is no text")
        self.trace.imports += 1
        self.say("computed-name", "imports something whose name is computed", Severity.DANGEROUS)
        return OPAQUE

    def call(self, function: Any, arguments: Any) -> Any:
        """Call it; what an allowed name may do was decided when it was imported."""
        self.trace.calls += 1
        key = function.key if isinstance(function, Name) else None
        if key == GETATTR:
            return self.get_attribute(function, arguments)
        if key == LOADS_BYTES:
            self.load_nested(arguments)
        elif key is None:
            self.say("computed-call", "calls something that it computed", Severity.SUSPICIOUS)
        return Result(function, arguments)

    def get_attribute(self, getattr_: Name, arguments: Any) -> Any:
        """getattr: harmless only to reach a class inside an imported class, as protocol 2 writes it."""
        match arguments:
            case (Name() as parent, str() as attribute):
                return self.find(parent.module, f"{parent.name}.{attribute}")
            case (Result(), str() as attribute) if not attribute.startswith("__"):
                self.say("computed-name", f"takes the attribute {printable(attribute)}", Severity.SUSPICIOUS)
                self.trace.names.add(getattr_.module, getattr_.name, Safety.SUSPICIOUS)
            case _:
                self.say("computed-name", "takes an attribute that is computed", Severity.DANGEROUS)
                self.trace.names.add(getattr_.module, getattr_.name, Safety.DANGEROUS)
        return OPAQUE

    def load_nested(self, arguments: Any) -> None:
        """A pickle inside a byte string is judged by whoever drives the machine."""
        match arguments:
            case (Data() as data,):
                self.trace.nested.append(data)
            case _:
                self.say("computed-name", "loads a pickle that is computed", Severity.DANGEROUS)

    def carry(self, data: Data) -> None:
        """Note a byte string that looks like a pickle."""
        if BEGINNING.match(data.head) and len(self.trace.carried) < MOST_CARRIED:
            self.trace.carried.append(data)

    def change(self, target: Any, how: str) -> None:
        """Giving state or items to an imported object changes it for the whole program."""
        if isinstance(target, Name):
            self.say("changes-import", f"{how} the imported object {target}", Severity.DANGEROUS)

    def after_build(self, target: Result, state: Any) -> None:
        """Some loaders read more than the pickle right after an object got its state."""


def may_be_text(value: Any) -> bool:
    """Whether a name for STACK_GLOBAL could be text at run time: of what is called, arrays are not."""
    if not isinstance(value, Result):
        return isinstance(value, str)
    return not isinstance(value.function, Name) or value.function.key not in joblib_arrays.WRAPPERS


def matters(trace: Trace) -> bool:
    """Whether a stream does what only a pickle does, not by chance: it imports, and goes on from there.

    An import by number is one byte and any others, as one in eighty files of noise begins.
    """
    grave = [finding for finding in trace.findings if finding.severity == Severity.DANGEROUS]
    dangerous = any(finding.rule != "extension" for finding in grave)
    possible = trace.declared or trace.imports > trace.impossible
    return trace.imports > 0 and ((dangerous and possible) or trace.calls > 0 or trace.complete)
