"""What one commit does, as values (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

from storage.contents import Content
from storage.git.paths import clean_path


@dataclass(frozen=True, slots=True)
class AddInline:
    """Put a small file whose bytes are at hand, in memory or in a spool; `executable` makes it so."""

    path: str
    data: bytes | Content
    executable: bool = False

    @property
    def content(self) -> Content:
        """The bytes with their ids."""
        return self.data if isinstance(self.data, Content) else Content.of(self.data)


@dataclass(frozen=True, slots=True)
class AddBlob:
    """Put a large file whose bytes were uploaded before; no size when the repository holds them already."""

    path: str
    sha256: str
    size: int | None = None
    executable: bool = False


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Remove a file, or a folder that a client calls a file."""

    path: str


@dataclass(frozen=True, slots=True)
class DeleteFolder:
    """Remove a folder and all that is in it."""

    path: str


Operation = AddInline | AddBlob | DeleteFile | DeleteFolder


@dataclass(frozen=True, slots=True)
class Changes:
    """A commit's operations by kind, with checked paths; each path is put at most once.

    `removes` are (path, "file", "folder" or "anything"); the last is what a removal says of something that
    the same commit had put there before. `executable` are paths of files that become so.
    """

    inline: dict[str, Content]
    blobs: dict[str, AddBlob]
    removes: list[tuple[str, str]]
    executable: frozenset[str]


def sort_out(operations: Iterable[Operation]) -> Changes:
    """Check every path and sort the operations by kind; PathInvalid for a bad path.

    Operations count in their order: of two additions to a path the last one, a removal also of what was put
    there before it, and an addition after a removal stays. A small file that is itself a Git LFS pointer
    stands for the object it names, as git-lfs reads it, and so needs the same right to that object.
    """
    puts: dict[str, tuple[int, AddInline | AddBlob]] = {}
    removes: dict[str, tuple[int, str]] = {}
    for number, operation in enumerate(operations):
        match operation:
            case AddInline() | AddBlob():
                puts[clean_path(operation.path)] = (number, operation)
            case DeleteFile():
                removes[clean_path(operation.path)] = (number, "file")
            case DeleteFolder():
                removes[clean_path(operation.path.rstrip("/"))] = (number, "folder")
    _drop_removed(puts, removes)
    inline: dict[str, Content] = {}
    blobs: dict[str, AddBlob] = {}
    for path, (_, operation) in puts.items():
        if isinstance(operation, AddBlob):
            blobs[path] = operation
            continue
        content = operation.content
        if content.pointer:
            blobs[path] = AddBlob(path, *content.pointer)
        else:
            inline[path] = content
    executable = frozenset(path for path, (_, operation) in puts.items() if operation.executable)
    return Changes(inline, blobs, [(path, what) for path, (_, what) in removes.items()], executable)


def _drop_removed(
    puts: dict[str, tuple[int, AddInline | AddBlob]], removes: dict[str, tuple[int, str]]
) -> None:
    """Take out the additions that a later operation removes again."""
    if not removes:
        return
    for path, (number, _) in list(puts.items()):
        above = [path[:at] for at, letter in enumerate(path) if letter == "/"]
        later = [place for place in (*above, path) if removes.get(place, (-1, ""))[0] > number]
        if later:
            del puts[path]
        for place in later:
            removes[place] = (removes[place][0], "anything")
