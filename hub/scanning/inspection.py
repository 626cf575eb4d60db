"""Walk one file and what is packed in it down to its pickles, by content; names only say what to expect."""

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from hub.scanning import zips
from hub.scanning.archives import look_in_zip
from hub.scanning.arrays import NUMPY, look_in_array
from hub.scanning.findings import Finding, Severity
from hub.scanning.formats import all_formats, tar
from hub.scanning.formats.base import HEAD, Piece
from hub.scanning.formats.media import words_for
from hub.scanning.formats.text import is_text
from hub.scanning.hidden import is_harmful, look_for_hidden, say_hidden
from hub.scanning.imports import Imports
from hub.scanning.packers import OLD_JOBLIB, unpacked
from hub.scanning.pickle_machine import PickleMachine
from hub.scanning.pickle_state import Trace, matters
from hub.scanning.pickle_values import Data
from hub.scanning.sources import Budget, RangeSource, Source, TooMuch

DEEPEST = 4
MOST_STREAMS = 1000
LARGEST_IN_MEMORY = 64 << 20
MOST_FINDINGS = 200
PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".dill", ".p", ".pck"}
LEGACY_TORCH = b"l\xfc\x9cF\xf9 j\xa8P\x19"
LEGACY_STREAMS = 5
# Where torch.export keeps tensors as they are; those that are pickled have names of their own.
_CHECKPOINT = re.compile(r".+\.(?:data-\d{5}-of-\d{5}|onnx[._]data(?:_\d+)?)")
_RAW = re.compile(r".+/data/(?:weights/weight|constants/tensor)_\d+")


class Inspection:
    """The findings of one file, and the budget that everything in it shares."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.findings: list[Finding] = []
        self.severities: set[Severity] = set()
        self.imports = Imports()

    def run(self, source: RangeSource, path: str) -> None:
        """Look at the whole file; running out of budget or memory is a finding."""
        try:
            self.look(source, source.length, "", path)
        except TooMuch as problem:
            self.say("too-much", f"could not be scanned to its end: {problem}", "", Severity.ERROR)
        except MemoryError:
            message = "could not be scanned to its end: it takes more memory than a scan may"
            self.say("too-much", message, "", Severity.ERROR)

    def say(self, rule: str, message: str, where: str, severity: Severity) -> None:
        """Keep one finding about the file or one of its members."""
        self.add(Finding(rule, message, where, severity))

    def harmless(self, words: str, where: str) -> None:
        """Say what was recognised, and that loading it unpickles nothing."""
        self.say("not-a-pickle", f"This is {words}: loading it unpickles nothing.", where, Severity.INFO)

    def add(self, finding: Finding) -> None:
        """Keep a finding once; when there are too many, keep only what makes the verdict worse."""
        worse = finding.severity not in self.severities
        if worse or (len(self.findings) < MOST_FINDINGS and finding not in self.findings[-8:]):
            self.findings.append(finding)
            self.severities.add(finding.severity)

    def look(
        self, source: Source, size: int | None, label: str, name: str, depth: int = 0, **hints: bool
    ) -> None:
        """Inspect one file or member; `size` is None where it is known only by unpacking."""
        if depth > DEEPEST:
            self.say("too-deep", "is packed too many times over to be scanned", label, Severity.ERROR)
            return
        head = source.open().peek(16)
        if not head:
            self.say("empty", "An empty file.", label, Severity.INFO)
            return
        # What lies in a tar is judged as its members, of which the last may end like a zip.
        archive = None if tar.begins(source) else self.archive(source, size, head)
        known = archive is not None and look_in_zip(self, archive, label, depth)
        if head.startswith(NUMPY):
            known = look_in_array(self, source, label, hints) or known
        elif head.startswith(zips.LOCAL):
            pass  # As a pickle it begins with a persistent id, which stops who does not read it as a zip.
        else:
            known = self.look_at_content(Piece(source, size, label, name, depth, hints)) or known
        if not known and not self.look_unpacked(source, head, label, name, depth):
            self.say_unknown(source, label, name, hints)

    def look_at_content(self, piece: Piece) -> bool:
        """Inspect the piece as a pickle and as all that it claims to be: it may be several things."""
        pickled = self.look_for_pickles(piece.source, piece.label, piece.depth, dict(piece.hints))
        piece = replace(piece, pickled=pickled)
        head = piece.source.open().peek(HEAD)[:HEAD]
        claimed = [format for format in all_formats() if format.recognise(piece, head)]
        for format in claimed:
            format.inspect(self, piece)
        return pickled or bool(claimed)

    def say_unknown(self, source: Source, label: str, name: str, hints: Mapping[str, bool]) -> None:
        """The end of the road: a format that this scanner cannot judge."""
        if hints.get("exported") and _RAW.fullmatch(name):
            self.harmless("the raw bytes of a tensor", label)
            return
        by_name = _CHECKPOINT.fullmatch(PurePosixPath(name).name)
        if by_name or hints.get("array"):
            # It is read by what lies beside it, as numbers; a lie in the name gives it no other reader.
            self.hidden(source, 0, label)
            self.harmless(f"the raw bytes of {'tensors, by its name' if by_name else 'an array'}", label)
            return
        if PurePosixPath(name).suffix.lower() in PICKLE_SUFFIXES:
            message = "It is named like a pickle but cannot be read as one."
            self.say("broken-pickle", message, label, Severity.ERROR)
        else:
            self.hidden(source, 0, label)
            message = "The format was not recognised, so this file was not scanned."
            self.say("unrecognised", message, label, Severity.UNKNOWN)

    # --- archives --------------------------------------------------------------------------------

    def archive(self, source: Source, size: int | None, head: bytes) -> RangeSource | None:
        """The source as one that can be read from its end, when it may be a zip."""
        if isinstance(source, RangeSource):
            return source
        return self.in_memory(source) if head.startswith(zips.LOCAL) else None

    def in_memory(self, source: Source, offset: int = 0, length: int = LARGEST_IN_MEMORY + 1) -> RangeSource:
        """A copy of a packed piece, within bounds."""
        data = source.open(offset).peek(min(length, LARGEST_IN_MEMORY + 1))[:length]
        if len(data) > LARGEST_IN_MEMORY:
            raise TooMuch("a packed member is larger than a scan unpacks")
        return RangeSource(io.BytesIO(data), 0, len(data), self.budget)

    def look_unpacked(self, source: Source, head: bytes, label: str, name: str, depth: int) -> bool:
        """Inspect what a compressed file unpacks to, if it is one."""
        packed = unpacked(source, head, self.budget) if isinstance(source, RangeSource) else None
        if packed is None:
            return False
        data = packed.open().peek(LARGEST_IN_MEMORY)
        small = RangeSource(io.BytesIO(data), 0, len(data), self.budget)
        inside = small if len(data) < LARGEST_IN_MEMORY else packed
        where = f"{label}/unpacked".lstrip("/")
        of_joblib = OLD_JOBLIB.match(head) is not None
        self.look(inside, len(data) if inside is small else None, where, name, depth + 1, array=of_joblib)
        if packed.damaged:
            message = "is damaged, or followed by something else, where it is unpacked"
            self.say("bad-packed", message, label, Severity.ERROR)
        return True

    # --- pickles ---------------------------------------------------------------------------------

    def look_for_pickles(self, source: Source, label: str, depth: int, hints: Mapping[str, bool]) -> bool:
        """Follow one pickle after the other from the first byte; False when there is none."""
        legacy = LEGACY_TORCH in source.open().peek(32)
        hints = {**hints, "torch": hints.get("torch", False) or legacy}
        traces = self.follow_all(source, label, hints)
        *before, last = traces
        understood = last.complete or not before or matters(last)
        if not any(matters(trace) for trace in traces) and not is_plain_pickle(traces, source):
            return False
        for trace in traces if understood else before:
            self.keep(trace, label)
            self.look_at_nested(trace, source, label, depth)
        if not understood and not (legacy and len(before) == LEGACY_STREAMS):
            self.say("data-after", "has data after its end that is no pickle", label, Severity.SUSPICIOUS)
        return True

    def follow_all(self, source: Source, label: str, hints: Mapping[str, bool]) -> list[Trace]:
        """One trace for each stream, of which the last may have broken."""
        traces = [self.follow(source, 0, label, hints)]
        while traces[-1].complete and source.open(traces[-1].end).peek(1):
            if len(traces) == MOST_STREAMS:
                raise TooMuch("it holds more pickles than a scan follows")
            traces.append(self.follow(source, traces[-1].end, label, hints))
        return traces

    def follow(self, source: Source, offset: int, label: str, hints: Mapping[str, bool]) -> Trace:
        """Run the machine; what it saw before the budget ended is kept."""
        known = {hint: hints.get(hint, False) for hint in ("torch", "script", "functions")}
        machine = PickleMachine(source, self.budget, offset=offset, label=label, **known)
        try:
            return machine.run()
        except TooMuch:
            self.keep(machine.trace, label)
            raise

    def keep(self, trace: Trace, label: str) -> None:
        """Take over what a stream does, and that it broke."""
        for finding in trace.findings:
            self.add(finding)
        self.imports.update(trace.names)
        if trace.failure:
            where = f"{label}, byte {trace.end}".lstrip(", ")
            self.say("broken-pickle", f"could not be read to its end: {trace.failure}", where, Severity.ERROR)
        elif trace.complete and not trace.findings:
            self.say("pickle", "A pickle that was read to its end.", label, Severity.INFO)

    def look_at_nested(self, trace: Trace, source: Source, label: str, depth: int) -> None:
        """Inspect the byte strings that the pickle itself would unpickle."""
        for data in trace.nested:
            where = f"{label}, bytes at {data.offset}".lstrip(", ")
            piece = self.piece(source, data)
            self.look(piece, piece.length, where, "nested.pt", depth + 1, torch=True)
        for data in trace.carried:
            if data not in trace.nested and is_harmful(self.follow(self.piece(source, data), 0, label, {})):
                say_hidden(self, label, data.offset)

    def look_at_bytes(self, source: Source, at: int, length: int, where: str) -> None:
        """Bytes that a format carries; nothing loads them by itself."""
        if is_harmful(self.follow(self.piece(source, Data(at, length)), 0, where, {})):
            say_hidden(self, where, 0)

    def hidden(self, source: Source, start: int, label: str) -> None:
        """Look for pickles behind `start`, where the format has none."""
        if isinstance(source, RangeSource):
            look_for_hidden(self, source, start, label)

    def piece(self, source: Source, data: Data) -> RangeSource:
        """A byte string of a pickle as a source of its own."""
        if isinstance(source, RangeSource):
            return source.part(data.offset, data.length)
        return self.in_memory(source, data.offset, data.length)


def is_plain_pickle(traces: list[Trace], source: Source) -> bool:
    """Whether streams that do nothing remarkable are pickles, seeing that text may begin like protocol 0."""
    if traces[0].complete:
        return traces[0].declared or traces[-1].complete
    return traces[0].declared and words_for(source.open().peek(HEAD)) is None and not is_text(source)
