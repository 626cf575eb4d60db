"""The page of a repository's licence: all its terms, files, ancestors and findings; and of a changed text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contributions.moderation.subjects import is_theirs
from hub.access.policy import Action
from hub.errors import EntryNotFound, InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.files import is_given
from hub.http.web.licence_evidence import MODEL, REVISION, Here, Link, groups_of, here_of, place_in, places_of
from hub.http.web.licence_words import HOW, RELATIONS, file_words
from hub.http.web.licences import declared_of, is_told, shown_findings, terms_shown
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor
from hub.licensing.books import Books, current_books
from hub.licensing.facts import UNKNOWN, Base, Detected, Facts, Inherited, LicenceFile
from hub.licensing.files import SIZE_MAX
from hub.licensing.registered import registered_licence
from hub.licensing.selectors import judged_at, standing_of
from hub.licensing.texts import Piece, compared
from hub.repos.models import Repository
from hub.revisions.selectors import find_entry, read_text, resolve_revision


@dataclass(frozen=True)
class Found:
    """What is known of a file; `changed` is the licence whose text it changes, or ""."""

    key: str
    name: str
    how: str | Promise
    similarity: float
    changed: bool


@dataclass(frozen=True)
class ShownFile:
    """A file with licence texts."""

    path: str
    role: str
    scope: str
    found: Sequence[Found]


@dataclass(frozen=True)
class ShownBase:
    """A model that this one was made of, and which file names it."""

    name: str
    relation: str | Promise
    named_by: Link
    repository: Repository | None
    seen: bool
    licences: Sequence[tuple[str, str]]


@require_safe
def licence(request: HttpRequest, **address: str) -> HttpResponse:
    """Show what may be done with a repository's head, why, and what to mend."""
    repository = open_page(request, address)
    context = frame(request, repository, "card")
    found = resolve_revision(repository, REVISION)
    if not is_told(request, found):
        return render(request, "web/licence.html", context | {"rev": REVISION, "withheld": True})
    standing, books = standing_of(repository), current_books()
    judged = judged_at(found) if standing else None
    findings = shown_findings(repository) if standing else []
    here = here_of(request, findings, judged)
    pulls, me = context["may_pull"], visitor(request).user
    places = places_of(repository, judged.facts, pulls=pulls) if judged else {}
    context |= {
        "declared": declared_of(
            repository, [file.path for file in judged.facts.files] if judged else (), books.book
        ),
        "rev": REVISION,
        "commit": found.commit,
        "withheld": found.withheld,
        "told": True,
        "standing": standing,
        "outdated": standing is not None and standing.commit != repository.head,
        "terms": terms_shown(request, standing, books.book, places) if standing else None,
        "groups": groups_of(repository, findings, here, books, pulls=pulls),
        "facts": judged.facts if judged else None,
        "files": _files(judged.facts.files, books) if judged else [],
        "bases": _bases(repository, judged.facts, here, books, pulls=pulls) if judged else [],
        "inherited": _inherited(judged.facts.inherited, here, books) if judged else [],
        "settles": bool(me and me.is_moderator and not is_theirs(repository.namespace_id, me)),
    }
    return render(request, "web/licence.html", context)


@require_safe
def differences(request: HttpRequest, path: str, **address: str) -> HttpResponse:
    """Show where a file's text and that of a licence (`licence`) part."""
    repository = open_page(request, address, Action.PULL)
    found, books = resolve_revision(repository, REVISION), current_books()
    entry = find_entry(found, path)
    if entry is None or entry.type != "file":
        raise EntryNotFound(f"Entry not found: {path}", found.commit)
    key = request.GET.get("licence", "")
    references = books.references.of(key)
    if not references:
        raise InvalidInput(_("The hub has no text of such a licence."), "licence")
    if entry.size > SIZE_MAX:
        raise InvalidInput(_("The file is too long to be compared."), "path")
    text = read_text(entry, limit=SIZE_MAX) if is_given(request, found, entry) else None
    registered = registered_licence(key)
    pieces: Sequence[Piece] = ()
    if text is not None:
        pieces = compared(text, references, registered.text if registered else None)
    context = frame(request, repository, "card") | {
        "path": path,
        "licence": books.book.name(key),
        "key": key,
        "rev": REVISION,
        "text": text,
        "pieces": pieces,
        "worded": registered is not None,
    }
    return render(request, "web/licence_differences.html", context)


def _files(files: Iterable[LicenceFile], books: Books) -> list[ShownFile]:
    known = books.references.keys
    return [
        ShownFile(file.path, *file_words(file), [_found(one, books, known) for one in file.found])
        for file in files
    ]


def _found(one: Detected, books: Books, known: frozenset[str]) -> Found:
    changed = one.unsure and one.key in known
    return Found(one.key, books.book.name(one.key), HOW[one.how], one.similarity, changed)


def _bases(repository: Repository, facts: Facts, here: Here, books: Books, *, pulls: bool) -> list[ShownBase]:
    return [
        ShownBase(
            base.name,
            RELATIONS.get(base.relation, RELATIONS[""]),
            place_in(repository, base.path, base.field, base.line, pulls=pulls),
            here.get((MODEL, base.name.lower())),
            base.seen,
            _licences(base, books),
        )
        for base in facts.bases
    ]


def _licences(base: Base, books: Books) -> list[tuple[str, str]]:
    return [(key, books.book.name(key)) for key in sorted(base.keys - {UNKNOWN})]


def _inherited(
    inherited: Iterable[Inherited], here: Here, books: Books
) -> list[tuple[Inherited, str, Repository | None]]:
    """What comes down, nearest first: the licence's name is "" where nobody knows it."""
    return [
        (one, "" if one.key == UNKNOWN else books.book.name(one.key), here.get((MODEL, one.name.lower())))
        for one in inherited
    ]


def place_of(repository: Repository, key: int) -> str:
    """The address of a finding on the licence's page."""
    return f"{page_of(repository, 'licence')}#finding-{quote(str(key))}"
