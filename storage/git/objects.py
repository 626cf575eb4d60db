"""Git's canonical bytes and object ids: blobs, trees, commits, and the pointers of Git LFS (pure).

Source: gitformat (object files, "tree" and "commit" objects) and the Git LFS specification, version 1.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

FILE, DIRECTORY = "100644", "40000"
POINTER_LIMIT = 1024
POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n?"
)


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree: git's mode in octal text, a name without slashes, and an object id."""

    mode: str
    name: str
    oid: str

    @property
    def is_tree(self) -> bool:
        """Whether the entry is a folder."""
        return self.mode == DIRECTORY


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something and when, as a commit says it."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True, slots=True)
class CommitText:
    """The parts of a commit object that people read."""

    tree: str
    parents: tuple[str, ...]
    author: Signature
    message: str

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def description(self) -> str:
        """The message after its first line."""
        return self.message.partition("\n")[2].strip("\n")


def object_id(kind: str, data: bytes) -> str:
    """The sha1 that git gives to `data` as an object of that kind."""
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


def tree_bytes(entries: Iterable[TreeEntry]) -> bytes:
    """A tree's canonical bytes; git sorts a folder as if its name ended in a slash."""

    def order(entry: TreeEntry) -> bytes:
        return entry.name.encode() + (b"/" if entry.is_tree else b"")

    return b"".join(
        f"{entry.mode} {entry.name}\0".encode() + bytes.fromhex(entry.oid)
        for entry in sorted(entries, key=order)
    )


def parse_tree(data: bytes) -> list[TreeEntry]:
    """The entries of a tree, in git's order."""
    entries, start = [], 0
    while start < len(data):
        space = data.index(b" ", start)
        end = data.index(b"\0", space)
        entries.append(
            TreeEntry(
                data[start:space].decode(),
                data[space + 1 : end].decode("utf-8", "surrogateescape"),
                data[end + 1 : end + 21].hex(),
            )
        )
        start = end + 21
    return entries


def find_in_tree(data: bytes, name: str) -> TreeEntry | None:
    """One entry of a tree, without making the others; None when there is none of that name."""
    sought = name.encode("utf-8", "surrogateescape") + b"\0"
    if b" " + sought not in data:
        return None
    start = 0
    while start < len(data):
        space = data.index(b" ", start)
        end = data.index(b"\0", space) + 1
        if end - space == len(sought) + 1 and data.startswith(sought, space + 1):
            return TreeEntry(data[start:space].decode(), name, data[end : end + 20].hex())
        start = end + 20
    return None


def parse_stretch(data: bytes, start: int) -> tuple[list[tuple[int, TreeEntry]], int]:
    """The whole entries in a part of a tree from byte `start` on, each with the byte where it begins.

    Also the byte after the last of them; ValueError when the part does not begin with an entry.
    """
    entries, at = [], 0
    while (end := data.find(b"\0", at)) >= 0 and end + 21 <= len(data):
        space = data.index(b" ", at)
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        entry = TreeEntry(data[at:space].decode("ascii"), name, data[end + 1 : end + 21].hex())
        entries.append((start + at, entry))
        at = end + 21
    return entries, start + at


def rewritten_commit(data: bytes, *, tree: str, parents: Iterable[str]) -> bytes:
    """A commit's canonical bytes with another tree and other parents, and without a signature."""
    head, _, message = data.partition(b"\n\n")
    kept, signed = [], False
    for line in head.split(b"\n"):
        signed = line.startswith(b"gpgsig") or (signed and line.startswith(b" "))
        if not signed and not line.startswith((b"tree ", b"parent ")):
            kept.append(line)
    lines = [f"tree {tree}".encode(), *(f"parent {parent}".encode() for parent in parents), *kept]
    return b"\n".join(lines) + b"\n\n" + message


def commit_bytes(
    *, tree: str, parents: Iterable[str], author: Signature, message: str, committer: Signature | None = None
) -> bytes:
    """A commit's canonical bytes."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {_signed(author)}", f"committer {_signed(committer or author)}"]
    return ("\n".join(lines) + "\n\n" + message.rstrip("\n") + "\n").encode()


def parse_commit(data: bytes) -> CommitText:
    """Read a commit's canonical bytes."""
    head, _, message = data.decode("utf-8", "replace").partition("\n\n")
    fields = [line.partition(" ")[::2] for line in head.split("\n")]
    return CommitText(
        tree=next(value for name, value in fields if name == "tree"),
        parents=tuple(value for name, value in fields if name == "parent"),
        author=_signature(next(value for name, value in fields if name == "author")),
        message=message.rstrip("\n"),
    )


def pointer_bytes(sha256: str, size: int) -> bytes:
    """The small text that stands in git for a large file (Git LFS pointer, version 1)."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def parse_pointer(data: bytes) -> tuple[str, int] | None:
    """(sha256, size) when `data` is a Git LFS pointer, else None."""
    if len(data) >= POINTER_LIMIT:
        return None
    match = POINTER.fullmatch(data)
    return (match[1].decode(), int(match[2])) if match else None


def clean_identity(text: str) -> str:
    """A name or address without the characters that would end a signature line early."""
    return re.sub(r"[<>\n\r\0]", "", text).strip(" .,:;\"'") or "unknown"


def _signed(who: Signature) -> str:
    name, email = clean_identity(who.name), clean_identity(who.email)
    return f"{name} <{email}> {int(who.when.timestamp())} +0000"


def _signature(text: str) -> Signature:
    match = re.fullmatch(r"(.*?) ?<(.*?)> (-?\d+) ([+-]\d{4})", text)
    if match is None:
        return Signature(text, "", datetime.fromtimestamp(0, UTC))
    return Signature(match[1], match[2], datetime.fromtimestamp(int(match[3]), UTC))
