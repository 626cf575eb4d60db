"""Follow one pickle instruction by instruction without running it, keeping the names and strings it handles.

The unpickler acts while it reads, so whatever was seen before a stream breaks has already happened. Where it
is unclear whether CPython would stop, the machine goes on: who stops early can be made to miss a call.
"""

from collections import ChainMap
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from hub.scanning import joblib_arrays
from hub.scanning.findings import Finding, Severity, printable
from hub.scanning.names import Judgement, judge
from hub.scanning.pickle_opcodes import (
    LONGEST_NAME,
    OPCODES,
    Broken,
    Opcode,
    read_argument,
)
from hub.scanning.pickle_values import OPAQUE, Data, Name, Result
from hub.scanning.sources import Budget, RangeSource, Source, TooMuch, Truncated

MOST_VALUES = 1_000_000
MOST_FINDINGS = 100
SMALL = 16
DEEPEST = 8
TOO_MANY = object()
STEPS_BETWEEN_CHECKS = 4096

GETATTR = ("builtins", "getattr")
LOADS_BYTES = ("torch.storage", "_load_from_bytes")


@dataclass
class Trace:
    """What one stream does, up to where it ended."""

    findings: list[Finding] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    nested: list[Data] = field(default_factory=list)
    opcodes: int = 0
    imports: int = 0
    calls: int = 0
    declared: bool = False
    complete: bool = False
    failure: str = ""
    end: int = 0
    top: Any = None


class PickleMachine:
    """One run over one stream; `torch`: its loader knows persistent ids, `script`: TorchScript types."""

    def __init__(
        self,
        source: Source,
        budget: Budget,
        *,
        offset: int = 0,
        label: str = "",
        torch: bool = False,
        script: bool = False,
    ) -> None:
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

    def run(self) -> Trace:
        """Read to STOP, or to where an unpickler would raise; TooMuch passes through with `trace` kept."""
        try:
            while not self.trace.complete:
                self.step()
        except Truncated as problem:
            self.trace.failure = f"it ends in the middle: {problem}"
        except Broken as problem:
            self.trace.failure = f"no unpickler reads on: {problem}"
        self.trace.end = self.stream.position
        return self.trace

    def step(self) -> None:
        """Read and follow one instruction."""
        self.at = self.stream.position
        opcode = OPCODES.get(code := self.stream.read(1))
        if opcode is None:
            raise Broken(f"{code!r} is no instruction")
        argument = read_argument(opcode, self.stream)
        self.trace.opcodes += 1
        if not self.trace.opcodes % STEPS_BETWEEN_CHECKS:
            self.budget.step(STEPS_BETWEEN_CHECKS)
        if self.frame_end:
            self.check_frame(opcode)
        EFFECTS[opcode.name](self, argument)

    def check_frame(self, opcode: Opcode) -> None:
        """Two unpicklers disagree about an instruction that crosses the end of its frame."""
        if self.at < self.frame_end < self.stream.position:
            self.say(
                "frame", f"the instruction {opcode.name} crosses the end of a frame", Severity.SUSPICIOUS
            )
        if self.stream.position >= self.frame_end:
            self.frame_end = 0

    def say(self, rule: str, message: str, severity: Severity) -> None:
        """Keep a finding once, with the instruction's place; of too many only the dangerous ones."""
        full = len(self.reported) >= MOST_FINDINGS * (2 if severity is Severity.DANGEROUS else 1)
        if full or (rule, message) in self.reported:
            return
        self.reported.add((rule, message))
        where = f"{self.label}, byte {self.at}" if self.label else f"byte {self.at}"
        self.trace.findings.append(Finding(rule, message, where, severity))

    def inline(self) -> None:
        """Follow a pickle that stands inside this one, with a stack and a memo of its own."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooMuch("it has pickles inside pickles, too many times over")
        outer = self.stack, self.marks, self.memo
        self.stack, self.marks, self.memo, self.frame_end = [], [], {}, 0
        while not self.trace.complete:
            self.step()
        self.trace.complete = False
        self.stack, self.marks, self.memo = outer
        self.frame_end = 0
        self.depth -= 1

    def speculate(self, objects: bool) -> None:
        """Follow what comes next as a plain unpickler would, which does not know of joblib's arrays.

        In place of an array of objects stands a pickle that numbers anew what it remembers. Read with the outer
        numbers it imports nonsense, so there only names that are known to be dangerous count.
        """
        if not isinstance(self.source, RangeSource):
            raise Broken("an array of joblib in a packed file too large to hold")
        self.budget.step(len(self.stack))
        other = PickleMachine(self.source, self.budget, offset=self.stream.position, label=self.label)
        other.stack, other.marks, other.memo = [*self.stack], [*self.marks], ChainMap({}, self.memo)
        other.speculative = True
        trace = other.run()
        dangerous = any(finding.rule == "dangerous-import" for finding in trace.findings)
        unknown = trace.imports and trace.findings and (trace.calls or trace.complete)
        if dangerous or (unknown and not objects):
            self.trace.findings += trace.findings
            self.say("hidden-pickle", "has instructions where an array should be", Severity.DANGEROUS)

    # --- the stack -------------------------------------------------------------------------------

    def push(self, value: Any) -> None:
        if len(self.stack) >= MOST_VALUES:
            raise TooMuch("it keeps more values at once than a scan follows")
        self.stack.append(value)

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Broken("it takes a value that is not there")
        return self.stack.pop()

    def top(self) -> Any:
        if not self.stack:
            raise Broken("it uses a value that is not there")
        return self.stack[-1]

    def pop_to_mark(self) -> list[Any]:
        if not self.marks:
            raise Broken("it uses a mark that is not there")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def remember(self, index: int, value: Any) -> None:
        if len(self.memo) >= MOST_VALUES:
            raise TooMuch("it remembers more values than a scan follows")
        self.memo[index] = value

    def collect(self, items: list[Any]) -> None:
        """Values go into a container, from which the machine does not follow getattr any further."""
        for item in items:
            if type(item) is Name and item.key == GETATTR:
                self.say("computed-name", "hands on getattr, which reaches any attribute", Severity.DANGEROUS)

    # --- imports and calls -----------------------------------------------------------------------

    def find(self, module: str, name: str) -> Name:
        """Import by name, and say what that means."""
        found = Name(module, name)
        self.trace.imports += 1
        if len(module) > LONGEST_NAME or len(name) > LONGEST_NAME:
            self.say("dangerous-import", "imports a name too long to be one", Severity.DANGEROUS)
            return found
        if found.key == GETATTR or (self.script and module.startswith("__torch__")):
            return found
        judgement = judge(module, name)
        if judgement is Judgement.ALLOWED:
            self.trace.allowed.add(str(found))
        else:
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
            return self.get_attribute(arguments)
        if key == LOADS_BYTES:
            self.load_nested(arguments)
        elif key is None:
            self.say("computed-call", "calls something that it computed", Severity.SUSPICIOUS)
        return Result(function, arguments)

    def get_attribute(self, arguments: Any) -> Any:
        """getattr: harmless only to reach a class inside an imported class, as protocol 2 writes it."""
        match arguments:
            case (Name() as parent, str() as attribute):
                return self.find(parent.module, f"{parent.name}.{attribute}")
            case (Result(), str() as attribute) if not attribute.startswith("_"):
                self.say("computed-name", f"takes the attribute {printable(attribute)}", Severity.SUSPICIOUS)
            case _:
                self.say("computed-name", "takes an attribute that is computed", Severity.DANGEROUS)
        return OPAQUE

    def load_nested(self, arguments: Any) -> None:
        """A pickle inside a byte string is judged by whoever drives the machine."""
        match arguments:
            case (Data() as data,):
                self.trace.nested.append(data)
            case _:
                self.say("computed-name", "loads a pickle that is computed", Severity.DANGEROUS)

    def change(self, target: Any, how: str) -> None:
        """Giving state or items to an imported object changes it for the whole program."""
        if isinstance(target, Name):
            self.say("changes-import", f"{how} the imported object {target}", Severity.DANGEROUS)


def _small(items: list[Any]) -> Any:
    return tuple(items) if len(items) <= SMALL else OPAQUE


def _constant(machine: PickleMachine, argument: Any) -> None:
    machine.push(argument)


def _opaque(machine: PickleMachine, _argument: Any) -> None:
    machine.push(OPAQUE)


def _proto(machine: PickleMachine, version: int) -> None:
    if version > 5:
        raise Broken(f"protocol {version} does not exist")
    machine.trace.declared = machine.trace.declared or machine.trace.opcodes == 1


def _frame(machine: PickleMachine, length: int) -> None:
    machine.frame_end = machine.stream.position + length


def _stop(machine: PickleMachine, _argument: Any) -> None:
    machine.trace.top = machine.pop()
    machine.trace.complete = True


def _mark(machine: PickleMachine, _argument: Any) -> None:
    if len(machine.marks) >= MOST_VALUES:
        raise TooMuch("it keeps more values at once than a scan follows")
    machine.marks.append(len(machine.stack))


def _pop(machine: PickleMachine, _argument: Any) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def _pop_mark(machine: PickleMachine, _argument: Any) -> None:
    machine.pop_to_mark()


def _dup(machine: PickleMachine, _argument: Any) -> None:
    machine.say("unusual", "duplicates a value, which no pickler writes", Severity.SUSPICIOUS)
    machine.push(machine.top())


def _tuple_of(count: int) -> Any:
    def effect(machine: PickleMachine, _argument: Any) -> None:
        items = [machine.pop() for _ in range(count)][::-1]
        machine.collect(items)
        machine.push(tuple(items))

    return effect


def _tuple(machine: PickleMachine, _argument: Any) -> None:
    items = machine.pop_to_mark()
    machine.collect(items)
    machine.push(_small(items))


def _collection(machine: PickleMachine, _argument: Any) -> None:
    machine.collect(machine.pop_to_mark())
    machine.push(OPAQUE)


def _dict(machine: PickleMachine, _argument: Any) -> None:
    items = machine.pop_to_mark()
    machine.push({})
    _set(machine, items)


def _empty_dict(machine: PickleMachine, _argument: Any) -> None:
    machine.push({})


def _set(machine: PickleMachine, items: list[Any]) -> None:
    machine.collect(items)
    target = machine.top()
    machine.change(target, "puts items into")
    if isinstance(target, dict) and TOO_MANY not in target:
        target.update(
            (key, value) for key, value in zip(items[::2], items[1::2], strict=False) if type(key) is str
        )
        if len(target) > SMALL:
            target.clear()
            target[TOO_MANY] = OPAQUE


def _set_item(machine: PickleMachine, _argument: Any) -> None:
    value = machine.pop()
    _set(machine, [machine.pop(), value])


def _set_items(machine: PickleMachine, _argument: Any) -> None:
    _set(machine, machine.pop_to_mark())


def _append(machine: PickleMachine, _argument: Any) -> None:
    machine.collect([machine.pop()])
    machine.change(machine.top(), "appends to")


def _extend(machine: PickleMachine, _argument: Any) -> None:
    machine.collect(machine.pop_to_mark())
    machine.change(machine.top(), "appends to")


def _global(machine: PickleMachine, names: tuple[str, str]) -> None:
    machine.push(machine.find(*names))


def _stack_global(machine: PickleMachine, _argument: Any) -> None:
    name = machine.pop()
    machine.push(machine.find_computed(machine.pop(), name))


def _extension(machine: PickleMachine, _code: int) -> None:
    machine.say("extension", "imports by a number of the extension registry", Severity.DANGEROUS)
    machine.trace.imports += 1
    machine.push(OPAQUE)


def _inst(machine: PickleMachine, names: tuple[str, str]) -> None:
    items = machine.pop_to_mark()
    machine.collect(items)
    machine.push(machine.call(machine.find(*names), _small(items)))


def _obj(machine: PickleMachine, _argument: Any) -> None:
    items = machine.pop_to_mark()
    if not items:
        raise Broken("it makes an object of nothing")
    machine.collect(items[1:])
    machine.push(machine.call(items[0], _small(items[1:])))


def _reduce(machine: PickleMachine, _argument: Any) -> None:
    arguments = machine.pop()
    machine.push(machine.call(machine.pop(), arguments))


def _newobj_ex(machine: PickleMachine, _argument: Any) -> None:
    machine.collect([machine.pop()])
    _reduce(machine, None)


def _build(machine: PickleMachine, _argument: Any) -> None:
    state = machine.pop()
    machine.collect([state])
    target = machine.top()
    machine.change(target, "gives new state to")
    if isinstance(target, Result):
        machine.trace.calls += 1
        read_array_after(machine, target, state)
        target.state = state


def may_be_text(value: Any) -> bool:
    """Whether a name for STACK_GLOBAL could be text at run time: of what is called, arrays are not."""
    if not isinstance(value, Result):
        return isinstance(value, str)
    return not isinstance(value.function, Name) or value.function.key not in joblib_arrays.WRAPPERS


def read_array_after(machine: PickleMachine, target: Result, state: Any) -> None:
    """Joblib's wrapper is followed by the bytes of its array, or by a pickle of its own inside the stream."""
    if machine.speculative or may_be_text(target):
        return
    layout = joblib_arrays.layout(state) if target.state is None else None
    if layout is None:
        raise Broken("an array of joblib whose size cannot be told")
    machine.speculate(layout.objects)
    if layout.objects:
        machine.inline()
    else:
        joblib_arrays.skip(machine.stream, layout)


def _put(machine: PickleMachine, index: Any) -> None:
    if isinstance(index, int):
        machine.remember(index, machine.top())


def _memoize(machine: PickleMachine, _argument: Any) -> None:
    machine.remember(len(machine.memo), machine.top())


def _get(machine: PickleMachine, index: Any) -> None:
    # A missing key stops CPython; going on with an unknown value finds at least as much.
    machine.push(machine.memo.get(index, OPAQUE))


def _persistent(machine: PickleMachine, from_stack: bool) -> None:
    identity = machine.pop() if from_stack else OPAQUE
    if not machine.torch:
        machine.say("persistent-id", "asks its loader for an object by an id", Severity.SUSPICIOUS)
    match identity:
        # How torch up to 0.4 wrote a class together with its source text.
        case ("module", Name() as found, *_):
            machine.push(found)
        case _:
            machine.push(OPAQUE)


def _next_buffer(machine: PickleMachine, _argument: Any) -> None:
    machine.say("unusual", "takes data from outside the file", Severity.SUSPICIOUS)
    machine.push(OPAQUE)


EFFECTS = {
    "INT": _constant,
    "CONSTANT": _constant,
    "FLOAT": _opaque,
    "NONE": lambda machine, _argument: machine.push(None),
    "NEWTRUE": lambda machine, _argument: machine.push(True),
    "NEWFALSE": lambda machine, _argument: machine.push(False),
    "EMPTY_LIST": _opaque,
    "EMPTY_SET": _opaque,
    "EMPTY_DICT": _empty_dict,
    "EMPTY_TUPLE": lambda machine, _argument: machine.push(()),
    "TUPLE": _tuple,
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "LIST": _collection,
    "FROZENSET": _collection,
    "DICT": _dict,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "APPEND": _append,
    "APPENDS": _extend,
    "ADDITEMS": _extend,
    "MARK": _mark,
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": _dup,
    "PROTO": _proto,
    "FRAME": _frame,
    "STOP": _stop,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "EXTENSION": _extension,
    "INST": _inst,
    "OBJ": _obj,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _newobj_ex,
    "BUILD": _build,
    "PUT": _put,
    "MEMOIZE": _memoize,
    "GET": _get,
    "PERSID": lambda machine, _argument: _persistent(machine, from_stack=False),
    "BINPERSID": lambda machine, _argument: _persistent(machine, from_stack=True),
    "NEXT_BUFFER": _next_buffer,
    "READONLY_BUFFER": lambda machine, _argument: machine.top(),
}
