"""Check the licence of a commit and keep what was read; safe to repeat."""

from django.db import transaction

from accounts import audit
from hub.events import Event
from hub.licensing.books import Books, current_books
from hub.licensing.models import LicenceCheck
from hub.licensing.reading import Read, read_commit
from hub.licensing.records import as_json
from hub.licensing.verdicts import declared_as, verdict
from hub.repos.models import Repository
from hub.revisions.selectors import repositories_holding, resolve_revision


@transaction.atomic
def check_licence(*, repository: Repository, commit: str, again: bool = False) -> LicenceCheck | None:
    """Read what a commit says of its licence, once; RevisionNotFound when it is not this repository's.

    `again` reads anew what was read with other licences in mind. None while the bytes of a file that has to
    be read are still being verified, and of what is withheld: somebody comes back.
    """
    revision = resolve_revision(repository, commit)
    kept = LicenceCheck.objects.filter(repository=repository, commit=revision.commit).first()
    if kept is not None and not again:
        return kept
    if revision.withheld:
        return None
    books = current_books()
    read = read_commit(revision, books)
    if read is None:
        return None
    check, created = LicenceCheck.objects.update_or_create(
        repository=repository, commit=revision.commit, defaults=_columns(repository, read, books)
    )
    if created:
        audit.record(
            Event.LICENCE_CHECKED,
            actor=None,
            subject=repository.subject,
            commit=check.commit,
            verdict=check.verdict,
            declared=check.declared,
        )
    return check


def _columns(repository: Repository, read: Read, books: Books) -> dict[str, object]:
    facts = read.facts(repository.full_name, repository.kind, bool(repository.gated), (), ())
    return {
        "verdict": verdict(facts),
        "declared": declared_as(facts)[:200],
        "read": as_json(read),
        "puzzling": read.puzzling,
        "book": books.stamp,
    }


def heads_holding(sha256: str) -> list[tuple[int, str]]:
    """Repositories that hold some content, with their heads."""
    ids = [row.repository_id for row in repositories_holding(sha256)]
    return list(Repository.objects.filter(pk__in=ids).exclude(head="").values_list("pk", "head"))
