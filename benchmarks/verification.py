"""Measure how fast one core verifies xorbs, beside sha256 and BLAKE3 of the same bytes.

    python -m benchmarks.verification

A xorb of each kind that clients send, 48 MiB in chunks of 64 KiB: noise as it is, text in LZ4, bytes like
those of weights grouped by four in LZ4. They come in pieces of 1 MiB, as from S3. Every figure is a median of
some rounds. Last comes a xorb that unpacks to as much as one may. Takes about ten seconds.
"""

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from random import Random

from storage.xet.hashing import chunk_hash
from storage.xet.xorbs import GROUPED_LZ4, LZ4, MAX_CHUNK, MAX_CHUNKS, RAW, read_xorb
from tests.xet import Xorb, cut, floats, noise

ROUNDS = 9
MIB = 2**20
REPEATED = 48


def text(size: int) -> bytes:
    """Return words in random order."""
    random = Random(0)
    words = [random.randbytes(random.randint(1, 6)).hex().encode() for _ in range(2000)]
    return b" ".join(random.choices(words, k=size // 4))[:size]


def in_pieces(xorb: Xorb) -> tuple[list[bytes], str]:
    """Return a xorb's bytes as they come from S3, and its hash."""
    data, name = xorb.data, xorb.hash
    return [data[at : at + MIB] for at in range(0, len(data), MIB)], name


def rate(run: Callable[[], object], size: int) -> float:
    """Return MB/s by the process's own time, to which others on the machine add little."""
    start = time.process_time()
    run()
    return size / (time.process_time() - start) / 1e6


def compare(label: str, content: bytes, scheme: int) -> None:
    """Print how fast a xorb with this content is verified, and by how much its hashes alone are faster."""
    chunks = cut(content)
    pieces, name = in_pieces(Xorb(chunks, scheme))
    runs = {
        "verified": lambda: read_xorb(pieces, expected=name),
        "sha256": lambda: hashlib.sha256(content).digest(),
        "BLAKE3": lambda: [chunk_hash(chunk) for chunk in chunks],
    }
    rounds = [[rate(run, len(content)) for run in runs.values()] for _ in range(ROUNDS)]
    verified, sha256, blake3 = map(statistics.median, zip(*rounds, strict=True))
    of_sha256 = statistics.median(a / b for a, b, _ in rounds)
    of_blake3 = statistics.median(a / c for a, _, c in rounds)
    packed = sum(map(len, pieces)) / len(content)
    print(
        f"{label:24}{packed:8.2f}{verified:10.0f}{sha256:8.0f}{blake3:8.0f}{of_sha256:12.2f}{of_blake3:12.2f}"
    )


def main() -> None:
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print(f"{'MB/s of content':24}{'packed':>8}{'verified':>10}{'sha256':>8}{'BLAKE3':>8}", end="")
    print(f"{'of sha256':>12}{'of BLAKE3':>12}")
    compare("noise, as it is", noise(MIB) * REPEATED, RAW)
    compare("text, LZ4", text(MIB) * REPEATED, LZ4)
    compare("weights, grouped, LZ4", floats(MIB) * REPEATED, GROUPED_LZ4)
    pieces, name = in_pieces(Xorb([bytes(MAX_CHUNK)] * MAX_CHUNKS, GROUPED_LZ4))
    start = time.process_time()
    read_xorb(pieces, expected=name)
    took, size = time.process_time() - start, sum(map(len, pieces)) / 1e6
    print(f"as many zeros as a xorb may have: {size:.1f} MB, which take {took:.1f} s")


if __name__ == "__main__":
    main()
