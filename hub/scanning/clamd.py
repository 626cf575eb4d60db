"""clamd's protocol as far as one file needs it: INSTREAM, over a unix socket or TCP (clamd(8))."""

import socket
import struct
import time
from typing import BinaryIO, Self

from hub.scanning.scanners.base import ScannerAway

SECONDS = 60
CHUNK = 1 << 20
LONGEST_ANSWER = 4096


def stream(address: str, reader: BinaryIO) -> str:
    """What clamd answers about the bytes of `reader`: "OK", "<name> FOUND" or "<words> ERROR".

    `address` is the path of a socket, or host:port. Raises ScannerAway when it does not answer.
    """
    with Session(address) as session:
        while piece := reader.read(CHUNK):
            session.send(piece)
        return session.answer()


class Session:
    """One INSTREAM: bytes go in piece by piece, and one answer comes out; ScannerAway when it does not.

    However many pieces there are, all the waiting for clamd takes SECONDS at most.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.left = float(SECONDS)
        # It answers early, and hangs up, when it takes no more: then writing fails and reading does not.
        self.full = False
        try:
            self.socket = _connected(address)
        except OSError as problem:
            raise self._away(problem) from problem
        self._write(b"zINSTREAM\0")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def send(self, piece: bytes) -> None:
        """Pass on some bytes of the file."""
        if piece:
            self._write(struct.pack(">L", len(piece)) + piece)

    def answer(self) -> str:
        """What it says of everything that was sent."""
        self._write(struct.pack(">L", 0))
        answer = b""
        try:
            while len(answer) < LONGEST_ANSWER and (piece := self._read()):
                answer += piece
        except OSError as problem:
            raise self._away(problem) from problem
        if not answer.endswith(b"\0"):
            raise self._away("hung up without an answer")
        return answer.rstrip(b"\0").decode("utf-8", "replace").removeprefix("stream: ")

    def _write(self, data: bytes) -> None:
        if self.full:
            return
        began = time.monotonic()
        try:
            self.socket.settimeout(max(0.001, self.left))
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.full = True
        except OSError as problem:
            self.close()
            raise self._away(problem) from problem
        self.left -= time.monotonic() - began

    def _read(self) -> bytes:
        began = time.monotonic()
        self.socket.settimeout(max(0.001, self.left))
        piece = self.socket.recv(LONGEST_ANSWER)
        self.left -= time.monotonic() - began
        return piece

    def _away(self, why: object) -> ScannerAway:
        return ScannerAway(f"clamd at {self.address}: {why}")


def _connected(address: str) -> socket.socket:
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), SECONDS)
    clamd = socket.socket(socket.AF_UNIX)
    try:
        clamd.settimeout(SECONDS)
        clamd.connect(address)
    except OSError:
        clamd.close()
        raise
    return clamd
