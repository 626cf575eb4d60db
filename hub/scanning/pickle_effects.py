"""What each instruction of pickle does to the state of an unpickler."""

from collections.abc import Callable
from typing import Any

from hub.scanning.findings import Severity
from hub.scanning.pickle_opcodes import Broken
from hub.scanning.pickle_state import MOST_VALUES, PickleState
from hub.scanning.pickle_values import OPAQUE, Data, Name, Result
from hub.scanning.sources import TooMuch

SMALL = 16
TOO_MANY = object()


def _small(items: list[Any]) -> Any:
    return tuple(items) if len(items) <= SMALL else OPAQUE


def _bytes(machine: PickleState, argument: Data) -> None:
    machine.carry(argument)
    machine.push(argument)


def _constant(machine: PickleState, argument: Any) -> None:
    machine.push(argument)


def _opaque(machine: PickleState, _argument: Any) -> None:
    machine.push(OPAQUE)


def _proto(machine: PickleState, version: int) -> None:
    if version > 5:
        raise Broken(f"protocol {version} does not exist")
    machine.trace.declared = machine.trace.declared or machine.trace.opcodes == 1


def _frame(machine: PickleState, length: int) -> None:
    if machine.frame_end:
        machine.say_frames_disagree("a frame begins inside another")
    machine.frame_end = machine.stream.position + length


def _stop(machine: PickleState, _argument: Any) -> None:
    machine.pop()
    machine.trace.complete = True


def _mark(machine: PickleState, _argument: Any) -> None:
    if len(machine.marks) >= MOST_VALUES:
        raise TooMuch("it keeps more values at once than a scan follows")
    machine.marks.append(len(machine.stack))


def _pop(machine: PickleState, _argument: Any) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def _pop_mark(machine: PickleState, _argument: Any) -> None:
    machine.pop_to_mark()


def _dup(machine: PickleState, _argument: Any) -> None:
    machine.say("unusual", "duplicates a value, which no pickler writes", Severity.SUSPICIOUS)
    machine.push(machine.top())


def _tuple_of(count: int) -> Any:
    def effect(machine: PickleState, _argument: Any) -> None:
        items = [machine.pop() for _ in range(count)][::-1]
        machine.collect(items)
        machine.push(tuple(items))

    return effect


def _tuple(machine: PickleState, _argument: Any) -> None:
    items = machine.pop_to_mark()
    machine.collect(items)
    machine.push(_small(items))


def _collection(machine: PickleState, _argument: Any) -> None:
    machine.collect(machine.pop_to_mark())
    machine.push(OPAQUE)


def _dict(machine: PickleState, _argument: Any) -> None:
    items = machine.pop_to_mark()
    machine.push({})
    _set(machine, items)


def _empty_dict(machine: PickleState, _argument: Any) -> None:
    machine.push({})


def _set(machine: PickleState, items: list[Any]) -> None:
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


def _set_item(machine: PickleState, _argument: Any) -> None:
    value = machine.pop()
    _set(machine, [machine.pop(), value])


def _set_items(machine: PickleState, _argument: Any) -> None:
    _set(machine, machine.pop_to_mark())


def _append(machine: PickleState, _argument: Any) -> None:
    machine.collect([machine.pop()])
    machine.change(machine.top(), "appends to")


def _extend(machine: PickleState, _argument: Any) -> None:
    machine.collect(machine.pop_to_mark())
    machine.change(machine.top(), "appends to")


def _global(machine: PickleState, names: tuple[str, str]) -> None:
    machine.push(machine.find(*names))


def _stack_global(machine: PickleState, _argument: Any) -> None:
    name = machine.pop()
    machine.push(machine.find_computed(machine.pop(), name))


def _extension(machine: PickleState, _code: int) -> None:
    machine.say("extension", "imports by a number of the extension registry", Severity.DANGEROUS)
    machine.trace.imports += 1
    machine.push(OPAQUE)


def _inst(machine: PickleState, names: tuple[str, str]) -> None:
    items = machine.pop_to_mark()
    machine.collect(items)
    machine.push(machine.call(machine.find(*names), _small(items)))


def _obj(machine: PickleState, _argument: Any) -> None:
    items = machine.pop_to_mark()
    if not items:
        raise Broken("it makes an object of nothing")
    machine.collect(items[1:])
    machine.push(machine.call(items[0], _small(items[1:])))


def _reduce(machine: PickleState, _argument: Any) -> None:
    arguments = machine.pop()
    machine.push(machine.call(machine.pop(), arguments))


def _newobj_ex(machine: PickleState, _argument: Any) -> None:
    machine.collect([machine.pop()])
    _reduce(machine, None)


def _build(machine: PickleState, _argument: Any) -> None:
    state = machine.pop()
    machine.collect([state])
    target = machine.top()
    machine.change(target, "gives new state to")
    if isinstance(target, Result):
        machine.trace.calls += 1
        machine.after_build(target, state)
        target.state = state


def _put(machine: PickleState, index: Any) -> None:
    if isinstance(index, int):
        machine.remember(index, machine.top())


def _memoize(machine: PickleState, _argument: Any) -> None:
    machine.remember(len(machine.memo), machine.top())


def _get(machine: PickleState, index: Any) -> None:
    # A missing key stops CPython; going on with an unknown value finds at least as much.
    machine.push(machine.memo.get(index, OPAQUE))


def _persistent(machine: PickleState, from_stack: bool) -> None:
    identity = machine.pop() if from_stack else OPAQUE
    if not machine.torch:
        machine.say("persistent-id", "asks its loader for an object by an id", Severity.SUSPICIOUS)
    match identity:
        # How torch up to 0.4 wrote a class together with its source text.
        case ("module", Name() as found, *_):
            machine.push(found)
        case _:
            machine.push(OPAQUE)


def _next_buffer(machine: PickleState, _argument: Any) -> None:
    machine.say("unusual", "takes data from outside the file", Severity.SUSPICIOUS)
    machine.push(OPAQUE)


EFFECTS: dict[str, Callable[[PickleState, Any], None]] = {
    "INT": _constant,
    "CONSTANT": _constant,
    "BYTES": _bytes,
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
