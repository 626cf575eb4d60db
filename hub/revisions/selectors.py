"""Reads of a repository at a revision."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from hub.errors import EntryNotFound, RevisionNotFound
from hub.repos.models import Repository
from hub.revisions.models import Ref, RepositoryBlob, RepositoryCommit, WithheldRevision
from hub.revisions.names import FULL_OID, SHORT_OID, candidates
from storage import readers
from storage.git.edits import EXECUTABLE
from storage.git.objects import TreeEntry, parse_tree
from storage.models import Blob, Commit
from storage.selectors import blob_by_sha256, blobs_by_sha256, folders, git_blobs, load_trees


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository, and the ref by which it was asked for, if it was one.

    Of one that is `withheld` by a moderator's decision it is known what it has; what is in its files is for
    writers and moderators.
    """

    repository: Repository
    ref: str | None
    commit: str
    tree: str
    committed_at: datetime
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of a revision; `sha256` and `pointer` say where a file's bytes are."""

    path: str
    type: str
    oid: str
    size: int = 0
    sha256: str | None = None
    pointer: bool = False
    blob: Blob | None = None
    availability: str = "present"
    executable: bool = False

    @property
    def held(self) -> bool:
        """Whether the repository has shown to possess the bytes, so that facts about them may be told."""
        return self.availability in {"present", "quarantined", "withheld"}

    @property
    def chunked_as(self) -> str:
        """The hash of the file's reconstruction, if it is there to be had in chunks; else ""."""
        if not self.pointer or self.blob is None or self.availability != "present":
            return ""
        return self.blob.reconstruction_id or ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def resolve_revision(repository: Repository, revision: str | None) -> Revision:
    """The commit a branch, tag, ref or (abbreviated) commit id stands for; RevisionNotFound if none."""
    asked = revision or "main"
    if "\0" in asked:
        # PostgreSQL takes no NUL in a text, not even to look for it.
        raise RevisionNotFound(f"Invalid rev id: {asked!r}")
    refs = {
        ref.name: ref
        for ref in _with_commits(Ref.objects.filter(repository=repository, name__in=candidates(asked)))
    }
    ref = next((refs[name] for name in candidates(asked) if name in refs), None)
    found = ref or _row_named(repository, asked)
    if found is None:
        raise RevisionNotFound(f"Invalid rev id: {asked}")
    commit = found.commit
    return Revision(
        repository, ref.name if ref else None, commit.oid, commit.tree, commit.committed_at, found.withheld
    )


def _with_commits(rows: QuerySet) -> QuerySet:
    """Rows that name commits, with these and whether they are withheld."""
    same = Q(oid=OuterRef("commit")) | Q(tree=OuterRef("commit__tree"))
    withheld = WithheldRevision.objects.filter(same, repository=OuterRef("repository"))
    return rows.select_related("commit").annotate(withheld=Exists(withheld))


def heads_withheld(repositories: Collection[Repository]) -> set[int]:
    """The ids of those of which a moderator's decision withholds the head; one query."""
    heads = {(row.pk, row.head) for row in repositories}
    commits = RepositoryCommit.objects.filter(
        repository__in={pk for pk, _ in heads}, commit__in={head for _, head in heads}
    )
    rows = _with_commits(commits).filter(withheld=True)
    return {pk for pk, oid in rows.values_list("repository", "commit") if (pk, oid) in heads}


def as_revisions(repository: Repository, commits: Iterable[Commit]) -> list[Revision]:
    """Commits of the repository as revisions; one query for which of them are withheld."""
    rows = list(commits)
    same = Q(oid__in=[row.oid for row in rows]) | Q(tree__in=[row.tree for row in rows])
    found = WithheldRevision.objects.filter(same, repository=repository).values_list("oid", "tree")
    withheld = {name for names in found for name in names}
    return [
        Revision(
            repository,
            None,
            row.oid,
            row.tree,
            row.committed_at,
            not withheld.isdisjoint({row.oid, row.tree}),
        )
        for row in rows
    ]


def commit_named(repository: Repository, asked: str) -> Commit | None:
    """The repository's own commit of that id; None when unknown, or short and ambiguous."""
    found = _row_named(repository, asked)
    return found.commit if found else None


def _row_named(repository: Repository, asked: str) -> RepositoryCommit | None:
    if FULL_OID.fullmatch(asked):
        found = RepositoryCommit.objects.filter(repository=repository, commit_id=asked)
    elif SHORT_OID.fullmatch(asked):
        found = RepositoryCommit.objects.filter(repository=repository, commit__oid__startswith=asked)
    else:
        return None
    rows = list(_with_commits(found)[:2])
    return rows[0] if len(rows) == 1 else None


def list_refs(repository: Repository) -> list[Ref]:
    """Every ref, by name."""
    return list(Ref.objects.filter(repository=repository).order_by("name"))


def refs_with_commits(repository: Repository) -> list[Ref]:
    """The branches, then the tags, each with its commit and its release if it has one; one query."""
    refs = Ref.objects.filter(repository=repository).filter(
        Q(name__startswith="refs/heads/") | Q(name__startswith="refs/tags/")
    )
    return list(refs.select_related("commit", "release").order_by("name"))


def list_tree(revision: Revision, path: str = "", *, recursive: bool = False) -> list[Entry]:
    """The entries of a folder in git's order; recursively, each folder is followed by what is in it.

    One query for each level of depth, and two for the files. EntryNotFound when there is no such folder.
    """
    root = _folder_oid(revision, path)
    levels = _levels(root, recursive)
    found = list(_walk(root, path, levels, recursive))
    return with_files(revision.repository, found, withheld=revision.withheld)


def find_file(revision: Revision, path: str) -> Entry:
    """One file with where its bytes are; EntryNotFound when there is none, or it is a folder."""
    entry = find_entry(revision, path)
    if entry is None or entry.type != "file":
        raise EntryNotFound(f"Entry not found: {path}", revision.commit)
    return entry


def find_entry(revision: Revision, path: str) -> Entry | None:
    """The file or folder at a path, or None."""
    return find_entries(revision, [path]).get(path)


def find_entries(revision: Revision, paths: Iterable[str]) -> dict[str, Entry]:
    """The entries at several paths; those that are missing are left out. Queries grow with depth only."""
    found = tree_entries(revision.tree, paths)
    entries = with_files(revision.repository, list(found.items()), withheld=revision.withheld)
    return {entry.path: entry for entry in entries}


def tree_entries(tree: str, paths: Iterable[str]) -> dict[str, TreeEntry]:
    """What a tree has at several paths; at most one query for each level of depth."""
    wanted = {path: path.split("/") for path in paths if path}
    found: dict[str, TreeEntry] = {}
    level = dict.fromkeys(wanted, tree)
    depth = 0
    while level:
        known = folders(set(level.values()))
        deeper = {}
        for path, oid in level.items():
            entry = known.get(oid, {}).get(wanted[path][depth])
            if entry is None:
                continue
            if depth + 1 == len(wanted[path]):
                found[path] = entry
            elif entry.is_tree:
                deeper[path] = entry.oid
        level, depth = deeper, depth + 1
    return found


def read_start(entry: Entry, limit: int) -> bytes | None:
    """A file's first `limit` bytes; None when they are not to be had now."""
    if entry.blob is None or entry.availability != "present":
        return None
    blob = blob_by_sha256(entry.sha256 or "")
    if blob is None:
        return None
    with readers.open_blob(blob) as reader:
        return reader.read(limit)


def read_text(entry: Entry, *, limit: int = 1024 * 1024) -> str | None:
    """A file's first `limit` bytes as text; None when it is binary, or not to be had now."""
    data = read_start(entry, limit)
    return None if data is None else as_text(data)


def read_texts(entries: Collection[Entry], *, limit: int) -> dict[str, str | None]:
    """The first `limit` bytes of several present files as text by sha256, in one query; None for binary."""
    found: dict[str, str | None] = {}
    wanted = {entry.sha256 for entry in entries if entry.sha256 and entry.availability == "present"}
    for sha256, blob in blobs_by_sha256(wanted).items():
        with readers.open_blob(blob) as reader:
            found[sha256] = as_text(reader.read(limit))
    return found


def as_text(data: bytes) -> str | None:
    """Bytes as text; None when they are binary."""
    return None if b"\0" in data[:8192] else data.decode("utf-8", "replace")


def blobs_of_commit(repository: Repository, commit: str) -> list[str]:
    """The sha256 of blobs that the repository first held with this commit and whose bytes are verified."""
    rows = RepositoryBlob.objects.filter(
        repository=repository, commit=commit, state=RepositoryBlob.State.PRESENT
    )
    return list(rows.values_list("sha256", flat=True))


def list_large_files(repository: Repository, *, limit: int, after: int | None = None) -> list[RepositoryBlob]:
    """Objects that Git LFS pointers of any commit have named, newest first; `after` is the last row's id."""
    rows = RepositoryBlob.objects.filter(repository=repository, large=True)
    rows = rows.exclude(state=RepositoryBlob.State.REFUSED).select_related("upload__created_by")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    return list(rows.order_by("-pk")[:limit])


def repositories_holding(sha256: str) -> list[RepositoryBlob]:
    """Every repository that holds a blob, with the path under which it first came."""
    rows = RepositoryBlob.objects.filter(sha256=sha256).select_related("repository__namespace__user")
    return list(rows.order_by("created_at", "id"))


def by_name(data: bytes) -> dict[str, TreeEntry]:
    return {entry.name: entry for entry in parse_tree(data)}


def _folder_oid(revision: Revision, path: str) -> str:
    if not path:
        return revision.tree
    entry = find_entry(revision, path)
    if entry is None or entry.type != "directory":
        raise EntryNotFound(f"Entry not found: {path}", revision.commit)
    return entry.oid


def _levels(root: str, recursive: bool) -> dict[str, list[TreeEntry]]:
    """The folders to list, one query for each level of depth."""
    known: dict[str, list[TreeEntry]] = {}
    wanted = {root}
    while wanted:
        loaded = {oid: parse_tree(data) for oid, data in load_trees(wanted).items()}
        known |= loaded
        below = {entry.oid for entries in loaded.values() for entry in entries if entry.is_tree}
        wanted = below - known.keys() if recursive else set()
    return known


def _walk(
    oid: str, prefix: str, levels: dict[str, list[TreeEntry]], recursive: bool
) -> Iterable[tuple[str, TreeEntry]]:
    for entry in levels.get(oid, []):
        path = f"{prefix}/{entry.name}" if prefix else entry.name
        yield path, entry
        if recursive and entry.is_tree:
            yield from _walk(entry.oid, path, levels, recursive)


def with_files(
    repository: Repository, found: list[tuple[str, TreeEntry]], *, withheld: bool = False
) -> list[Entry]:
    """Entries with the facts of their files, in two queries; `withheld` says that their revision is."""
    blobs = git_blobs({entry.oid for _, entry in found if not entry.is_tree})
    pointed = {row.blob_id for row in blobs.values() if row.pointer}
    links = (
        dict(
            RepositoryBlob.objects.filter(repository=repository, sha256__in=pointed).values_list(
                "sha256", "state"
            )
        )
        if pointed
        else {}
    )
    entries = []
    for path, entry in found:
        if entry.is_tree:
            entries.append(Entry(path, "directory", entry.oid))
            continue
        row = blobs[entry.oid]
        entries.append(
            Entry(
                path,
                "file",
                entry.oid,
                row.size,
                row.blob_id,
                row.pointer,
                row.blob,
                availability_of(
                    row.blob, links.get(row.blob_id, "refused") if row.pointer else "present", withheld
                ),
                entry.mode == EXECUTABLE,
            )
        )
    return entries


def availability_of(blob: Blob | None, link: str, withheld: bool) -> str:
    """present, checking, refused, quarantined, or withheld with all of its revision."""
    if link != RepositoryBlob.State.PRESENT:
        return link
    if blob is None:
        return "checking"
    if blob.state == Blob.State.QUARANTINED:
        return "quarantined"
    return "withheld" if withheld else "present"
