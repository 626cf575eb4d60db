"""What a form says of a card, written into its front matter; all else stays as it is, to the letter (pure).

The reader of cards says where each value stands, and only the text at those places is changed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from hub.repos.cards import Card, YamlLoader, YamlUnreadable, front_matter_span, load_front_matter, parse_card

# Keys that are a list even with one text in it, as libraries expect them.
LISTS = frozenset({"tags", "datasets", "task_categories"})
MODEL_FIELDS = ("license", "license_name", "license_link", "pipeline_tag", "library_name", "language")
FIELDS = {
    "model": (*MODEL_FIELDS, "base_model", "datasets", "tags"),
    "dataset": ("license", "license_name", "license_link", "task_categories", "language", "tags"),
}
_LINE_END = re.compile(r"\r\n|\r|\n")
_DASH = re.compile(r"[ \t]*-[ \t]+")


def said_by(card: Card, kind: str) -> dict[str, list[str]]:
    """What a card says in each field that a form has for its kind of repository, as texts."""
    return {key: _texts(card.data.get(key)) for key in FIELDS[kind]}


def with_fields(text: str, fields: Mapping[str, Sequence[str]]) -> str:
    """The card with these keys of its front matter set to one text or several, or removed when there is none.

    A list keeps its order and what is in it but no text; additions come last. What a card says already, or
    says in a way that is no text, is left alone. A card without front matter gets one. YamlUnreadable says
    why a card cannot be changed so; then its author has to change the text.
    """
    for key, texts in fields.items():
        text = _with_field(text, key, list(dict.fromkeys(filter(None, map(str.strip, texts)))))
    return text


def _with_field(text: str, key: str, wanted: list[str]) -> str:
    span = front_matter_span(text)
    if span is None:
        return _with_front_matter(text, key, wanted)
    start, end, _ = span
    newline = _LINE_END.findall(text[:start])[-1]
    # A last value that is a block of lines ends with a line's end, which belongs to the marker below.
    before = load_front_matter(text[start:end] + newline)
    if set(_texts(before.get(key))) == set(wanted):
        return text
    changed = _changed(text[start:end], key, wanted, newline)
    _check(before, changed + newline, key, wanted)
    rest = text[end:]
    if changed and not rest.startswith(("\r", "\n")):
        rest = newline + rest
    elif not changed and rest.startswith(("\r", "\n")):
        rest = _LINE_END.sub("", rest, count=1)
    return text[:start] + changed + rest


def _with_front_matter(text: str, key: str, wanted: list[str]) -> str:
    """The card with a front matter of one key put before it."""
    if problems := parse_card(text).problems:
        raise YamlUnreadable(problems[0])
    if not wanted:
        return text
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    newline = found[0] if (found := _LINE_END.search(body)) else "\n"
    between = "" if not body or body.startswith(("\r", "\n")) else newline
    lines = _entry(key, wanted, "", newline)
    return f"{mark}---{newline}{lines}{newline}---{newline}{between}{body}"


def _changed(front: str, key: str, wanted: list[str], newline: str) -> str:
    """The YAML with one key set or removed."""
    root = yaml.compose(front, Loader=YamlLoader)
    if root is None:
        return _joined(front, _entry(key, wanted, "", newline), newline)
    if root.flow_style:
        raise YamlUnreadable("The front matter is written in braces: write each name on a line of its own.")
    found = [(name, value) for name, value in root.value if name.value == key]
    if len(found) > 1:
        raise YamlUnreadable(f'The front matter names "{key}" twice: take one of them out.')
    if not found:
        return _joined(front, _entry(key, wanted, " " * root.start_mark.column, newline), newline)
    name, value = found[0]
    if not wanted:
        return _without_lines(front, name.start_mark.index, _end(front, value))
    if isinstance(value, yaml.SequenceNode) and all(
        isinstance(item, yaml.ScalarNode) for item in value.value
    ):
        return _with_items(front, value, wanted, newline)
    if isinstance(value, yaml.ScalarNode) and value.style not in ("|", ">"):
        start, end = value.start_mark.index, value.end_mark.index
        space = " " if start == end and not front[:start].endswith((" ", "\t")) else ""
        return front[:start] + space + _value(wanted, value.style) + front[end:]
    start, indent = name.start_mark.index, " " * root.start_mark.column
    return front[:start] + _entry(key, wanted, indent, newline).lstrip(" ") + front[_end(front, value) :]


def _joined(front: str, entry: str, newline: str) -> str:
    between = newline if front and not front.endswith(("\r", "\n")) else ""
    return front + between + entry


def _entry(key: str, wanted: list[str], indent: str, newline: str) -> str:
    """A new key as people write cards, without the last line's end."""
    if len(wanted) == 1 and key not in LISTS:
        return f"{indent}{key}: {_scalar(wanted[0])}"
    return newline.join([f"{indent}{key}:", *(f"{indent}- {_scalar(text)}" for text in wanted)])


def _value(wanted: list[str], style: str | None) -> str:
    """A value that stands on its key's line."""
    if len(wanted) == 1:
        return _scalar(wanted[0], style)
    return f"[{', '.join(map(_scalar, wanted))}]"


def _scalar(text: str, style: str | None = None) -> str:
    """A text that YAML reads as this text anywhere, in quotes where it needs them."""
    dumped = yaml.safe_dump(
        [text], default_flow_style=True, default_style=style, allow_unicode=True, width=10**6
    )
    return dumped.strip()[1:-1]


def _with_items(front: str, sequence: yaml.SequenceNode, wanted: list[str], newline: str) -> str:
    """The YAML with a list's texts taken out and added; the other items keep their places and comments."""
    items = [(item, _loaded(item)) for item in sequence.value]
    removed = [item for item, text in items if isinstance(text, str) and text.strip() not in wanted]
    known = {text.strip() for _, text in items if isinstance(text, str)}
    added = [_scalar(text) for text in wanted if text not in known]
    if sequence.flow_style or not items:
        edits = [*_flow_edits(sequence, removed, added)]
    else:
        edits = [*_block_edits(front, sequence, removed, added, newline)]
    for start, end, put in sorted(edits, reverse=True):
        front = front[:start] + put + front[end:]
    return front


Edit = tuple[int, int, str]


def _flow_edits(sequence: yaml.SequenceNode, removed: list[yaml.Node], added: list[str]) -> Iterator[Edit]:
    items = sequence.value
    kept = [number for number, item in enumerate(items) if item not in removed]
    if not kept:
        yield sequence.start_mark.index, sequence.end_mark.index, f"[{', '.join(added)}]"
        return
    for number, item in enumerate(items[: kept[-1]]):
        if item in removed:
            yield item.start_mark.index, items[number + 1].start_mark.index, ""
    yield items[kept[-1]].end_mark.index, items[-1].end_mark.index, "".join(f", {text}" for text in added)


def _block_edits(
    front: str, sequence: yaml.SequenceNode, removed: list[yaml.Node], added: list[str], newline: str
) -> Iterator[Edit]:
    items = sequence.value
    for item in removed:
        start = _line_start(front, item.start_mark.index)
        if not _DASH.fullmatch(front, start, item.start_mark.index):
            raise YamlUnreadable("The form cannot take an item out of a list that is written like this.")
        yield _before_line(front, start), _line_end(front, _end(front, item)), ""
    last = _line_end(front, _end(front, items[-1]))
    lead = front[_line_start(front, items[0].start_mark.index) : items[0].start_mark.index]
    yield last, last, "".join(f"{newline}{lead}{text}" for text in added)


def _without_lines(front: str, start: int, end: int) -> str:
    """The YAML without the lines from one place to another."""
    begin = _line_start(front, start)
    if front[begin:start].strip():
        raise YamlUnreadable("The form cannot remove a name that is written like this.")
    stop = _line_end(front, end)
    if begin == 0:
        # The next line comes first then.
        ending = _LINE_END.match(front, stop)
        return front[ending.end() if ending else stop :]
    return front[: _before_line(front, begin)] + front[stop:]


def _end(front: str, node: yaml.Node) -> int:
    """Where what a node says ends; the parser counts comments and empty lines below a block to it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(front, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(front[start:end].rstrip())


def _line_start(front: str, at: int) -> int:
    return max(front.rfind("\n", 0, at), front.rfind("\r", 0, at)) + 1


def _before_line(front: str, line_start: int) -> int:
    """Where the line's end before a line stands."""
    return line_start - (2 if front[max(line_start - 2, 0) : line_start] == "\r\n" else min(line_start, 1))


def _line_end(front: str, at: int) -> int:
    found = _LINE_END.search(front, at)
    return found.start() if found else len(front)


def _loaded(node: yaml.ScalarNode) -> Any:
    return node.value if node.tag == "tag:yaml.org,2002:str" else None


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    found = (item.strip() for item in items if isinstance(item, str))
    return list(dict.fromkeys(text for text in found if text))


def _check(before: dict[str, Any], changed: str, key: str, wanted: list[str]) -> None:
    """In whatever way a card is written: the key says what is wanted, and nothing else has changed."""
    unable = YamlUnreadable(f'The form cannot change "{key}" as it is written here: change the text.')
    try:
        after = load_front_matter(changed)
    except YamlUnreadable:
        raise unable from None
    others, kept = ([item for item in data.items() if item[0] != key] for data in (before, after))
    if others != kept or set(_texts(after.get(key))) != set(wanted):
        raise unable
