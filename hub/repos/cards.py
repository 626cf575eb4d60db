"""A model card: the YAML between two lines of `---` at the head of README.md, and the Markdown after it."""

import base64
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

FRONT_MATTER_LIMIT = 128 * 1024
DEEPEST = 30
DESCRIPTION_LIMIT = 300
# A card that has no prose this far down, in characters, has none for a list.
PROSE_SEARCHED = 10_000
LARGEST_NUMBER = 2**63
_START = re.compile(r"\s*---[ \t]*(?:\r\n|\r|\n)")
_END = re.compile(r"(?:^|\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|$)")
_KEY = re.compile(r"[\w.\-\"' ]+:(\s|$)")
_HEADING = re.compile(r"^#[ \t]+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Card:
    """What a card says; `data` is its whole front matter as JSON, `problems` are sentences for its author."""

    data: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    licences: list[str] = field(default_factory=list)
    license_name: str | None = None
    license_link: str | None = None
    tags: list[str] = field(default_factory=list)
    pipeline_tag: str | None = None
    library_name: str | None = None
    language: list[str] = field(default_factory=list)
    base_model: list[str] = field(default_factory=list)
    title: str | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def license(self) -> str | None:
        """The licence; dataset cards may list several, of which the first stands for all."""
        return next(iter(self.licences), None)


class YamlUnreadable(Exception):
    """The YAML cannot be used; the argument is the sentence for its author."""


class YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which only true and false are booleans, so that the language `no` stays a word, and no number
    has colons: PyYAML adds up `1:1:1…` in base 60 in time quadratic in its length."""


# Which plain words are something else than text: by the first letters that such a word may have.
_WORDS = {
    "bool": ("tTfF", r"true|True|TRUE|false|False|FALSE"),
    "int": ("-+0123456789", r"[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)"),
    "float": (
        "-+0123456789.",
        r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    ),
}
# What a text may say of its own kind: these tags, before a word that is of that kind.
_CORE = "tag:yaml.org,2002:"
_PLAIN = {
    "null": re.compile(r"~|null|Null|NULL|"),
    "bool": re.compile(_WORDS["bool"][1]),
    "int": re.compile(_WORDS["int"][1]),
    "float": re.compile(f"{_WORDS['float'][1]}|[-+]?[0-9]+"),
}
_TAGS = frozenset({f"{_CORE}{name}" for name in ("str", "seq", "map", *_PLAIN)})
YamlLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in _WORDS]
    for letter, resolvers in YamlLoader.yaml_implicit_resolvers.items()
}
for _name, (_letters, _pattern) in _WORDS.items():
    YamlLoader.add_implicit_resolver(f"{_CORE}{_name}", re.compile(f"^(?:{_pattern})$"), list(_letters))


def parse_card(text: str) -> Card:
    """Read a README; whatever an author may write ends in a Card, with what is wrong in `problems`."""
    front, body = front_matter_split(text)
    if front is None:
        cut_off = _START.match(text.lstrip("\ufeff"))
        lost = cut_off and _KEY.match(text.lstrip("\ufeff")[cut_off.end() :])
        problems = ["The front matter starts with --- but has no line --- at its end."] if lost else []
        return Card(body=body, title=_heading(body), problems=problems)
    try:
        data = load_front_matter(front)
    except YamlUnreadable as problem:
        return Card(body=body, title=_heading(body), problems=[str(problem)])
    return _card(data, body)


def front_matter_split(text: str) -> tuple[str | None, str]:
    """The YAML without its markers, or None when there is none, and the rest."""
    found = front_matter_span(text)
    if found is None:
        return None, text.removeprefix("\ufeff")
    start, end, body = found
    return text[start:end], text[body:]


def front_matter_span(text: str) -> tuple[int, int, int] | None:
    """Where the YAML begins and ends, without its markers, and where the rest begins; None without YAML."""
    start = _START.match(text, 1 if text.startswith("\ufeff") else 0)
    if start is None:
        return None
    # `^` means the start of the text, so a marker right after the first one is looked for by itself.
    empty = re.compile(r"---[ \t]*(?:\r\n|\r|\n|$)").match(text, start.end())
    end = empty or _END.search(text, start.end())
    return (start.end(), end.start(), end.end()) if end else None


def load_front_matter(front: str) -> dict[str, Any]:
    """The mapping as JSON values; YamlUnreadable names what is wrong."""
    data = load_yaml(front, what="front matter", first_line=2)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise YamlUnreadable("The front matter must be a mapping of names to values.")
    return data


def load_yaml(text: str, *, what: str = "file", first_line: int = 1) -> Any:
    """YAML of people as JSON values that PostgreSQL keeps; YamlUnreadable names what is wrong."""
    if len(text) > FRONT_MATTER_LIMIT:
        raise YamlUnreadable(f"The {what} is larger than {FRONT_MATTER_LIMIT // 1024} KiB.")
    try:
        _check_events(yaml.parse(text, Loader=YamlLoader), what)
        data = yaml.load(text, Loader=YamlLoader)  # noqa: S506
    except yaml.MarkedYAMLError as problem:
        line = f" (line {problem.problem_mark.line + first_line})" if problem.problem_mark else ""
        raise YamlUnreadable(f"The {what} is not valid YAML{line}: {problem.problem}.") from None
    except (yaml.YAMLError, ValueError, OverflowError) as problem:
        raise YamlUnreadable(f"The {what} is not valid YAML: {problem}".splitlines()[0]) from None
    return as_json(data)


def _check_events(events: Iterable[yaml.Event], what: str) -> None:
    """Refuse what a small file can make large or deep, before anything is built from it."""
    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise YamlUnreadable(f"The {what} uses YAML aliases (*name), which a card may not.")
        _check_tag(event, what)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise YamlUnreadable(f"The {what} is nested deeper than {DEEPEST} levels.")


def _check_tag(event: yaml.Event, what: str) -> None:
    """Refuse what says of itself that it is another kind than YAML's own, or one of these that it is not."""
    tag = getattr(event, "tag", None)
    if tag is None:
        return
    spelled = f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else tag
    if tag not in _TAGS:
        raise YamlUnreadable(
            f"The {what} uses the YAML tag {spelled[:60]}, which a card may not: take it out."
        )
    plain = _PLAIN.get(tag.removeprefix(_CORE))
    if plain and isinstance(event, yaml.ScalarEvent) and not plain.fullmatch(event.value):
        raise YamlUnreadable(
            f"The {what} says {spelled} before “{event.value[:60]}”, which is no such value."
        )


def as_json(value: Any) -> Any:
    """A YAML value as PostgreSQL can keep it in JSON: no dates, no NaN, no NUL, no half surrogates."""
    match value:
        case None | bool():
            return value
        case str():
            return _clean(value)
        case int():
            return value if abs(value) < LARGEST_NUMBER else hex(value)[:80]
        case float():
            return value if math.isfinite(value) else str(value)
        case dict():
            return {
                _clean(key if isinstance(key, str) else str(as_json(key))): as_json(item)
                for key, item in value.items()
            }
        case list() | tuple():
            return [as_json(item) for item in value]
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return _clean(str(value))


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _card(data: dict[str, Any], body: str) -> Card:
    problems: list[str] = []
    return Card(
        data=data,
        body=body,
        licences=_texts(data, "license", problems),
        license_name=_text(data, "license_name", problems),
        license_link=_text(data, "license_link", problems),
        tags=_texts(data, "tags", problems),
        pipeline_tag=_text(data, "pipeline_tag", problems),
        library_name=_text(data, "library_name", problems),
        language=_texts(data, "language", problems),
        base_model=_texts(data, "base_model", problems),
        title=_text(data, "title", problems) or _heading(body),
        problems=problems,
    )


def _text(data: dict[str, Any], key: str, problems: list[str]) -> str | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        problems.append(f'"{key}" must be text.')
        return None
    return value.strip() or None


def _texts(data: dict[str, Any], key: str, problems: list[str]) -> list[str]:
    value = data.get(key)
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        problems.append(f'"{key}" must be text or a list of texts.')
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]


def _heading(body: str) -> str | None:
    found = _HEADING.search(body[:10_000])
    return found[1].rstrip(" \t\r#")[:200] or None if found else None


def first_paragraph(body: str) -> str:
    """The first paragraph of a card that has words, as plain text of up to 300 characters, for lists."""
    tokens = MarkdownIt("commonmark").parse(body[:PROSE_SEARCHED])
    for before, inline in pairwise(tokens):
        if before.type == "paragraph_open" and before.level == 0:
            text = " ".join("".join(_words(child) for child in inline.children or []).split())
            if text:
                return text.replace("\0", "")[:DESCRIPTION_LIMIT]
    return ""


def _words(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content if token.type in {"text", "code_inline"} else ""
