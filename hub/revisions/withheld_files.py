"""Which files only withheld commits of a repository have: noted as that changes, so asking costs no walk."""

from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef

from hub.repos.models import Repository
from hub.revisions.models import Ref, RepositoryCommit, WithheldFile, WithheldRevision
from storage.git.objects import TreeEntry, parse_tree
from storage.models import Commit, GitBlob
from storage.selectors import load_trees

# How many folders are read, and how many rows written, at once.
BATCH = 1000


def only_withheld() -> Exists:
    """Whether only withheld commits of its repository have a file, in a query of what repositories hold."""
    return Exists(WithheldFile.objects.filter(repository=OuterRef("repository"), sha256=OuterRef("sha256")))


def note_withheld_files(*, repository: Repository) -> None:
    """Note anew which files the repository has in withheld commits only.

    All of its refs are locked: a commit that lands meanwhile counts, or comes after and finds what is noted
    here. Every commit's folders may be read, each once.
    """
    list(Ref.objects.select_for_update().filter(repository=repository).order_by("pk"))
    found = _only_withheld(repository)
    noted = WithheldFile.objects.filter(repository=repository)
    noted.exclude(sha256__in=found).delete()
    WithheldFile.objects.bulk_create(
        [WithheldFile(repository=repository, sha256=sha256) for sha256 in sorted(found)],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def note_landed(*, repository: Repository, commit: Commit) -> None:
    """What a commit that landed has is no more in withheld ones only, if it is not withheld itself.

    One query where nothing is noted. Its ref was compared and swapped.
    """
    noted = WithheldFile.objects.filter(repository=repository)
    names = set(noted.values_list("sha256", flat=True))
    if not names:
        return
    rows = WithheldRevision.objects.filter(repository=repository)
    if rows.filter(oid=commit.oid).exists() or rows.filter(tree=commit.tree).exists():
        return
    noted.filter(sha256__in=_had_by({commit.tree}, names)).delete()


def _only_withheld(repository: Repository) -> set[str]:
    withheld = dict(WithheldRevision.objects.filter(repository=repository).values_list("oid", "tree"))
    trees = set(withheld.values()) - {""}
    if not trees:
        return set()
    names = set(
        GitBlob.objects.filter(pk__in=_files_below(trees), blob__isnull=False).values_list("blob", flat=True)
    )
    commits = RepositoryCommit.objects.filter(repository=repository).exclude(commit__in=withheld)
    others = commits.exclude(commit__tree__in=trees).values_list("commit__tree", flat=True)
    return names - _had_by(set(others.distinct()), names)


def _had_by(trees: Collection[str], sha256s: Collection[str]) -> set[str]:
    """Which of the files are in the trees, whatever pointer or content they are there as."""
    oids = dict(GitBlob.objects.filter(blob__in=sha256s).values_list("oid", "blob"))
    return {oids[oid] for oid in _files_below(trees, among=oids.keys())}


def _files_below(trees: Collection[str], *, among: Collection[str] | None = None) -> set[str]:
    """The object ids of the files in trees; only those `among` some, if these are given.

    It ends with the level on which all of these are found. Each tree is read once, with a query for each
    BATCH of them on each level of depth.
    """
    found: set[str] = set()
    known, level = set[str](), set(trees)
    while level and (among is None or len(found) < len(among)):
        known |= level
        deeper: set[str] = set()
        for entry in _entries(sorted(level)):
            if entry.is_tree:
                deeper.add(entry.oid)
            elif among is None or entry.oid in among:
                found.add(entry.oid)
        level = deeper - known
    return found


def _entries(trees: list[str]) -> Iterator[TreeEntry]:
    for start in range(0, len(trees), BATCH):
        for data in load_trees(trees[start : start + BATCH]).values():
            yield from parse_tree(data)
