"""Whether repositories meet what somebody requires of their licences: many at once, for builds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.actors import Actor
from hub.errors import RevisionNotFound, TooMuch
from hub.licensing.books import Books, current_books
from hub.licensing.facts import Inherited
from hub.licensing.findings import Finding, Severity
from hub.licensing.keeping import UNSETTLED
from hub.licensing.lineage import repositories_named
from hub.licensing.models import LicenceFinding, LicenceStanding
from hub.licensing.requirements import Conflict, Required, Situation, Unmet, unmet
from hub.licensing.selectors import findings_of, judged_at, standings_of
from hub.licensing.terms import Terms, ancestry, holds_text, own_keys
from hub.licensing.veils import Veil, names_of, veil_over
from hub.licensing.words import told
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, visible_to
from hub.revisions.names import DEFAULT_BRANCH
from hub.revisions.selectors import heads_withheld, resolve_revision

# So many revisions that are no heads are judged in one request.
MOST_OTHERS = 20
NOT_FOUND = Unmet("not_found", "It is not here, or not for you.")
NO_REVISION = Unmet("revision_not_found", "It has no such revision.")
WITHHELD = Unmet("withheld", "What it says is withheld by a moderator's decision.")
NOT_YET = Unmet("not_checked_yet", "It is still being looked at. Ask again in a moment.")


@dataclass(frozen=True)
class Asked:
    """A revision of a repository, as somebody names it; "" is the head."""

    kind: str
    name: str
    revision: str = ""


def check_all(actor: Actor, asked: Sequence[Asked], required: Required) -> list[list[Unmet]]:
    """What each of them does not meet; an empty list passes.

    What is missing and what the actor may not see are answered alike. The number of queries is constant for
    heads; each other revision has a few of its own, and more than MOST_OTHERS of those are TooMuch.
    """
    books = current_books()
    found = _found(actor, {(each.kind, each.name.lower()) for each in asked})
    here = [found.get((each.kind, each.name.lower())) for each in asked]
    others = [
        place
        for place, (each, repository) in enumerate(zip(asked, here, strict=True))
        if repository and each.revision not in ("", DEFAULT_BRANCH, repository.head)
    ]
    if len(others) > MOST_OTHERS:
        raise TooMuch(f"At most {MOST_OTHERS} revisions that are no heads are judged at once.", "repos")
    heads = _heads(actor, {row.pk: row for row in here if row}, required, books)
    return [
        [NOT_FOUND]
        if repository is None
        else _other(actor, repository, each.revision, required, books)
        if place in others
        else heads[repository.pk]
        for place, (each, repository) in enumerate(zip(asked, here, strict=True))
    ]


def _found(actor: Actor, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], Repository]:
    """Those that the actor may see, by the kind and name under which they were asked for; four queries."""
    ids = repositories_named(named)
    rows = visible_to(actor).filter(pk__in=set(ids.values())).defer(*LARGE_COLUMNS)
    seen = {row.pk: row for row in rows}
    return {name: seen[pk] for name, pk in ids.items() if pk in seen}


def _heads(
    actor: Actor, repositories: Mapping[int, Repository], required: Required, books: Books
) -> dict[int, list[Unmet]]:
    """What the heads do not meet, in three queries, and two more for a fine-grained token."""
    standings = standings_of(repositories.values())
    findings = findings_of(repositories.values())
    withheld = heads_withheld(repositories.values())
    names = {name for standing in standings.values() for _, name, *_ in standing.inherited}
    names |= names_of(said=(row.said for of_one in findings.values() for row in of_one))
    veil = veil_over(actor, repositories.values(), names)
    found: dict[int, list[Unmet]] = {}
    for pk, repository in repositories.items():
        standing = standings.get(pk)
        if pk in withheld:
            found[pk] = [WITHHELD]
        elif standing is None or standing.commit != repository.head:
            found[pk] = [NOT_YET]
        else:
            found[pk] = unmet(required, _situation(repository, standing, findings[pk], veil), books.book)
    return found


def _situation(
    repository: Repository, standing: LicenceStanding, findings: Iterable[LicenceFinding], veil: Veil
) -> Situation:
    inherited = (Inherited(*each) for each in veil(standing.inherited))
    return Situation(
        (*(Inherited(key, "", 0) for key in standing.own), *inherited),
        Terms.from_json(veil(standing.terms)),
        repository.licence_text,
        tuple(
            Conflict(row.rule, veil(row.key), told(Finding.from_json(veil(row.said))).message)
            for row in findings
            if row.severity == Severity.CONFLICT and row.state in UNSETTLED
        ),
    )


def _other(
    actor: Actor, repository: Repository, revision: str, required: Required, books: Books
) -> list[Unmet]:
    try:
        found = resolve_revision(repository, revision)
    except RevisionNotFound:
        return [NO_REVISION]
    if found.withheld:
        return [WITHHELD]
    judged = judged_at(found)
    if judged is None:
        return [NOT_YET]
    own = (Inherited(key, "", 0) for key in sorted(own_keys(judged.facts, books.book)))
    said = [one.as_json() for one in judged.findings if one.severity == Severity.CONFLICT]
    veil = veil_over(actor, [repository], names_of(judged.facts, judged.terms, said))
    conflicts = (Finding.from_json(veil(one)) for one in said)
    here = Situation(
        (*own, *(replace(one, name=veil(one.name)) for one in ancestry(judged.facts))),
        Terms.from_json(veil(judged.terms.as_json())),
        holds_text(judged.facts),
        tuple(Conflict(one.rule, one.key, told(one).message) for one in conflicts),
    )
    return unmet(required, here, books.book)
