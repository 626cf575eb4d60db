"""clamd's protocol as far as one file needs it: INSTREAM, over a unix socket or TCP (clamd(8))."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from hub.scanning.scanners.base import ScannerAway

SECONDS = 60
CHUNK = 1 << 20
LONGEST_ANSWER = 4096


def stream(address: str, reader: BinaryIO) -> str:
    """What clamd answers about the bytes of `reader`: "OK", "<name> FOUND" or "<words> ERROR".

    `address` is the path of a socket, or host:port. Raises ScannerAway when it does not answer.
    """
    try:
        with _connected(address) as clamd:
            # It answers early, and hangs up, when it takes no more: then writing fails and reading does not.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                clamd.sendall(b"zINSTREAM\0")
                while piece := reader.read(CHUNK):
                    clamd.sendall(struct.pack(">L", len(piece)) + piece)
                clamd.sendall(struct.pack(">L", 0))
            answer = b"".join(_pieces(clamd))
    except OSError as problem:
        raise ScannerAway(f"clamd at {address}: {problem}") from problem
    if not answer.endswith(b"\0"):
        raise ScannerAway(f"clamd at {address} hung up without an answer")
    return answer.rstrip(b"\0").decode("utf-8", "replace").removeprefix("stream: ")


def _pieces(clamd: socket.socket) -> Iterator[bytes]:
    length = 0
    while length < LONGEST_ANSWER and (piece := clamd.recv(LONGEST_ANSWER)):
        length += len(piece)
        yield piece


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    if address.startswith("/"):
        with socket.socket(socket.AF_UNIX) as clamd:
            clamd.settimeout(SECONDS)
            clamd.connect(address)
            yield clamd
    else:
        host, _, port = address.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), SECONDS) as clamd:
            yield clamd
