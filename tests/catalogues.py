"""The catalogues of the pages' languages: what is to be translated, what is, and what is wrong with it.

`python -m tests.catalogues` brings the .po files in line with the sources (new messages come in empty, those
that are gone go) and compiles them. It needs no gettext on the machine.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "hub/locale"
APPS = ("accounts", "contributions", "hub", "storage")
# How a language counts: its folder, and the head of its catalogue.
PLURALS = {"de": "nplurals=2; plural=(n != 1);", "zh_Hans": "nplurals=1; plural=0;"}
# Where a call has what: its context, its message, its plural.
CALLS = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
CALL_IN_TEMPLATE = re.compile(r"\b(?:_|gettext|ngettext|pgettext|npgettext)\(")
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[sdr]|%[sdr]|\{\w*\}|</?[a-z]+[^>]*>")

Key = tuple[str | None, str]


@dataclass
class Message:
    """A message to translate; `files` are those that say it."""

    context: str | None
    text: str
    plural: str | None = None
    files: list[str] = field(default_factory=list)


class NotConstant(Exception):
    """A call asks for the translation of something that is only known when it runs."""


def messages() -> dict[Key, Message]:
    """Everything that the sources want translated, in the order of the sources."""
    found: dict[Key, Message] = {}
    for path in sources():
        name = str(path.relative_to(ROOT))
        for one in in_template(path) if path.suffix in (".html", ".txt") else in_python(path):
            known = found.setdefault((one.context, one.text), one)
            known.plural = known.plural or one.plural
            if name not in known.files:
                known.files.append(name)
    return found


def sources() -> Iterator[Path]:
    """The templates, then the modules."""
    yield from templates()
    for app in APPS:
        yield from sorted(path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def templates() -> Iterator[Path]:
    """The templates of all pages and mails."""
    for app in APPS:
        yield from sorted(
            path for kind in ("html", "txt") for path in (ROOT / app).rglob(f"templates/**/*.{kind}")
        )


def in_python(path: Path) -> Iterator[Message]:
    """The messages in a module, under whatever names it imports the functions."""
    tree = ast.parse(path.read_text())
    names = {
        alias.asname or alias.name: CALLS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in CALLS
    }
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        yield _message(call, names[call.func.id], str(path))


def in_template(path: Path) -> Iterator[Message]:
    """The messages in a template, which Django writes as calls between crosses for this purpose."""
    code = templatize(path.read_text(), origin=str(path))
    for start in CALL_IN_TEMPLATE.finditer(code):
        call = _expression(code, start.start())
        name = call.func.id
        yield _message(call, CALLS["gettext" if name == "_" else name], str(path))


def _expression(code: str, start: int) -> ast.Call:
    """The call that begins at a place, up to the first bracket that makes it whole."""
    end = start
    while True:
        end = code.index(")", end) + 1
        try:
            return ast.parse(code[start:end], mode="eval").body
        except SyntaxError:
            continue


def _message(call: ast.Call, places: tuple[int | None, int, int | None], path: str) -> Message:
    context, text, plural = (None if place is None else _text(call, place, path) for place in places)
    return Message(context, text, plural)


def _text(call: ast.Call, place: int, path: str) -> str:
    try:
        return ast.literal_eval(call.args[place])
    except (ValueError, IndexError):
        raise NotConstant(f"{path}:{call.lineno}: {ast.unparse(call)}") from None


def catalogue(folder: str) -> polib.POFile:
    """The catalogue of a language as it is in its file, line ends and order included."""
    return polib.pofile(str(po_path(folder)), wrapwidth=WIDTH)


def po_path(folder: str) -> Path:
    """Where the catalogue of a language is."""
    return LOCALE / folder / "LC_MESSAGES/django.po"


def problems(folder: str, catalogue: polib.POFile, wanted: dict[Key, Message]) -> list[str]:
    """What keeps a catalogue from being complete and right, in words; nothing, when it is."""
    entries = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    count = int(PLURALS[folder][len("nplurals=")])
    said = [f"missing: {key[1]!r} ({one.files[0]})" for key, one in wanted.items() if key not in entries]
    for key, entry in entries.items():
        if entry.obsolete or key not in wanted:
            said.append(f"no longer in the sources: {entry.msgid!r}")
        elif "fuzzy" in entry.flags:
            said.append(f"fuzzy: {entry.msgid!r}")
        elif wanted[key].plural != (entry.msgid_plural or None):
            said.append(f"another plural: {entry.msgid!r}")
        else:
            said += _wrong(entry, count)
    return said


def _wrong(entry: polib.POEntry, count: int) -> list[str]:
    """What is wrong with one translation: no words, other placeholders, or other ends than the original's."""
    if entry.msgid_plural:
        forms = list(entry.msgstr_plural.values())
        originals = [entry.msgid, entry.msgid_plural] if count > 1 else [entry.msgid_plural]
        if len(forms) != count:
            return [f"{len(forms)} plural forms, not {count}: {entry.msgid!r}"]
    else:
        forms, originals = [entry.msgstr], [entry.msgid]
    said = []
    for form, original in zip(forms, originals, strict=True):
        if not form.strip():
            said.append(f"empty: {entry.msgid!r}")
        elif sorted(PLACEHOLDER.findall(form)) != sorted(PLACEHOLDER.findall(original)):
            said.append(f"other placeholders: {original!r} → {form!r}")
        elif _ends(form) != _ends(original):
            said.append(f"other line ends or blanks around it: {original!r} → {form!r}")
    return said


def _ends(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def in_line(folder: str, wanted: dict[Key, Message]) -> polib.POFile:
    """The catalogue with exactly the wanted messages in their order, each with the translation it has."""
    old = catalogue(folder)
    known = {(entry.msgctxt, entry.msgid): entry for entry in old}
    new = polib.POFile(wrapwidth=WIDTH)
    new.header, new.metadata = old.header, old.metadata
    for key, message in wanted.items():
        entry = polib.POEntry(
            msgctxt=message.context,
            msgid=message.text,
            msgid_plural=message.plural or "",
            occurrences=[(name, "") for name in message.files],
            comment=known[key].comment if key in known else "",
        )
        if "%" in message.text and PLACEHOLDER.search(message.text):
            entry.flags = ["python-format"]
        had = known.get(key)
        if message.plural:
            count = int(PLURALS[folder][len("nplurals=")])
            entry.msgstr_plural = (had and had.msgstr_plural) or dict.fromkeys(range(count), "")
        else:
            entry.msgstr = had.msgstr if had else ""
        new.append(entry)
    return new


def main() -> int:
    """Bring the catalogues in line with the sources; 1 while they are not complete and right."""
    wanted, wrong = messages(), 0
    for folder in PLURALS:
        path = po_path(folder)
        new = in_line(folder, wanted)
        new.save(str(path))
        path.with_suffix(".mo").write_bytes(new.to_binary())
        for line in problems(folder, new, wanted):
            wrong += 1
            sys.stdout.write(f"{folder}: {line}\n")
    return min(wrong, 1)


WIDTH = 110

if __name__ == "__main__":
    sys.exit(main())
