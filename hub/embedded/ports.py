"""Loopback ports: choose some that are free and tell which are taken."""

import random
import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes the ports of outgoing connections (32768 and up), so that a port
# chosen once is seldom in somebody's way at the next start.
CHOICE = range(20000, 32000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(count: int, *, without: Iterable[int] = ()) -> list[int]:
    """Pick that many different ports that are free now; none of `without`."""
    chosen: list[int] = []
    avoided = set(without)
    while len(chosen) < count:
        port = random.choice(CHOICE)
        if port not in avoided and is_free(port):
            avoided.add(port)
            chosen.append(port)
    return chosen
