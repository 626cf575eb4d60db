"""A chunk storage that only listens: it lets the real hf_xet upload, and keeps what was sent as it came."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

UPLOAD = """
import sys, time, hf_xet
hf_xet.upload_files(sys.argv[2:], sys.argv[1], ("token", int(time.time()) + 3600), None, None, "model")
"""


class ChunkStorage(ThreadingHTTPServer):
    """Knows of no chunk, unless `answer` returns a shard for the hash of one."""

    daemon_threads = True

    def __init__(self, answer: Callable[[str], bytes | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.xorbs: dict[str, bytes] = {}
        self.shards: list[bytes] = []

    def upload(self, contents: Iterable[bytes]) -> None:
        """Let hf_xet upload files, in a process and with a home of its own, so that it remembers nothing."""
        with TemporaryDirectory() as folder:
            paths = [Path(folder, f"{number}.bin") for number, _ in enumerate(contents)]
            for path, content in zip(paths, contents, strict=True):
                path.write_bytes(content)
            url = f"http://127.0.0.1:{self.server_port}/cas"
            command = [sys.executable, "-W", "ignore", "-c", UPLOAD, url, *map(str, paths)]
            environment = {**os.environ, "HF_HOME": str(Path(folder, "home"))}
            subprocess.run(command, env=environment, check=True, timeout=120)


@contextmanager
def chunk_storage(answer: Callable[[str], bytes | None] = lambda _: None) -> Iterator[ChunkStorage]:
    """Serve on a free port of this machine until the block ends."""
    with ChunkStorage(answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChunkStorage

    def do_GET(self) -> None:
        shard = self.server.answer(self.path.rpartition("/")[2]) if "/chunks/" in self.path else None
        self._send(200 if shard else 404, shard or b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/xorbs/" in self.path:
            self.server.xorbs[self.path.rpartition("/")[2]] = body
            self._send(200, b'{"was_inserted": true}')
        elif self.path.endswith("/v2/shards"):
            self.server.shards.append(body)
            self._send(200, b'{"type": "result", "result": 1}\n')
        else:
            # Also to the question whether it may write to S3 directly: then it posts here.
            self._send(404, b"")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""
