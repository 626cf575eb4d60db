"""Words that a person would read and nobody could translate: in templates, in modules and in scripts."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

# Names, and words of programs and formats, which are the same in every language.
SAME_EVERYWHERE = {"Allmende", "Python", "curl", "UTC", "sha256", "HF_TOKEN"}
# What is inside is code, to be copied or read by a machine.
CODE = {"code", "pre", "kbd", "script", "style"}
READ_ALOUD = {"alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title"}
FILE_NAME = re.compile(r"[\w/-]+\.[a-z]{1,5}\b")
WORD = re.compile(r"[^\W\d_]{2,}")
# Words for people in a data attribute begin with a capital, or are several.
SENTENCE = re.compile(r"^[A-Z][a-z]+|[a-z]{2,} [a-z]{2,}")
# Arguments of forms, fields and errors whose values are shown.
SHOWN = {"label", "help_text", "empty_label", "placeholder", "title", "verbose_name"}
TOLD = {"success", "error", "warning", "info", "add_error", "ValidationError"}


def in_template(text: str) -> list[str]:
    """Words in a template that stand outside its tags for translation."""
    page = _Page()
    page.feed(_without_tags(text))
    page.close()
    return page.found


def _without_tags(text: str) -> str:
    """What a template says by itself: no tags, no variables, nothing that is translated or a comment."""
    kept, until = [], ""
    for token in Lexer(text).tokenize():
        name = token.contents.split()[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if until:
            until = "" if name == until else until
        elif name in ("blocktranslate", "blocktrans", "comment"):
            until = f"end{name}"
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
    return "".join(kept)


class _Page(HTMLParser):
    """Collects the words of elements that are no code, and of attributes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.code: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in CODE:
            self.code.append(tag)
        for name, value in attributes:
            shown = name in READ_ALOUD and WORD.search(value or "")
            if shown or (name.startswith("data-") and SENTENCE.search(value or "")):
                self._add(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self.code and self.code[-1] == tag:
            self.code.pop()

    def handle_data(self, data: str) -> None:
        if not self.code and WORD.search(data):
            self._add(data)

    def _add(self, text: str) -> None:
        rest = [word for word in re.findall(r"[\w-]+", FILE_NAME.sub("", text)) if WORD.search(word)]
        if not set(rest) <= SAME_EVERYWHERE:
            self.found.append(" ".join(text.split()))


def in_module(path: Path) -> list[str]:
    """Words for people in a module of pages or forms that are not handed to gettext."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            # A page that is not found never says why, and a ValueError is for who writes the code.
            if ast.unparse(node.exc.func).endswith(("NotFound", "ValueError")):
                continue
            found += [ast.unparse(word) for word in node.exc.args[:1] if _is_sentence(word)]
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said = [word.value for word in node.keywords if word.arg in SHOWN]
            said += node.args if name in TOLD else []
            found += [ast.unparse(word) for word in said if _is_sentence(word)]
    return found


def _is_sentence(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_is_sentence(part) for part in node.values if isinstance(part, ast.Constant))
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SENTENCE.search(node.value))
    )


def in_script(text: str) -> list[str]:
    """Sentences in a script's strings."""
    code = re.sub(r"(?m)^\s*//.*$|(?s:/\*.*?\*/)|\s//\s.*$", "", text)
    strings = re.findall(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\]|\\.)*`', code)
    return [
        one
        for one in strings
        if re.search(r"[A-Z][a-z]+ [a-z]+|[a-z]+ [a-z]+ [a-z]+", re.sub(r"\$\{[^}]*\}", "", one))
    ]
