"""What is in a zip archive: every member judged like a file, and what is odd about how it is stored."""

import re
from pathlib import PurePosixPath

from hub.scanning import zips
from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Judge
from hub.scanning.judging.paths import leaves
from hub.scanning.sources import RangeSource

LONGEST_LINK = 4096
_STORAGE = re.compile(r"(.*?)data/\d+")


def look_in_zip(judge: Judge, source: RangeSource, label: str, depth: int) -> bool:
    """Inspect every member; False when the file has nothing of a zip."""
    members: list[zips.Member] = []
    try:
        directory = zips.find_directory(source)
        if directory is None and source.read_at(0, 4) != zips.LOCAL:
            return False
        if directory is None:
            raise zips.BadZip("its end record is missing")
        if directory.shift:
            judge.say("odd-zip", "Other bytes stand before the archive.", label, Severity.SUSPICIOUS)
        if directory.after:
            judge.say("odd-zip", "Other bytes stand after the archive.", label, Severity.SUSPICIOUS)
        for member in zips.members(source, directory, judge.budget):
            members.append(member)
    except zips.BadZip as problem:
        judge.say("bad-zip", f"The archive cannot be read: {problem}.", label, Severity.ERROR)
    look_in_members(judge, source, members, label, depth)
    return True


def look_in_members(
    judge: Judge, source: RangeSource, members: list[zips.Member], label: str, depth: int
) -> None:
    """Inspect the members, apart from raw tensors that torch never unpickles."""
    names = {member.name for member in members}
    if len(names) < len(members):
        judge.say("odd-zip", "Two members have the same name.", label, Severity.SUSPICIOUS)
    if zips.overlap(members):
        judge.say("odd-zip", "Two members share the same bytes.", label, Severity.SUSPICIOUS)
    roots = {name.removesuffix("data.pkl") for name in names if name.split("/")[-1] == "data.pkl"}
    script = any(f"{root}constants.pkl" in names for root in roots)
    wheel = any(name.endswith(".dist-info/WHEEL") for name in names)
    exported = any(name.endswith("/archive_format") for name in names)
    hints = {"torch": bool(roots), "script": script, "wheel": wheel, "exported": exported}
    for member in members:
        storage = _STORAGE.fullmatch(member.name)
        is_folder = member.name.endswith("/") and not member.packed
        if is_folder or (storage and storage[1] in roots):
            continue
        look_at_member(judge, source, member, label, depth, hints)


def look_at_member(
    judge: Judge, source: RangeSource, member: zips.Member, label: str, depth: int, hints: dict[str, bool]
) -> None:
    """Inspect one member, and say what is odd about how it is stored."""
    name = printable(member.name)
    where = f"{label}/{name}" if label else name
    before = len(judge.findings)
    try:
        content, agrees = zips.open_member(source, member, judge.budget)
    except zips.BadZip as problem:
        judge.say("bad-zip", f"The archive cannot be read: {printable(str(problem))}.", where, Severity.ERROR)
        return
    if member.size > zips.BOMB_SIZE and member.size > zips.BOMB_RATIO * member.packed:
        message = f"unpacks to {member.size} bytes, {zips.BOMB_RATIO} times its size or more"
        judge.say("bomb", message, where, Severity.DANGEROUS)
        return
    judge.look(
        content,
        member.size if member.method == zips.STORED else None,
        where,
        member.name,
        depth + 1,
        **hints,
    )
    if member.flags & zips.ENCRYPTED and all(f.severity != "dangerous" for f in judge.findings[before:]):
        judge.say("encrypted", "is encrypted and could not be scanned", where, Severity.ERROR)
    elif member.flags & ~zips.USUAL_FLAGS or not agrees or not zips.is_whole(content, member):
        judge.say(
            "odd-zip", "is stored so that two readers may see different files", where, Severity.SUSPICIOUS
        )
    if member.link:
        target = content.open().peek(LONGEST_LINK)[:LONGEST_LINK].decode("utf-8", "replace")
        inside = not leaves(str(PurePosixPath(member.name).parent / target))
        severity = Severity.SUSPICIOUS if inside else Severity.DANGEROUS
        judge.say("link", f"is a link to {printable(target)}", where, severity)
    if leaves(member.name) or ".." in PurePosixPath(member.name.replace("\\", "/")).parts:
        judge.say("path-outside", "has a name that leaves the archive's folder", where, Severity.DANGEROUS)
