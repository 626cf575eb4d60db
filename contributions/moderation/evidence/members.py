"""What is packed in a file, found by the words that scanners have for it, at a small and fixed cost."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from contributions.moderation.evidence.refusals import NotReadable, Refusal
from hub.scanning import zips
from hub.scanning.findings import printable
from hub.scanning.formats import tar
from hub.scanning.inspection import Inspection
from hub.scanning.packers import unpacked
from hub.scanning.sources import Budget, RangeSource, Source, TooMuch, Truncated
from storage.models import Blob
from storage.readers import open_blob
from storage.xet.xorbs import XorbInvalid

DEEPEST = 5
# An archive that is packed itself is read from memory.
LARGEST_IN_MEMORY = 8 << 20
# What one look may cost: seconds, entries, and bytes read and unpacked.
SECONDS, STEPS, FETCHED, UNPACKED = 3, 500_000, 8 << 20, 32 << 20
_BYTES = re.compile(r"bytes at (\d{1,18})(?:(?:, |/)(.*)|$)", re.DOTALL)
_LOST = (BotoCoreError, ClientError, XorbInvalid, OSError)


def small_budget() -> Budget:
    """What looking at one file may cost."""
    return Budget(seconds=SECONDS, steps=STEPS, fetched=FETCHED, unpacked=UNPACKED)


@contextmanager
def opened(blob: Blob) -> Iterator[RangeSource]:
    """The blob's bytes by range; NotReadable, with why, for whatever reading them runs into."""
    budget = small_budget()
    try:
        with open_blob(blob) as reader:
            yield RangeSource(reader, 0, blob.size, budget)
    except (TooMuch, MemoryError):
        raise NotReadable(Refusal.TOO_MUCH) from None
    except (Truncated, zips.BadZip, tar.BadTar):
        raise NotReadable(Refusal.DAMAGED) from None
    except _LOST:
        raise NotReadable(Refusal.AWAY) from None


def find_member(source: Source, label: str, budget: Budget, depth: int = 0) -> Source:
    """The part of a file that a finding names; the file itself for "". NotReadable when there is none."""
    if not label:
        return source
    if depth == DEEPEST:
        raise NotReadable(Refusal.ABSENT)
    seekable = source if isinstance(source, RangeSource) else _in_memory(source, budget)
    if inner := _BYTES.fullmatch(label):
        offset = int(inner[1])
        part = seekable.part(offset, seekable.length)
        return find_member(part, inner[2] or "", budget, depth + 1)
    for name, content in _members(seekable, label, budget):
        return find_member(content, label[len(name) :].lstrip("/, "), budget, depth + 1)
    if _leads_to("unpacked", label):
        packed = unpacked(seekable, seekable.open().peek(16), budget)
        if packed is not None:
            return find_member(packed, label[len("unpacked") :].lstrip("/, "), budget, depth + 1)
    raise NotReadable(Refusal.ABSENT)


def _members(source: RangeSource, label: str, budget: Budget) -> Iterator[tuple[str, Source]]:
    """The member of an archive that the label begins with: of several the one with the longest name."""
    if tar.begins(source):
        packed = tar.members(Inspection(budget), source, "")
        named = [(printable(one.name), one) for one in packed if one.kind in tar.FILES]
        fitting = [(name, one) for name, one in named if _leads_to(name, label)]
        for name, one in sorted(fitting, key=lambda pair: -len(pair[0]))[:1]:
            yield name, source.part(one.offset, one.size)
        return
    directory = zips.find_directory(source)
    if directory is None:
        return
    names = [(printable(one.name), one) for one in zips.members(source, directory, budget)]
    found = [(name, one) for name, one in names if _leads_to(name, label)]
    for name, one in sorted(found, key=lambda pair: -len(pair[0]))[:1]:
        yield name, zips.open_member(source, one, budget)[0]


def _leads_to(name: str, label: str) -> bool:
    return bool(name) and (label == name or label.startswith((f"{name}/", f"{name}, ")))


def _in_memory(source: Source, budget: Budget) -> RangeSource:
    data = source.open().peek(LARGEST_IN_MEMORY + 1)
    if len(data) > LARGEST_IN_MEMORY:
        raise NotReadable(Refusal.TOO_MUCH)
    return RangeSource(io.BytesIO(data), 0, len(data), budget)
