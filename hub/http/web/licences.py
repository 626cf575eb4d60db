"""A repository's licence in words: where its text is, what may be done by it, and from where that comes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest
from django.utils.functional import Promise

from hub.access.policy import Action
from hub.access.services import may
from hub.gates.forms import LICENCE_FILE
from hub.http.web.addresses import page_of
from hub.http.web.visitors import visitor
from hub.licensing.books import current_books
from hub.licensing.catalogue import Book
from hub.licensing.facts import UNKNOWN
from hub.licensing.findings import Finding, Severity
from hub.licensing.models import LicenceFinding, LicenceStanding
from hub.licensing.selectors import findings_of, standing_of
from hub.licensing.terms import Row, Said, Source, Terms
from hub.licensing.words import DUTY_WORDS, QUESTIONS, Told, answer_words, said_words, told
from hub.repos.lineage import named_and_seen
from hub.repos.models import Repository
from hub.revisions.selectors import Revision

SPDX = "https://spdx.org/licenses/{}.html"
# What is told on the page of a model itself; its licence's page has all.
TOLD = frozenset({Severity.CONFLICT, Severity.WARNING})


@dataclass(frozen=True)
class Declared:
    """The licence that a card declares; `text` is the address of its text or ""."""

    id: str
    name: str
    text: str


@dataclass(frozen=True)
class Origin:
    """Whose words: a licence ("" is a gate), of an ancestor ("" is the model itself), which may be here.

    `place` is the address where the model itself names the licence, or "".
    """

    key: str
    name: str
    ancestor: str = ""
    repository: Repository | None = None
    depth: int = 0
    answer: str = ""
    place: str = ""


@dataclass(frozen=True)
class Line:
    """A condition or a duty in words; `text` is the sentence that is demanded word by word."""

    words: str
    text: str
    clause: str
    origin: Origin


@dataclass(frozen=True)
class ShownRow:
    """A question with its answer, and who says so."""

    question: str
    asked: str | Promise
    answer: str
    conditions: Sequence[Line]
    origins: Sequence[Origin]

    @property
    def decisive(self) -> list[Origin]:
        """Those of whom the answer comes, of all that bind."""
        return [one for one in self.origins if one.answer == self.answer]


@dataclass(frozen=True)
class ShownTerms:
    """What may be done, and what is to be done for it; `unread` asks more than anybody knows."""

    rows: Sequence[ShownRow] = ()
    duties: Sequence[Line] = ()
    unread: Sequence[Origin] = ()


@dataclass(frozen=True)
class ShownFinding:
    """A finding, and in words."""

    row: LicenceFinding
    finding: Finding
    said: Told


@dataclass(frozen=True)
class Panel:
    """What the page of a model says of its licence; `terms` is None while nobody has looked."""

    declared: Declared | None
    terms: ShownTerms | None = None
    findings: Sequence[ShownFinding] = field(default_factory=list)
    outdated: bool = False
    withheld: bool = False


def is_told(request: HttpRequest, found: Revision) -> bool:
    """Whether a visitor is told what the files of a revision say of its licence."""
    return not found.withheld or may(visitor(request), found.repository, Action.PULL_WITHHELD)


def declared_of(repository: Repository, paths: Iterable[str], book: Book) -> Declared | None:
    """What the card declares; None without it.

    The text is a file of the repository if it has one, else where the card says, else the one of SPDX.
    """
    if not repository.licence:
        return None
    licence = book.known(repository.licence)
    file = next((path for path in sorted(paths) if LICENCE_FILE.fullmatch(path)), "")
    link = repository.card.get("license_link")
    text = page_of(repository, "blob", "main", file) if file else ""
    if not text and isinstance(link, str) and link.startswith(("https://", "http://")):
        text = link
    if not text and licence and licence.spdx:
        text = SPDX.format(licence.spdx[0])
    name = licence.name if licence else str(repository.card.get("license_name") or repository.licence)
    return Declared(repository.licence, name, text)


def panel_of(request: HttpRequest, found: Revision, paths: Iterable[str]) -> Panel:
    """The panel beside the card of a head; four queries, whatever there is to say."""
    repository = found.repository
    if not is_told(request, found):
        return Panel(None, withheld=True)
    book = current_books().book
    declared, standing = declared_of(repository, paths, book), standing_of(repository)
    if standing is None:
        return Panel(declared)
    findings = [one for one in shown_findings(repository) if one.finding.severity in TOLD]
    terms = terms_shown(request, standing, book)
    return Panel(declared, terms, findings, standing.commit != repository.head)


def shown_findings(repository: Repository) -> list[ShownFinding]:
    """Every finding of the head that is not resolved, the gravest first."""
    found = []
    for row in findings_of([repository])[repository.pk]:
        finding = Finding.from_json(row.said)
        found.append(ShownFinding(row, finding, told(finding)))
    return found


def terms_shown(
    request: HttpRequest, standing: LicenceStanding, book: Book, places: Mapping[str, str] | None = None
) -> ShownTerms:
    """A repository's terms in words; ancestors are linked that the visitor sees, and where it names licences
    itself, by `places`. One query.
    """
    terms = Terms.from_json(standing.terms)
    names = {one.name for row in terms.rows for one in (*row.sources, *row.conditions)}
    names |= {one.name for one in terms.duties}
    shown = in_words(terms, book, named_and_seen(visitor(request), sorted(names - {""})))
    return placed(shown, places) if places else shown


def placed(terms: ShownTerms, places: Mapping[str, str]) -> ShownTerms:
    """The same terms, with the addresses where the model itself names its licences."""

    def with_place(one: Origin) -> Origin:
        return one if one.ancestor else replace(one, place=places.get(one.key, ""))

    def with_places(lines: Sequence[Line]) -> list[Line]:
        return [replace(line, origin=with_place(line.origin)) for line in lines]

    rows = [
        replace(row, conditions=with_places(row.conditions), origins=[with_place(one) for one in row.origins])
        for row in terms.rows
    ]
    return ShownTerms(rows, with_places(terms.duties), terms.unread)


def in_words(terms: Terms, book: Book, here: Mapping[str, Repository]) -> ShownTerms:
    """Terms in words; `here` are the ancestors that can be linked, by their names in lower case."""
    asked = terms.row("duties")
    return ShownTerms(
        [_row(row, book, here) for row in terms.rows if row.question != "duties"],
        [_line(one, book, here) for one in (*terms.duties, *asked.conditions)],
        [_origin(one, book, here) for one in asked.sources if one.answer == UNKNOWN],
    )


def _row(row: Row, book: Book, here: Mapping[str, Repository]) -> ShownRow:
    return ShownRow(
        row.question,
        QUESTIONS[row.question],
        answer_words(row.question, row.answer),
        [_line(one, book, here) for one in row.conditions],
        [_origin(one, book, here, answer_words(row.question, one.answer)) for one in row.sources],
    )


def _line(said: Said, book: Book, here: Mapping[str, Repository]) -> Line:
    demanded = said.text if said.kind in DUTY_WORDS else ""
    return Line(said_words(said), demanded, said.clause, _origin(said, book, here))


def _origin(one: Source | Said, book: Book, here: Mapping[str, Repository], answer: str = "") -> Origin:
    key = one.key if one.key != UNKNOWN else ""
    name = book.name(one.key) if key else one.key
    return Origin(key, name, one.name, here.get(one.name.lower()), one.depth, answer)
