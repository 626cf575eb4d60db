"""What a template does beyond building text, told from its parsed form; it is never rendered.

Source: jinja2's sandbox, which is what a careful loader renders in, and the ways around it that became known
(CVE-2024-34359 for loaders without one).
"""

import re
from collections.abc import Iterator

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.parser import Parser

from hub.scanning.findings import printable
from hub.scanning.judging.paths import leaves

# What Python's own objects are left through.
WAYS_OUT = re.compile(
    r"__(?:class|mro|bases?|subclasses|globals|builtins|init|import|dict|getattribute|getattr|code|closure|func"
    r"|self|reduce(?:_ex)?|loader|spec|call|module|new|init_subclass|subclasshook|wrapped|setattr|delattr)__"
)
# Objects of jinja2 through which exploits reach Python.
HELPERS = {"cycler", "joiner", "namespace", "lipsum", "self"}
MODULES = {
    "os",
    "sys",
    "subprocess",
    "builtins",
    "importlib",
    "socket",
    "shutil",
    "posix",
    "ctypes",
    "pickle",
}
COMMANDS = {
    "eval",
    "exec",
    "execfile",
    "compile",
    "getattr",
    "setattr",
    "delattr",
    "globals",
    "locals",
    "vars",
}
COMMANDS |= {"open", "input", "import_module", "popen", "system", "breakpoint", "check_output", "Popen"}
METHODS = {"popen", "system", "check_output", "Popen", "import_module", "mro", "format_map"}
# Filters that take the name of an attribute.
BY_ATTRIBUTE = {"map", "selectattr", "rejectattr", "groupby", "sort", "sum", "min", "max", "unique"}
_FRAME_OF_WORK = re.compile(
    r"^(?:gi|cr|ag|tb|f|co|func|im)_(?:frame|code|globals|locals|back|builtins|func|self)"
)


class Generation(Extension):
    """The block that transformers adds to mark what an assistant says."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The nodes between its two tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


_ENVIRONMENT = Environment(extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", Generation])  # noqa: S701


class Unreadable(Exception):
    """No template of jinja2; the argument says why."""


class TooDeep(Unreadable):
    """Nested so deeply that it depends on the reader whether it is a template."""


def problems_of(text: str) -> list[str]:
    """Each thing that is wrong with the template, once; Unreadable when it cannot be parsed."""
    try:
        return list(dict.fromkeys(problems(_ENVIRONMENT.parse(text))))
    except RecursionError as problem:
        raise TooDeep("it is nested too deeply") from problem
    except (TemplateSyntaxError, ValueError, OverflowError) as problem:
        raise Unreadable(f"{type(problem).__name__} {problem}") from problem


def problems(tree: nodes.Template) -> Iterator[str]:
    """Each way in which the template does more than build text."""
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    own |= {macro.name for macro in tree.find_all(nodes.Macro)}
    for node in descendants(tree):
        match node:
            case nodes.Getattr():
                yield from of_attribute(node.node, node.attr, own)
            case nodes.Getitem():
                yield from of_item(node, own)
            case nodes.Filter():
                yield from of_filter(node)
            case nodes.Call():
                yield from of_call(node, own)
            case nodes.Include() | nodes.Import() | nodes.FromImport() | nodes.Extends():
                yield from of_other_template(node.template)
            case nodes.Name() if node.name not in own and (node.name in MODULES or is_hidden(node.name)):
                yield f"uses {printable(node.name)}"
            case nodes.Const() if isinstance(node.value, str):
                yield from of_text(node.value)
            case nodes.Concat() | nodes.Add():
                yield from of_sum(node)


def descendants(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Every node below, without recursion."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def of_other_template(name: nodes.Expr) -> Iterator[str]:
    """What is wrong with taking in another template."""
    if isinstance(name, nodes.Const) and (leaves(str(name.value)) or str(name.value) in MODULES):
        yield f"takes in {printable(str(name.value))}"


def is_hidden(name: str) -> bool:
    """Whether an attribute is one of Python's machinery."""
    return name.startswith("__") or bool(WAYS_OUT.search(name) or _FRAME_OF_WORK.match(name))


def of_attribute(target: nodes.Node, name: str, own: set[str]) -> Iterator[str]:
    """What is wrong with reading an attribute or item of that name."""
    if name.startswith("_") or is_hidden(name):
        yield f"reads the attribute {printable(name)}"
    elif isinstance(target, nodes.Name) and target.name in HELPERS - own and target.ctx == "load":
        yield f"reaches into {target.name}"
    elif name in MODULES - {"sys", "self"} and not isinstance(target, nodes.Name):
        yield f"reads the attribute {name}"


def of_item(node: nodes.Getitem, own: set[str]) -> Iterator[str]:
    """What is wrong with reading an item."""
    if is_empty(node.node) and not isinstance(node.arg, nodes.Const | nodes.Slice):
        yield "reads an item of nothing by a name that it puts together"
    match node.arg:
        case nodes.Const(value=str() as name):
            if name.startswith("__") or is_hidden(name):
                yield f"reads the item {printable(name)}"
            elif isinstance(node.node, nodes.Name) and node.node.name in HELPERS - own:
                yield f"reaches into {node.node.name}"
        case nodes.Concat() | nodes.Mod():
            if has_text(node.arg):
                yield "reads an item whose name it puts together"
        case nodes.Filter(name=str() as name) if name in ("reverse", "join", "format", "replace"):
            yield "reads an item whose name it puts together"
        case nodes.Add() if has_text(node.arg):
            yield "reads an item whose name it puts together"


def is_empty(node: nodes.Node) -> bool:
    """Whether it is written out and has no items: what is asked of it is an attribute."""
    match node:
        case nodes.Tuple(items=[]) | nodes.List(items=[]) | nodes.Dict(items=[]):
            return True
        case nodes.Const(value=value):
            return value == "" or isinstance(value, int | float | None)
    return False


def has_text(node: nodes.Node) -> bool:
    """Whether a piece of text with an underscore is part of an expression."""
    texts = [one.value for one in node.find_all(nodes.Const) if isinstance(one.value, str)]
    return any("_" in text for text in texts)


def of_filter(node: nodes.Filter) -> Iterator[str]:
    """Filters that read attributes by name."""
    if node.name == "attr":
        name = node.args[0] if node.args else None
        if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
            yield "reads an attribute whose name it puts together"
        elif name.value.startswith("_") or is_hidden(name.value):
            yield f"reads the attribute {printable(name.value)}"
    elif node.name in BY_ATTRIBUTE:
        values = [pair.value for pair in node.kwargs if pair.key == "attribute"]
        values += node.args[:1] if node.name in ("selectattr", "rejectattr", "groupby") else []
        if node.name == "map" and node.args and not isinstance(node.args[0], nodes.Const):
            yield "applies a filter whose name it puts together"
        if node.name == "map" and constant(node.args[:1]) == "attr":
            values += node.args[1:2]
        for value in values:
            if not isinstance(value, nodes.Const):
                if not isinstance(value, nodes.Name):
                    yield "reads an attribute whose name it puts together"
            elif isinstance(value.value, str) and any(
                part.startswith("_") or is_hidden(part) for part in value.value.split(".")
            ):
                yield f"reads the attribute {printable(value.value)}"
    elif node.name == "format" and isinstance(node.node, nodes.Const):
        yield from of_text(str(node.node.value))


def constant(found: list[nodes.Expr]) -> object:
    """The value of a single constant."""
    return found[0].value if found and isinstance(found[0], nodes.Const) else None


def of_call(node: nodes.Call, own: set[str]) -> Iterator[str]:
    """Calls of what runs code, and of str.format, which reads attributes by name."""
    match node.node:
        case nodes.Name(name=name) if name not in own and (name in COMMANDS or is_hidden(name)):
            yield f"calls {printable(name)}"
        case nodes.Getattr(attr=name) if name in METHODS:
            yield f"calls {name}"
        case nodes.Getattr(attr="format", node=target) if not isinstance(target, nodes.Const):
            yield "formats with a text that it puts together"
        case nodes.Getattr(attr="format", node=nodes.Const(value=str() as text)) if re.search(
            r"\{[^{}]*[.\[]\s*_", text
        ):
            yield "reads an attribute by formatting"


def of_text(text: str) -> Iterator[str]:
    """Names of ways out, also in texts, where the filters above may take them from."""
    found = WAYS_OUT.search(text)
    if found:
        yield f"names {found[0]}"


def of_sum(node: nodes.Expr) -> Iterator[str]:
    """A name of a way out that is put together from pieces."""
    parts = node.nodes if isinstance(node, nodes.Concat) else flat_sum(node)
    text = "".join(str(part.value) if isinstance(part, nodes.Const) else "\0" for part in parts)
    if WAYS_OUT.search(text):
        yield "puts the name of a way out together"


def flat_sum(node: nodes.Expr) -> list[nodes.Expr]:
    """The terms of a + b + c in order."""
    parts, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, nodes.Add):
            waiting += [one.right, one.left]
        else:
            parts.append(one)
    return parts
