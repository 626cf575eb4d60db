"""What one commit does, as values (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.git.objects import parse_pointer
from storage.git.paths import clean_path


@dataclass(frozen=True, slots=True)
class AddInline:
    """Put a small file whose bytes are at hand."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AddBlob:
    """Put a large file whose bytes were uploaded before; no size when the repository holds them already."""

    path: str
    sha256: str
    size: int | None = None


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
    """A commit's operations by kind, with checked paths; the last of two additions to a path counts."""

    inline: dict[str, bytes]
    blobs: dict[str, AddBlob]
    removes: list[tuple[str, str]]


def sort_out(operations: Sequence[Operation]) -> Changes:
    """Check every path and sort the operations by kind; PathInvalid for a bad path.

    A small file that is itself a Git LFS pointer stands for the object it names, as git-lfs reads it, and so
    needs the same right to that object.
    """
    inline: dict[str, bytes] = {}
    blobs: dict[str, AddBlob] = {}
    removes: list[tuple[str, str]] = []
    for operation in operations:
        path = clean_path(
            operation.path.rstrip("/") if isinstance(operation, DeleteFolder) else operation.path
        )
        match operation:
            case AddInline(_, data):
                named = parse_pointer(data)
                inline.pop(path, None)
                blobs.pop(path, None)
                if named:
                    blobs[path] = AddBlob(path, *named)
                else:
                    inline[path] = data
            case AddBlob(_, sha256, size):
                inline.pop(path, None)
                blobs[path] = AddBlob(path, sha256, size)
            case DeleteFile():
                removes.append((path, "file"))
            case DeleteFolder():
                removes.append((path, "folder"))
    return Changes(inline, blobs, removes)
