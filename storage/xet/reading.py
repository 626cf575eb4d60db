"""Read files that are kept in chunks: which bytes of which xorbs, and the bytes themselves."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from queue import SimpleQueue
from struct import unpack_from
from threading import Semaphore

from botocore.exceptions import BotoCoreError
from django.db import connection

from storage import s3
from storage.errors import StorageError
from storage.models import Reconstruction
from storage.xet.xorbs import MAX_XORB, XorbInvalid, unpack_pieces

# A stream has so many requests to S3 on their way, each up to so many pieces of 1 MiB ahead of its reader:
# large terms keep one request busy, and many small ones do not wait for one answer after the other.
REQUESTS, PIECES = 3, 4
# How many terms a plan has at most: it is made in memory, and each term may need a link of its own. Clients
# ask for some GB at a time (hf_xet, max_reconstruction_fetch_size), in terms of some 512 KiB.
PLANNED = 32 * 1024
# How many terms are known at once while a file is read; each brings up to 64 KiB of where chunks end.
TERMS = 32
# What a term's chunks' ends are, with that of the chunk before them; of a term that is taken whole, if that
# is all there is to know, only its own two.
QUERY = """
SELECT term.start, term.length, xorb.hash, xorb.key, term.first, term.last,
    CASE WHEN %(each)s OR term.start < %(first)s OR term.start + term.length > %(end)s
    THEN substring(xorb.ends FROM chunk.before * 8 + 1 FOR (term.last - chunk.before) * 8)
    ELSE substring(xorb.ends FROM chunk.before * 8 + 1 FOR 8)
        || substring(xorb.ends FROM (term.last - 1) * 8 + 1 FOR 8)
    END
FROM storage_term AS term
JOIN storage_xorb AS xorb ON xorb.id = term.xorb_id
CROSS JOIN LATERAL (SELECT greatest(term.first - 1, 0) AS before) AS chunk
WHERE term.reconstruction_id = %(file)s AND term.start < %(end)s AND term.start >= (
    SELECT max(start) FROM storage_term WHERE reconstruction_id = %(file)s AND start <= %(first)s
)
ORDER BY term.start
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Chunks `first` to `last` (exclusive) of a xorb: bytes `begin` to `end` (exclusive) of the object `key`.

    Unpacked they are `length` bytes, which lie in the file from `start` on.
    """

    xorb: str
    key: str
    first: int
    last: int
    begin: int
    end: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Whole chunks that cover a range of a file of `size` bytes, which begins `offset` bytes into them."""

    size: int
    offset: int
    spans: list[Span]


class PlanTooLong(StorageError):
    """A range is put together from more terms than are told at once."""


class Layout:
    """How a file is put together, asked for some terms at a time."""

    def __init__(self, reconstruction: str) -> None:
        self.reconstruction = reconstruction
        self._terms: list[_Term] = []

    def run(self, first: int, end: int, *, most: int) -> Span:
        """The whole chunks of one xorb that have byte `first` and what follows, up to `end`.

        Of at most `most` packed bytes, or one chunk. At most one query. LookupError past the end of the file.
        """
        term = self._known(first)
        if term is None:
            self._terms = _terms(self.reconstruction, first, end, most=TERMS, each=True)
            term = self._known(first)
        if term is None:
            raise LookupError(f"{self.reconstruction} has no byte {first}")
        return term.span(first, end, most=most)

    def _known(self, first: int) -> "_Term | None":
        place = bisect_right(self._terms, first, key=lambda term: term.start) - 1
        return self._terms[place] if place >= 0 and first < self._terms[place].end else None


def plan(reconstruction: Reconstruction, first: int, last: int) -> Plan:
    """What to read for bytes `first` to `last` (inclusive) of a file, in one query; they must be in it.

    PlanTooLong when they are in more than PLANNED terms.
    """
    terms = _terms(reconstruction.pk, first, last + 1, most=PLANNED + 1, each=False)
    if len(terms) > PLANNED:
        raise PlanTooLong(f"These bytes are in more than {PLANNED} terms. Ask for a smaller range.")
    spans = [term.span(first, last + 1) for term in terms]
    return Plan(reconstruction.size, first - spans[0].start if spans else 0, spans)


def stream(reconstruction: Reconstruction, first: int = 0, last: int | None = None) -> Iterator[bytes]:
    """Bytes `first` to `last` (inclusive, to the end when None) of a file, a chunk at a time.

    While chunks are unpacked, threads read ahead; they end soon after the iterator. Memory: some 20 MiB of
    packed bytes and 2 MiB of what is known of terms, however large the file. Raises botocore's errors, and
    XorbInvalid when the store does not give what was verified.
    """
    end = reconstruction.size if last is None else min(last + 1, reconstruction.size)
    spans = _runs(Layout(reconstruction.pk), first, end)
    pool = ThreadPoolExecutor(REQUESTS, thread_name_prefix="chunks")
    coming: deque[tuple[Span, _Pieces]] = deque()
    try:
        # Spans are asked for in this thread, because a database connection belongs to a thread.
        while True:
            coming.extend(_begin(pool, islice(spans, REQUESTS - len(coming))))
            if not coming:
                return
            yield from _part(*coming[0], first, end)
            coming.popleft()
    finally:
        for _, pieces in coming:
            pieces.stop()
        pool.shutdown(wait=False, cancel_futures=True)


def fetch(span: Span) -> bytes:
    """Read the packed bytes of a run of chunks; XorbInvalid when there are fewer."""
    data = s3.read_range(span.key, span.begin, span.end - span.begin)
    if len(data) != span.end - span.begin:
        raise XorbInvalid(f"The object of the xorb {span.xorb} ends before its chunks.")
    return data


def _runs(layout: Layout, first: int, end: int) -> Iterator[Span]:
    while first < end:
        span = layout.run(first, end, most=MAX_XORB)
        yield span
        first = span.start + span.length


def _begin(pool: ThreadPoolExecutor, spans: Iterable[Span]) -> Iterator[tuple[Span, "_Pieces"]]:
    for span in spans:
        pieces = _Pieces(span)
        pieces.filling = pool.submit(pieces.fill)
        yield span, pieces


class _Pieces:
    """The packed bytes of a run of chunks, put here by a thread that is a few pieces ahead of its reader."""

    filling: Future[None]

    def __init__(self, span: Span) -> None:
        self._span = span
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        self._room = Semaphore(PIECES)
        self._stopped = False

    def fill(self) -> None:
        """Read all pieces, each when there is room for it, and then put an empty one.

        A store may close the connection of a slow reader; as long as there is progress, reading goes on.
        """
        at, end = self._span.begin, self._span.end
        try:
            while at < end and not self._stopped:
                begun = at
                try:
                    for piece in self._read(at, end):
                        at += len(piece)
                except BotoCoreError:
                    if at == begun:
                        raise
                else:
                    return
        finally:
            self._queue.put(b"")

    def _read(self, at: int, end: int) -> Iterator[bytes]:
        """The pieces from `at` on, once each is in the queue."""
        with closing(s3.stream_range(self._span.key, at, end - at)) as pieces:
            for piece in pieces:
                self._room.acquire()
                if self._stopped:
                    return
                self._queue.put(piece)
                yield piece

    def stop(self) -> None:
        """Have the thread end, and its connection with it."""
        self._stopped = True
        self._room.release()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._queue.get():
            yield piece
            self._room.release()
        self.filling.result()


def _part(span: Span, pieces: _Pieces, first: int, end: int) -> Iterator[bytes]:
    """The chunks of a run, without what is not asked for of its first and last; XorbInvalid if some lack."""
    at = span.start
    for chunk in unpack_pieces(pieces):
        after = at + len(chunk)
        yield chunk if first <= at and after <= end else chunk[max(first - at, 0) : end - at]
        at = after
    if at != span.start + span.length:
        raise XorbInvalid(f"The object of the xorb {span.xorb} ends before its chunks.")


@dataclass
class _Term:
    """A term with where its chunks end: of all of them, or only before the first and after the last."""

    start: int
    length: int
    xorb: str
    key: str
    first: int
    last: int
    ends: bytes

    @property
    def end(self) -> int:
        return self.start + self.length

    @cached_property
    def places(self) -> tuple[list[int], list[int]]:
        """Where each chunk begins in the file and in the object, and where the last one ends."""
        numbers = unpack_from(f"<{len(self.ends) // 4}I", self.ends)
        if self.first == 0:
            numbers = (0, 0, *numbers)
        shift = self.start - numbers[0]
        return [at + shift for at in numbers[::2]], list(numbers[1::2])

    def span(self, first: int, end: int, *, most: int | None = None) -> Span:
        """The chunks that have the bytes from `first` up to `end`, or as many as have `most` packed bytes."""
        if self.start >= first and self.end <= end and most is None:
            return self._between(0, -1, self.first, self.last)
        begins, packed = self.places
        low = max(bisect_right(begins, first) - 1, 0)
        high = min(bisect_left(begins, end), len(begins) - 1)
        if most is not None:
            high = min(high, max(bisect_right(packed, packed[low] + most) - 1, low + 1))
        return self._between(low, high, self.first + low, self.first + high)

    def _between(self, low: int, high: int, first: int, last: int) -> Span:
        begins, packed = self.places
        length = begins[high] - begins[low]
        return Span(self.xorb, self.key, first, last, packed[low], packed[high], begins[low], length)


def _terms(reconstruction: str, first: int, end: int, *, most: int, each: bool) -> list[_Term]:
    """The first `most` of the terms that have the bytes from `first` up to `end`, in one query."""
    values = {"file": reconstruction, "first": first, "end": end, "most": most, "each": each}
    with connection.cursor() as cursor:
        cursor.execute(QUERY, values)
        return [_Term(*row[:6], bytes(row[6])) for row in cursor]
