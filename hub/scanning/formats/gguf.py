"""GGUF: counts and lengths that stay in the file, tensors one after the other, and a template to judge.

Source: ggml's docs/gguf.md, and gguf_init_from_file of ggml.
"""

from collections.abc import Iterator
from math import prod
from typing import Literal

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.judging import templates
from hub.scanning.sources import Stream, Truncated

MOST = 1_000_000
MOST_KEYS = 65_536
MOST_DIMENSIONS = 4
DEEPEST_ARRAY = 2
LONGEST_KEY = 65_535
STRING, ARRAY = 8, 9
# Sizes of the plain values by their type.
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
WIDTH = {"L": 4, "Q": 8}
ALIGNMENT = 32
# ggml_type: (weights in a block, bytes of a block).
BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36)}
BLOCKS |= {10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292)}
BLOCKS |= {16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110)}
BLOCKS |= {22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8)}
BLOCKS |= {29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36)}


class BadGguf(Exception):
    """The file breaks a rule of the format; the argument says which."""


class Gguf(Format):
    """Safe when its structure is exact and its templates do nothing but build text."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return head.startswith(b"GGUF")

    def inspect(self, judge: Judge, piece: Piece) -> None:
        try:
            Reader(judge, piece).run()
        except Truncated:
            message = "GGUF that announces more than the file holds"
            judge.say("bad-gguf", message, piece.label, Severity.ERROR)
        except BadGguf as problem:
            judge.say("bad-gguf", f"GGUF that cannot be read: {problem}", piece.label, Severity.ERROR)
        else:
            judge.harmless("a GGUF file", piece.label)


class Reader:
    """One pass over the header; the tensors' bytes are accounted for and not read."""

    def __init__(self, judge: Judge, piece: Piece) -> None:
        self.judge, self.piece = judge, piece
        self.stream: Stream = piece.source.open()
        self.alignment = ALIGNMENT
        self.order: Literal["little", "big"] = "little"
        self.wide = True
        self.steps = 0

    def run(self) -> None:
        """Read it all, or raise BadGguf or Truncated."""
        self.stream.read(4)
        self.read_version()
        tensors = self.number(MOST, "tensors")
        for _ in range(self.number(MOST_KEYS, "keys")):
            self.read_pair()
        spans = list(self.read_tensors(tensors))
        self.check_tensors(spans)

    def read_version(self) -> None:
        raw = self.stream.read(4)
        version = int.from_bytes(raw, "little")
        if version > 0xFFFF:
            self.order, version = "big", int.from_bytes(raw, "big")
        if version not in (1, 2, 3):
            raise BadGguf(f"version {version} does not exist")
        self.wide = version > 1

    def count(self) -> int:
        """A count or length as the version writes it."""
        return self.plain("Q" if self.wide else "L")

    def number(self, most: int, of_what: str) -> int:
        """A count that stays within reason."""
        found = self.count()
        if found > most:
            raise BadGguf(f"{found} {of_what} are more than any file has")
        return found

    def plain(self, code: str) -> int:
        return int.from_bytes(self.stream.read(WIDTH[code]), self.order)

    def step(self) -> None:
        self.steps += 1
        if not self.steps % 4096:
            self.judge.budget.step(4096)

    def text(self, keep: int) -> bytes:
        """The first `keep` bytes of a string; the whole of it must be in the file."""
        self.step()
        length = self.count()
        self.bounded(length)
        data = self.stream.read(min(length, keep))
        self.stream.skip(length - len(data))
        return data

    def bounded(self, length: int) -> None:
        """Refuse what cannot be in the file before anything is done with it."""
        if self.piece.size is not None and length > self.piece.size - self.stream.position:
            raise Truncated("a length leads out of the file")

    def read_pair(self) -> None:
        key = self.text(LONGEST_KEY).decode("utf-8", "replace")
        kind = self.plain("L")
        if key == "general.alignment" and kind == 4:
            self.alignment = self.plain("L")
            if not 1 <= self.alignment <= 1 << 20 or self.alignment & (self.alignment - 1):
                raise BadGguf("its alignment is no power of two")
        else:
            self.read_value(key, kind, 0)

    def read_value(self, key: str, kind: int, depth: int) -> None:
        if kind == STRING:
            self.judge_text(key, self.text(templates.LONGEST + 1))
        elif kind == ARRAY:
            self.read_array(key, depth)
        elif kind in WIDTHS:
            self.stream.skip(WIDTHS[kind])
        else:
            raise BadGguf(f"the value of {printable(key)} has a type that does not exist ({kind})")

    def read_array(self, key: str, depth: int) -> None:
        if depth == DEEPEST_ARRAY:
            raise BadGguf("it has lists in lists, too many times over")
        kind, count = self.plain("L"), self.count()
        self.bounded(count * WIDTHS.get(kind, 4))
        if kind in WIDTHS:
            self.stream.skip(count * WIDTHS[kind])
        else:
            for _ in range(count):
                self.step()
                self.read_value(key, kind, depth + 1)

    def judge_text(self, key: str, data: bytes) -> None:
        """Templates are run by whoever chats with the model, whatever key they stand under."""
        known = "template" in key
        if known or templates.has_marks(data):
            text = data.decode("utf-8", "replace")
            templates.judge_template(self.judge, text, self.piece.place(printable(key)), known=known)

    def read_tensors(self, count: int) -> Iterator[tuple[int, int | None]]:
        """Where each tensor begins, and how many bytes it takes, None for a type that is not known."""
        for _ in range(count):
            name = self.text(LONGEST_KEY).decode("utf-8", "replace")
            dimensions = self.plain("L")
            if dimensions > MOST_DIMENSIONS:
                raise BadGguf(f"the tensor {printable(name)} has {dimensions} dimensions")
            shape = [self.count() for _ in range(dimensions)]
            kind, offset = self.plain("L"), self.plain("Q")
            yield offset, size_of(shape, kind, name)

    def check_tensors(self, spans: list[tuple[int, int | None]]) -> None:
        """Tensors follow each other, aligned, and end within the file."""
        start = self.stream.position + -self.stream.position % self.alignment
        end = 0
        for offset, size in sorted(spans, key=lambda span: span[0]):
            if offset % self.alignment or offset < end:
                raise BadGguf("its tensors overlap or are not aligned")
            end = offset + (size or 0)
        if self.piece.size is not None and spans and start + end > self.piece.size:
            raise Truncated("a tensor leads out of the file")
        if all(size is not None for _, size in spans):
            self.check_rest(start + end if spans else self.stream.position)

    def check_rest(self, end: int) -> None:
        """Behind the tensors stands nothing but what fills up a block."""
        if self.piece.size is not None and self.piece.size - end > max(self.alignment, ALIGNMENT):
            words = "has data after its last tensor"
            self.judge.say("data-after", words, self.piece.label, Severity.SUSPICIOUS)
        self.judge.hidden(self.piece.source, end, self.piece.label)


def size_of(shape: list[int], kind: int, name: str) -> int | None:
    """Bytes of a tensor, in whole blocks; None for a type newer than this list."""
    if kind not in BLOCKS:
        return None
    weights, width = BLOCKS[kind]
    if shape and shape[0] % weights:
        raise BadGguf(f"the tensor {printable(name)} has rows that are no whole blocks")
    return prod(shape) // weights * width
