"""A link of so many bits per second between clients and a server of this machine, in both directions."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from own_hub import ports

PIECE = 64 * 1024
# What may go out at once after a rest, in seconds of the rate: less would measure the clock's wake-ups.
BURST = 0.02


class Rate:
    """One direction of the link, which all connections share."""

    def __init__(self, bits_per_second: float) -> None:
        """Start with an idle link."""
        self.bytes_per_second = bits_per_second / 8
        self.free_at = time.monotonic()

    async def wait(self, size: int) -> None:
        """Wait until `size` bytes went over the link after all that others put on it."""
        now = time.monotonic()
        self.free_at = max(self.free_at, now - BURST) + size / self.bytes_per_second
        if self.free_at > now:
            await asyncio.sleep(self.free_at - now)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: Rate) -> None:
    """Carry one direction of a connection until its end."""
    try:
        while piece := await reader.read(PIECE):
            await rate.wait(len(piece))
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        # One side hung up: the other is told.
        writer.close()


async def serve(bits_per_second: float, ways: dict[int, int]) -> None:
    """Lead each port to another over one link, until the process ends."""
    up, down = Rate(bits_per_second), Rate(bits_per_second)

    def to(port: int) -> Callable[..., Awaitable[None]]:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection(ports.LOOPBACK, port)
            try:
                await asyncio.gather(pump(reader, there_writer, up), pump(there_reader, writer, down))
            finally:
                writer.close()
                there_writer.close()

        return carry

    for here, there in ways.items():
        await asyncio.start_server(to(there), ports.LOOPBACK, here)
    await asyncio.Event().wait()


def run(bits_per_second: float, ways: dict[int, int]) -> None:
    """Serve, in a process of its own."""
    asyncio.run(serve(bits_per_second, ways))


@contextmanager
def narrow_link(bits_per_second: float, ways: dict[int, int]) -> Iterator[None]:
    """Serve from a process of its own, so that it takes no time from a client that measures."""
    process = multiprocessing.get_context("spawn").Process(
        target=run, args=(bits_per_second, ways), daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()
