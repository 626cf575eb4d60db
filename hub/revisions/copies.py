"""Copies that share the bytes: a whole repository, or single objects for another one to use."""

import re
from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import Namespace, User
from hub.errors import BlobBeingScanned, BlobQuarantined, BlobWithheld, Forbidden, RepoNotFound
from hub.events import Event
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.repos.selectors import answers_in
from hub.repos.serving import blobs_refused, refused, standing, status_of
from hub.revisions.cards import card_of
from hub.revisions.models import Ref, RepositoryBlob, WithheldFile, WithheldRevision
from hub.revisions.names import MAIN_REF
from hub.revisions.room import check_within
from hub.revisions.selectors import resolve_revision
from hub.revisions.withheld import withhold_as_before
from hub.revisions.withheld_files import note_withheld_files
from storage.models import Blob

# Pull requests are talked about where they were made, so they are not copied.
COPIED = re.compile("refs/(heads|tags|convert)/")
# Of an object that the source does not give to everybody who may pull, by what it counts as.
WHY_NOT = {
    Blob.ScanState.DANGEROUS: "This object is withheld, because it was found to be dangerous.",
    Blob.ScanState.SUSPICIOUS: "This object is withheld, because a scanner found it suspicious.",
    Blob.ScanState.ERROR: "This object is withheld, because it cannot be scanned.",
    Blob.ScanState.QUEUED: "This object is still being scanned. Try again shortly.",
}
BY_DECISION = "Only revisions that a moderator's decision withholds have this object."
# What the copy (%(target)s) of a repository (%(source)s) begins with, table by table.
COPIES = (
    """
    INSERT INTO hub_repositorycommit (repository_id, commit)
    WITH RECURSIVE reachable (oid) AS (
        SELECT commit::text FROM hub_ref WHERE repository_id = %(target)s
        UNION
        SELECT parent::text
        FROM reachable JOIN storage_commit USING (oid) CROSS JOIN unnest(parents) AS parent
    )
    SELECT %(target)s, oid FROM reachable
    """,
    """
    INSERT INTO hub_repositoryblob
        (repository_id, sha256, size, state, upload_id, large, path, commit, created_at)
    SELECT %(target)s, sha256, size, state, upload_id, large, path, commit, now()
    FROM hub_repositoryblob
    WHERE repository_id = %(source)s AND commit <> '' AND state <> 'refused'
    ORDER BY id
    """,
    """
    INSERT INTO hub_pathchange (repository_id, key, depth, commit, via)
    SELECT %(target)s, key, depth, commit, via FROM hub_pathchange AS change
    WHERE repository_id = %(source)s AND EXISTS (
        SELECT FROM hub_repositorycommit AS own
        WHERE own.repository_id = %(target)s AND own.commit = change.commit
    )
    """,
)


@transaction.atomic
def duplicate_repository(
    *,
    source: Repository,
    namespace: Namespace,
    name: str,
    visibility: str | None,
    actor_user: User,
) -> tuple[Repository, bool]:
    """Make a repository with the branches, tags and commits of another, which may be pulled by the actor.

    Also whether some of its files are still being checked. It is as visible and as gated as the source unless
    told otherwise, and uses the same bytes, so whatever was found out about them holds for it too. The
    source's row is locked, so its history is not rewritten meanwhile. RepositoryExists, InvalidInput,
    Forbidden; BlobWithheld and BlobBeingScanned when any of its files is not given to everybody who may pull.
    """
    locked = Repository.objects.select_for_update(no_key=True).filter(pk=source.pk).first()
    # Who was allowed to pull it a moment ago may be shut out by now.
    if locked is None or (locked.visibility, locked.gated) != (source.visibility, source.gated):
        raise RepoNotFound("Repository not found")
    _check_not_withheld(locked)
    _check_all_given(locked)
    if WithheldRevision.objects.filter(repository=locked).exists():
        raise Forbidden("A revision of this repository is withheld by a moderator's decision: no copies.")
    repository = repos.add_repository(
        namespace=namespace,
        name=name,
        kind=source.kind,
        visibility=visibility or locked.visibility,
        actor_user=actor_user,
    )
    withhold_as_before(repository=repository)
    refs = [ref for ref in Ref.objects.filter(repository=locked) if COPIED.match(ref.name)]
    Ref.objects.bulk_create(
        [Ref(repository=repository, name=ref.name, commit_id=ref.commit_id) for ref in refs]
    )
    with connection.cursor() as cursor:
        for statement in COPIES:
            cursor.execute(statement, {"source": locked.pk, "target": repository.pk})
    note_withheld_files(repository=repository)
    check_within(repository.namespace)
    if locked.gated:
        repos.change_settings(
            repository=repository, visibility=None, gated=locked.gated, actor_user=actor_user
        )
    _take_head(repository, locked, actor_user)
    held = RepositoryBlob.objects.filter(repository=repository)
    return repository, held.filter(state=RepositoryBlob.State.CHECKING).exists()


def _take_head(repository: Repository, source: Repository, actor_user: User) -> None:
    """Read the card of the copy, and have its head looked at like any other."""
    found = resolve_revision(repository, None)
    repos.apply_head(repository=repository, head=found.commit, card=card_of(found))
    audit.record(
        Event.REPOSITORY_DUPLICATED, actor=actor_user, subject=repository.subject, source=source.subject
    )
    audit.record(
        Event.COMMIT_LANDED,
        actor=actor_user,
        subject=repository.subject,
        commit=found.commit,
        former="",
        ref=MAIN_REF,
        summary="Duplicate a repository",
        count=0,
    )


@transaction.atomic
def share_objects(
    *, source: Repository, target: Repository, sha256s: list[str], actor_user: User
) -> Mapping[str, str]:
    """Let a repository use large objects of another, which the actor may pull; returns sha256 → why not.

    Knowing a hash gives nothing: what the source does not hold, verified and committed, is not shared. The
    source's rows are locked, so what is deleted there meanwhile is not shared.
    """
    _check_not_withheld(source)
    rows = RepositoryBlob.objects.filter(repository=source, sha256__in=sha256s, large=True).exclude(commit="")
    held = {row.sha256: row for row in rows.order_by("sha256").select_for_update(no_key=True)}
    refuses = _refused(source).filter(pk__in=held.keys())
    withheld = {blob.pk: standing(blob.state, blob.scan_state) for blob in refuses}
    decided = WithheldFile.objects.filter(repository=source, sha256__in=held.keys())
    by_decision = dict.fromkeys(decided.values_list("sha256", flat=True), BY_DECISION)
    failed = {}
    for sha256 in sha256s:
        why = by_decision.get(sha256) or _why_not(held.get(sha256), withheld.get(sha256, ""))
        if why:
            failed[sha256] = why
    shared = sorted(set(sha256s) - failed.keys())
    if not shared:
        return failed
    RepositoryBlob.objects.bulk_create(
        [
            RepositoryBlob(repository=target, sha256=sha256, size=held[sha256].size, brought_by=actor_user)
            for sha256 in shared
        ],
        update_conflicts=True,
        unique_fields=["repository", "sha256"],
        update_fields=["size", "state", "proposer"],
    )
    check_within(target.namespace)
    audit.record(
        Event.FILES_SHARED,
        actor=actor_user,
        subject=target.subject,
        source=source.subject,
        sha256s=shared,
    )
    return failed


def _why_not(row: RepositoryBlob | None, refused_as: str) -> str:
    if row is None or row.state == RepositoryBlob.State.REFUSED:
        return "The source repository does not hold this object."
    if row.state == RepositoryBlob.State.CHECKING:
        return "This object is still being checked. Try again shortly."
    return WHY_NOT.get(refused_as, "")


def _check_all_given(repository: Repository) -> None:
    """Nobody makes a repository of their own with what they are refused here: its owner would be given it."""
    rows = RepositoryBlob.objects.filter(repository=repository).exclude(commit="")
    held = Exists(rows.filter(sha256=OuterRef("pk"), state=RepositoryBlob.State.PRESENT))
    withheld = _refused(repository).filter(held).first()
    if withheld is None:
        return
    as_what, path = standing(withheld.state, withheld.scan_state), rows.get(sha256=withheld.pk).path
    words = f"{repository.full_name} cannot be copied. {path}: {WHY_NOT[as_what]}"
    if as_what == Blob.ScanState.QUEUED:
        raise BlobBeingScanned(words, scan_status=status_of(as_what))
    kind = BlobQuarantined if as_what == Blob.ScanState.DANGEROUS else BlobWithheld
    raise kind(words, url_path=repository.url_path, scan_status=status_of(as_what))


def _refused(repository: Repository) -> QuerySet[Blob]:
    """The blobs that the repository does not give to everybody who may pull, if it has them."""
    return Blob.objects.filter(blobs_refused(refused(answers_in(repository)))).only("state", "scan_state")


def _check_not_withheld(repository: Repository) -> None:
    """What a moderator withheld does not go on under another name; Forbidden."""
    if repository.taken_down_at:
        raise Forbidden("This repository is withheld by a moderator's decision and cannot be copied.")
