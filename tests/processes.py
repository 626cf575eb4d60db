"""What the kernel tells about processes: descendants, and where they listen."""

import socket
import struct
from pathlib import Path

LISTEN = "0A"


def is_alive(pid: int) -> bool:
    """Tell whether the process exists and is more than a corpse."""
    return _stat(pid)[0] not in ("", "Z")


def descendants(pid: int) -> list[int]:
    """Every living process below the given one."""
    parents = {child: int(_stat(child)[1]) for child in _all() if is_alive(child)}
    found = [pid]
    for ancestor in found:
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found[1:]


def child_running(pid: int, word: str) -> int:
    """The direct child whose command line has the word; raises StopIteration when there is none."""
    children = (child for child in descendants(pid) if _stat(child)[1] == str(pid))
    return next(child for child in children if word in " ".join(command_line(child)))


def command_line(pid: int) -> list[str]:
    """The arguments of the process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def listening_addresses(pids: list[int]) -> set[str]:
    """The addresses, without ports, on which the processes accept TCP connections."""
    inodes = set().union(*(_socket_inodes(pid) for pid in pids))
    return {address for address, inode in _listeners() if inode in inodes}


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> tuple[str, str]:
    """State letter and parent's number; empty for a process that is gone."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", "0"
    return after_name[0], after_name[1]


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    return inodes


def _listeners() -> list[tuple[str, str]]:
    listeners = []
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == LISTEN:
                listeners.append((_address(local.partition(":")[0], family), rest[5]))
    return listeners


def _address(text: str, family: int) -> str:
    """The kernel prints addresses as words in the machine's own byte order."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words))
