"""Read what a commit's card and licence files say; nothing is judged here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hub.compute.bases import MOST, OTHERS, repository_in
from hub.licensing.books import Books
from hub.licensing.cards import card_facts
from hub.licensing.catalogue import Book
from hub.licensing.facts import Base, Dataset, Detected, Facts, How, LicenceFile, Role, Statement
from hub.licensing.files import SIZE_MAX, licence_files
from hub.licensing.matching import match
from hub.repos.cards import Card, parse_card
from hub.revisions.selectors import Entry, Revision, find_entries, read_texts
from storage.selectors import folders

CARD = "README.md"
# So many names of datasets are followed; of bases as many as in other files.
MOST_NAMES = 20
# Folders one level down that are looked into beside those whose name says that they hold licences.
MOST_FOLDERS = 20
LONGEST_NAME = 200
_TELLING = re.compile(r"licen[cs]e|legal|notice|copying", re.IGNORECASE)
_FIELD = re.compile(r"^([A-Za-z_][\w-]*)[ \t]*:", re.MULTILINE)
# Words among a card's tags by which publishers say that outputs of another model taught theirs.
_TAUGHT = {"distillation", "distilled", "distill", "synthetic-data", "synthetic"}


@dataclass(frozen=True)
class Read:
    """What one commit says by itself: of its bases and datasets only the names."""

    statement: Statement = Statement()
    files: tuple[LicenceFile, ...] = ()
    phrases: frozenset[str] = frozenset()
    has_card: bool = True
    problem: str = ""
    bases: tuple[Base, ...] = ()
    datasets: tuple[str, ...] = ()
    trained_on_outputs: bool = False

    @property
    def puzzling(self) -> bool:
        """Whether a text or a word in it is that of no licence known so far, or not quite."""
        unsure = any(not file.found or any(each.unsure for each in file.found) for file in self.licence_texts)
        return unsure or bool(self.statement.unknown)

    @property
    def keys(self) -> frozenset[str]:
        """Every licence that the card or a file names, known or not."""
        found = {each.key for file in self.files for each in file.found}
        return frozenset(found).union(*self.statement.alternatives)

    @property
    def licence_texts(self) -> list[LicenceFile]:
        """The files that hold a licence, not a policy or notices."""
        return [file for file in self.files if file.role == Role.LICENCE]

    def facts(
        self, name: str, kind: str, gated: bool, bases: Iterable[Base], datasets: Iterable[Dataset]
    ) -> Facts:
        """All that the rules look at, but for what is inherited."""
        return Facts(
            name=name,
            kind=kind,
            gated=gated,
            has_card=self.has_card,
            problem=self.problem,
            statement=self.statement,
            files=self.files,
            phrases=self.phrases,
            bases=tuple(bases),
            datasets=tuple(datasets),
            trained_on_outputs=self.trained_on_outputs,
        )


def read_commit(revision: Revision, books: Books) -> Read | None:
    """What a commit says; None while one of the files is still being verified.

    Reads the card and up to 20 licence files of up to SIZE_MAX bytes; the number of queries is constant. A
    file that is empty or binary holds no licence; of one that is too large or withheld nothing is known.
    """
    named = licence_files(_paths(revision))
    entries = find_entries(revision, [CARD, *(each.path for each in named)])
    if any(entry.availability == "checking" for entry in entries.values()):
        return None
    readable = [entry for entry in entries.values() if entry.path == CARD or entry.size <= SIZE_MAX]
    texts = _texts(readable)
    mute = {entry.path for entry in readable if entry.availability == "present"} - texts.keys()
    card = parse_card(texts[CARD]) if CARD in texts else None
    return Read(
        files=tuple(
            _file(each, entries[each.path].oid, texts.get(each.path), books)
            for each in named
            if each.path in entries and each.path not in mute
        ),
        phrases=books.phrases_in(_shown(card, named, texts)),
        **_said(card, texts.get(CARD, ""), books.book),
    )


def _paths(revision: Revision) -> list[str]:
    """Paths of files at the root and in some folders of it, in at most two queries."""
    root = folders({revision.tree}).get(revision.tree, {})
    paths = [name for name, entry in root.items() if not entry.is_tree]
    names = sorted((name for name, entry in root.items() if entry.is_tree), key=_telling_first)
    inner = {name: root[name].oid for name in names[:MOST_FOLDERS]}
    listed = folders(set(inner.values())) if inner else {}
    for name, oid in inner.items():
        paths += [f"{name}/{each}" for each, entry in listed.get(oid, {}).items() if not entry.is_tree]
    return paths


def _telling_first(name: str) -> tuple[bool, str]:
    return not _TELLING.search(name), name


def _texts(entries: Iterable[Entry]) -> dict[str, str]:
    """The texts by path; what is empty, binary, withheld or missing is left out."""
    entries = list(entries)
    texts = read_texts(entries, limit=1024 * 1024)
    found = {entry.path: texts.get(entry.sha256 or "") for entry in entries}
    return {path: text for path, text in found.items() if text and text.strip()}


def _shown(card: Card | None, named: Iterable[LicenceFile], texts: Mapping[str, str]) -> list[str]:
    """The texts in which a sentence counts that a licence demands: in its own text, or above a gate in the
    card's front matter, it stands as well.
    """
    notices = [texts[each.path] for each in named if each.role == Role.NOTICE and each.path in texts]
    return [card.body, *notices] if card else notices


def _file(named: LicenceFile, oid: str, text: str | None, books: Books) -> LicenceFile:
    if not text or named.role != Role.LICENCE:
        return replace(named, oid=oid)
    found = match(text, books.references, books.book)
    detected = [Detected(each.key, each.how, round(100 * each.similarity, 1)) for each in found]
    if not found and len(text) <= LONGEST_NAME and (licence := books.book.known(text)):
        detected = [Detected(licence.id, How.TITLE)]
    return replace(named, found=tuple(detected), oid=oid)


def _said(card: Card | None, text: str, book: Book) -> dict[str, object]:
    if card is None:
        return {"has_card": False}
    said = card.data.get("base_model_relation")
    relation = said if isinstance(said, str) else ""
    lines = _lines(text)
    facts = card_facts(card, book, lines=lines)
    return {
        "statement": facts.statement,
        "problem": facts.problem,
        "bases": tuple(
            Base(name, relation[:20], line=lines.get("base_model", 0)) for name in _bases(card.base_model)
        ),
        "datasets": tuple(_names(card.data.get("datasets"))[:MOST_NAMES]),
        "trained_on_outputs": bool(_TAUGHT & {tag.lower() for tag in card.tags}),
    }


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    texts = [item.strip() for item in items if isinstance(item, str)]
    return list(dict.fromkeys(text for text in texts if text and len(text.lower()) <= LONGEST_NAME))


def _bases(value: object) -> list[str]:
    """Bases by name, also where a card gives the address of one; of more than are followed, OTHERS."""
    names = list(dict.fromkeys(_named_at(text) for text in _names(value)))
    return names if len(names) <= MOST else [*names[:MOST], OTHERS]


def _named_at(text: str) -> str:
    return (repository_in(text) or text) if text.startswith(("https://", "http://")) else text


def _lines(text: str) -> Mapping[str, int]:
    """On which line, from 1, each field of the front matter begins; it is YAML's first level."""
    end = text.find("\n---", 3)
    front = text[: end if end > 0 else 0]
    return {found[1]: front.count("\n", 0, found.start()) + 1 for found in _FIELD.finditer(front)}
