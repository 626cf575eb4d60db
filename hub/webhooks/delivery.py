"""One request to one webhook: to an address that was checked, within a time, and no further."""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import urlsplit

from hub.webhooks import guard
from hub.webhooks.errors import NotDelivered
from hub.webhooks.vocabulary import Reason

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 10.0
# What is read of an answer, so that it is no broken connection for the other side.
READ_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: the answer's status, or why there was none; the seconds it took; what was said."""

    status: int | None
    reason: Reason
    seconds: float
    answer: bytes = b""


def send(url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """POST the body and say what came of it; only a status of 200 to 299 is a success.

    A redirect is followed nowhere. The connection goes to the very address that was checked, with the host's
    name in the request and in the check of the certificate.
    """
    begun = time.monotonic()
    try:
        status, answer = _post(url, body, headers)
    except NotDelivered as problem:
        return Outcome(None, problem.reason, time.monotonic() - begun)
    reason = Reason.NONE if 200 <= status < 300 else Reason.STATUS
    return Outcome(status, reason, time.monotonic() - begun, answer)


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    until = time.monotonic() + TOTAL_SECONDS
    parts = urlsplit(url)
    host, port = parts.hostname or "", guard.port_of(parts)
    sock = _connected(guard.addresses_of(host, port), port)
    try:
        with _cut_off(sock, until):
            if parts.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            connection = http.client.HTTPConnection(host, port)
            connection.sock, connection.default_port = sock, guard.PORTS[parts.scheme]
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, dict(headers))
            return _read(connection.getresponse())
    except ssl.SSLCertVerificationError as problem:
        raise NotDelivered(Reason.UNSAFE) from problem
    except (OSError, http.client.HTTPException, ValueError) as problem:
        late = isinstance(problem, TimeoutError) or time.monotonic() >= until
        raise NotDelivered(Reason.TOO_SLOW if late else Reason.BROKEN) from problem
    finally:
        sock.close()


def _read(answer: http.client.HTTPResponse) -> tuple[int, bytes]:
    """The status of an answer and the beginning of its body; it counts even if that breaks off."""
    said = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        said = answer.read(READ_BYTES)
    return answer.status, said


@contextmanager
def _cut_off(sock: socket.socket, until: float) -> Iterator[None]:
    """Shut the connection at that moment: somebody may send a byte now and then, and no timeout would end it.

    The descriptor is doubled, because TLS takes the socket's own away from it.
    """
    with sock.dup() as double:
        timer = Timer(max(0.0, until - time.monotonic()), _shut, [double])
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _connected(addresses: list[str], port: int) -> socket.socket:
    """A connection to the first of the addresses that takes one."""
    until, reason = time.monotonic() + CONNECT_SECONDS, Reason.UNREACHABLE
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            break
        # Not by a function that would look a name up, although this is none.
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(left)
        try:
            sock.connect((address, port))
        except OSError as problem:
            sock.close()
            reason = Reason.TOO_SLOW if isinstance(problem, TimeoutError) else Reason.UNREACHABLE
        else:
            sock.settimeout(TOTAL_SECONDS)
            return sock
    raise NotDelivered(reason)


def _shut(sock: socket.socket) -> None:
    # The other side may have shut it in the same moment.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
