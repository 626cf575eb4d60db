"""What the page of a case shows besides the case itself, so that a moderator need not leave it to decide."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.functional import Promise

from contributions.moderation.evidence.cards import CardChange, card_change
from contributions.moderation.evidence.excerpts import Excerpt, excerpt_of
from contributions.moderation.evidence.headers import Header, header_of
from contributions.moderation.evidence.holdings import Holdings, holdings_of
from contributions.moderation.evidence.licences import Chain, licence_chain
from contributions.moderation.evidence.people import Past, past_of
from contributions.moderation.evidence.scans import ScannerSays, scans_said
from contributions.moderation.findings import SECRETS
from contributions.moderation.models import Case
from contributions.moderation.vocabulary import Cause, SubjectKind
from hub.access.policy import Action
from hub.access.services import may
from hub.http.web.findings import WORST_FIRST, Mark, Sentence, sentence
from hub.http.web.scanners import BY_SAFETY, BY_VERDICT, QUEUED
from hub.http.web.visitors import visitor
from hub.repos.models import Repository
from hub.scanning.scanners import known_scanners

# What is said, or somebody themselves.
OF_PEOPLE = (SubjectKind.COMMENT, SubjectKind.USER, SubjectKind.ORGANISATION)
# Of so many who hold the bytes the past is told.
MOST_PASTS = 3


@dataclass(frozen=True)
class Said:
    """A finding as a sentence, and the words by which its excerpt is asked for."""

    finding: Sentence
    where: str


@dataclass(frozen=True)
class Line:
    """What one scanner says, with the names that the file imports."""

    title: str | Promise
    mark: Mark
    version: str
    said: list[Said]
    unshown: int
    imports: list[tuple[str, Mark | None]]


@dataclass(frozen=True)
class Evidence:
    """All of it; what does not apply to the case's subject is empty or None."""

    lines: list[Line] = field(default_factory=list)
    header: Header | None = None
    excerpt: Excerpt | None = None
    at: str = ""
    masked: bool = False
    holdings: Holdings | None = None
    repository: Repository | None = None
    pasts: list[Past] = field(default_factory=list)
    chain: Chain | None = None
    card: CardChange | None = None


def evidence_of(request: HttpRequest, case: Case) -> Evidence:
    """The evidence on a blob, and on a repository: the one in question, else the first that has the blob.

    Of a comment, a user and an organisation it is the past of whose they are.

    Of a private repository nothing is told. `?at=` asks for the excerpt of another finding than the worst,
    and for no other place: the bytes may be somebody's private file, of which no more is shown than where
    something was found. A password or key is masked: it may still be in use. A fixed number of queries.
    """
    if case.subject_kind in OF_PEOPLE:
        return Evidence(pasts=[past_of(case.namespace)] if case.namespace else [])
    actor, sha256, repository = visitor(request), case.sha256, case.repository
    said = scans_said(sha256) if sha256 else []
    holdings = holdings_of(sha256) if sha256 else None
    holders = [holder.repository for holder in holdings.holders] if holdings else []
    shown = [one for one in ([repository] if repository else holders)[:1] if may(actor, one, Action.READ)]
    about = shown[0] if shown else None
    owners = {one.namespace_id: one.namespace for one in ([repository] if repository else holders)}
    places = _places(said)
    at = request.GET.get("at", "")
    at = at if at in places else next(iter(places), "")
    secrets = _places([one for one in said if one.scanner == SECRETS])
    masked = case.cause == Cause.SECRET or at in secrets
    only_private = bool(holdings and holdings.private and not holders)
    return Evidence(
        lines=[_line(one) for one in said],
        header=header_of(sha256, mask=masked or bool(secrets)) if sha256 and not only_private else None,
        excerpt=excerpt_of(sha256, at, mask=masked) if sha256 and (at or not only_private) else None,
        at=at,
        masked=masked,
        holdings=holdings,
        repository=about,
        pasts=[past_of(namespace) for namespace in list(owners.values())[:MOST_PASTS]],
        chain=licence_chain(actor, about) if about else None,
        card=card_change(about, case.oid) if about else None,
    )


def _places(said: list[ScannerSays]) -> list[str]:
    """Where something was found, the worst first."""
    found = [found for one in said for found in one.findings if found.where]
    return [one.where for one in sorted(found, key=lambda found: WORST_FIRST.index(found.severity))]


def _line(one: ScannerSays) -> Line:
    said = [
        Said(
            sentence(rule=found.rule, message=found.message, where=found.where, severity=found.severity),
            found.where,
        )
        for found in one.findings
    ]
    imports = [(f"{name.module}.{name.name}", BY_SAFETY.get(name.safety)) for name in one.imports]
    mark = BY_VERDICT[one.verdict] if one.finished_at else QUEUED
    return Line(known_scanners()[one.scanner].title, mark, one.version, said, one.unshown, imports)
