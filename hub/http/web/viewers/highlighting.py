"""Text as lines of HTML with classes for what a lexer makes of it, within a bound of size and time."""

import time
from collections.abc import Iterator

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType

# A longer text, and one with a longer line, is shown as it is: lexers are slow, and some hang on odd lines.
MOST_CHARACTERS, LONGEST_LINE = 200_000, 2_000
# After so many seconds the rest of a text is shown as it is.
BUDGET = 1.0
# Lexers by the end of a name; nobody's file chooses any other.
LEXERS = {
    "bash": (".sh", ".bash"),
    "c": (".c", ".h"),
    "cpp": (".cc", ".cpp", ".cu", ".cuh", ".hpp"),
    "css": (".css",),
    "diff": (".diff", ".patch"),
    "docker": ("Dockerfile",),
    "go": (".go",),
    "html": (".html", ".htm"),
    "html+jinja": (".jinja", ".j2"),
    "ini": (".ini", ".cfg", ".conf"),
    "java": (".java",),
    "javascript": (".js", ".mjs"),
    "json": (".json", ".jsonl", ".ipynb"),
    "julia": (".jl",),
    "make": ("Makefile",),
    "markdown": (".md", ".markdown"),
    "python": (".py", ".pyi"),
    "r": (".r",),
    "rust": (".rs",),
    "sql": (".sql",),
    "toml": (".toml",),
    "typescript": (".ts",),
    "xml": (".xml", ".svg"),
    "yaml": (".yaml", ".yml"),
}
# The most exact type that is named here gives the class; the pages' style sheet knows these and no others.
CLASSES: dict[_TokenType, str] = {
    Comment: "c",
    Keyword: "k",
    Operator.Word: "k",
    Name.Tag: "k",
    Name.Builtin: "b",
    Name.Decorator: "b",
    Name.Attribute: "f",
    Name.Function: "f",
    Name.Class: "f",
    String: "s",
    Number: "n",
    Generic.Heading: "k",
    Generic.Subheading: "k",
    Generic.Inserted: "s",
    Generic.Deleted: "n",
}


def lexer_of(name: str) -> Lexer | None:
    """The lexer for a file of that name; None when it is shown as it is."""
    low = name.lower()
    for alias, ends in LEXERS.items():
        if any(low.endswith(end.lower()) for end in ends):
            return get_lexer_by_name(alias, stripnl=False, ensurenl=False)
    return None


def highlighted(text: str, name: str) -> list[SafeString]:
    """The lines of a text in HTML, their ends left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lexer = lexer_of(name)
    longest = max(map(len, plain.split("\n")))
    if lexer is None or len(plain) > MOST_CHARACTERS or longest > LONGEST_LINE:
        return [format_html("{}", line) for line in plain.removesuffix("\n").split("\n")]
    lines: list[list[SafeString]] = [[]]
    for css, value in _tokens(plain, lexer):
        first, *others = value.split("\n")
        _add(lines[-1], css, first)
        for piece in others:
            lines.append([])
            _add(lines[-1], css, piece)
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    return [mark_safe("".join(line)) for line in lines]


def _tokens(text: str, lexer: Lexer) -> Iterator[tuple[str, str]]:
    """(class, piece of the text) until the time is up, then the rest in one piece."""
    end = time.monotonic() + BUDGET
    done = 0
    for at, kind, value in lexer.get_tokens_unprocessed(text):
        if at != done or time.monotonic() > end:
            break
        yield _class_of(kind), value
        done += len(value)
    if done < len(text):
        yield "", text[done:]


def _class_of(kind: _TokenType) -> str:
    return next((CLASSES[part] for part in reversed(kind.split()) if part in CLASSES), "")


def _add(line: list[SafeString], css: str, text: str) -> None:
    if text:
        line.append(
            format_html('<span class="hl-{}">{}</span>', css, text) if css else format_html("{}", text)
        )
