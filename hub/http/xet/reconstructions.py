"""How a file is put together: terms, and a link to each range of bytes that they need."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.http.ranges import SINGLE
from hub.http.xet.base import ChunkView
from hub.scanning.policy import plan_admitted
from storage.s3 import range_link
from storage.xet.reading import Plan, Span

# What a column for sizes holds.
FARTHEST = 2**63 - 1


class Fetch(NamedTuple):
    """Chunks `first` to `last` of a xorb: bytes `begin` to `end` of the object `key`, ends exclusive."""

    xorb: str
    key: str
    first: int
    last: int
    begin: int
    end: int

    @property
    def chunks(self) -> dict[str, int]:
        """As both versions spell it, its end exclusive."""
        return {"start": self.first, "end": self.last}

    @property
    def bytes(self) -> dict[str, int]:
        """As both versions spell it, its end inclusive."""
        return {"start": self.begin, "end": self.end - 1}

    @property
    def url(self) -> str:
        """A link to these bytes and no others: what lies beside them may be somebody else's."""
        return range_link(
            self.key, first=self.begin, last=self.end - 1, seconds=settings.DOWNLOAD_LINK_SECONDS
        )


class ReconstructionView(ChunkView):
    """What both versions share."""

    def plan(self, file: str) -> Plan:
        """The plan of the range that is asked for; whoever may write has also what is still being checked."""
        repository = self.open(Action.PULL)
        first, last = asked_range(self.request.headers.get("Range", ""))
        return plan_admitted(self.actor, repository, file_hash=file, first=first, last=last)


class Reconstruction(ReconstructionView):
    """`GET v2/reconstructions/{file}`."""

    def get(self, request: Request, file: str, **address: Any) -> Response:
        """The terms, and for each xorb its links, each with the one range that it is signed for."""
        plan = self.plan(file)
        xorbs = {
            xorb: [
                {"url": fetch.url, "ranges": [{"chunks": fetch.chunks, "bytes": fetch.bytes}]}
                for fetch in fetches
            ]
            for xorb, fetches in groupby(fetches_of(plan.spans), key=lambda fetch: fetch.xorb)
        }
        return answered({**terms_of(plan), "xorbs": xorbs})


class ReconstructionV1(ReconstructionView):
    """`GET v1/reconstructions/{file}`."""

    def get(self, request: Request, file: str, **address: Any) -> Response:
        """The same in the older form."""
        plan = self.plan(file)
        info = {
            xorb: [{"range": fetch.chunks, "url": fetch.url, "url_range": fetch.bytes} for fetch in fetches]
            for xorb, fetches in groupby(fetches_of(plan.spans), key=lambda fetch: fetch.xorb)
        }
        return answered({**terms_of(plan), "fetch_info": info})


def answered(shape: dict[str, Any]) -> Response:
    """The answer, which nobody may keep: its links are for the caller."""
    return Response(shape, headers={"Cache-Control": "private, no-store"})


def asked_range(header: str) -> tuple[int, int | None]:
    """First and last byte of `bytes=a-b`, None for the end; the whole file for any other form."""
    match = SINGLE.fullmatch(header.strip())
    if match is None or not match[1]:
        return 0, None
    first, last = min(int(match[1]), FARTHEST), min(int(match[2]), FARTHEST) if match[2] else None
    return (0, None) if last is not None and last < first else (first, last)


def terms_of(plan: Plan) -> dict[str, Any]:
    """What both versions say of the terms, in the order of the file."""
    return {
        "offset_into_first_range": plan.offset,
        "terms": [
            {
                "hash": span.xorb,
                "unpacked_length": span.length,
                "range": {"start": span.first, "end": span.last},
            }
            for span in plan.spans
        ],
    }


def fetches_of(spans: Iterable[Span]) -> Iterator[Fetch]:
    """What to fetch, xorb by xorb: neighbouring and overlapping runs of chunks as one, and none between them.

    hf_xet looks for one fetch that has all chunks of a term.
    """
    waiting: Fetch | None = None
    for span in sorted(spans, key=lambda span: (span.xorb, span.first)):
        if waiting and waiting.xorb == span.xorb and span.first <= waiting.last:
            if span.last > waiting.last:
                waiting = waiting._replace(last=span.last, end=span.end)
            continue
        if waiting:
            yield waiting
        waiting = Fetch(span.xorb, span.key, span.first, span.last, span.begin, span.end)
    if waiting:
        yield waiting
