"""The virus scanner over clamd's protocol, with a small clamd in the test's own process."""

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pytest

from hub.scanning import services
from hub.scanning.models import Scan
from hub.scanning.overhearing import Overhearing
from hub.scanning.running import inspect_blob
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.antivirus import AntivirusScanner
from hub.scanning.scanners.base import Report, ScannerAway
from storage import s3, uploads
from storage.models import Blob, Upload
from tests.factories.repositories import add_large, make_repository, upload

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 3 << 20


def clamd(connection: socket.socket) -> bytes:
    """Answer one INSTREAM as clamd does."""
    with connection.makefile("rb") as stream:
        if stream.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        data = b""
        # Who hangs up in the middle wants no answer.
        while length := struct.unpack(">L", stream.read(4) or bytes(4))[0]:
            data += stream.read(length)
            if len(data) > LIMIT:
                return b"INSTREAM size limit exceeded. ERROR\0"
        if b"broken" in data:
            return b"stream: Can't allocate memory ERROR\0"
        return b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


def serve(server: socket.socket, answer: Callable[[socket.socket], bytes]) -> None:
    """Answer one connection after the other until the socket is closed."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        # Closed with bytes unread, it would take the answer back; who hung up wants none.
        with connection, suppress(OSError):
            connection.sendall(answer(connection))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


@pytest.fixture(params=["unix", "tcp"])
def server(request, tmp_path: Path, settings) -> Iterator[socket.socket]:
    """A clamd that the settings lead to."""
    unix = request.param == "unix"
    with socket.socket(socket.AF_UNIX if unix else socket.AF_INET) as listening:
        listening.bind(str(tmp_path / "s") if unix else ("127.0.0.1", 0))
        listening.listen()
        settings.CLAMD = str(tmp_path / "s") if unix else f"127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=serve, args=(listening, clamd))
        thread.start()
        yield listening
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(20)


def report(data: bytes) -> Report:
    return AntivirusScanner().examine(io.BytesIO(data), size=len(data))


def test_what_clamd_knows_is_dangerous_and_named(server):
    found = report(b"a" * 2_000_000 + EICAR)
    assert found.verdict == "dangerous"
    assert "Eicar-Signature" in found.findings[0].message


def test_what_clamd_does_not_know_is_fine(server):
    assert report(b"words") == Report.of([])
    assert report(b"a" * LIMIT) == Report.of([])


def test_what_is_too_large_for_the_hub_or_for_clamd_is_not_judged(server, settings):
    for limit in (LIMIT * 2, 1000):
        settings.CLAMD_LIMIT = limit
        found = report(b"a" * LIMIT + b"a" * 5000)
        assert (found.verdict, found.findings[0].rule) == ("", "not-looked-at")


def test_an_error_of_clamd_is_no_verdict(server):
    with pytest.raises(ScannerAway, match="allocate memory"):
        report(b"broken")


def test_a_clamd_that_is_not_there_is_no_verdict(settings, tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.CLAMD = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ScannerAway, match="refused"):
            report(b"words")
    settings.CLAMD = str(tmp_path / "nothing")
    with pytest.raises(ScannerAway, match="No such file"):
        report(b"words")


@pytest.mark.parametrize("said", [b"", b"stream: O", b"a" * 10_000])
def test_a_clamd_that_hangs_up_is_no_verdict(settings, tmp_path: Path, said: bytes):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        settings.CLAMD = str(tmp_path / "s")
        thread = threading.Thread(target=serve, args=(listening, lambda connection: said))
        thread.start()
        with pytest.raises(ScannerAway):
            report(b"words" * 1_000_000)
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(20)


@pytest.mark.usefixtures("scanners_anew")
def test_it_is_used_where_a_clamd_is_configured(settings):
    settings.CLAMD = ""
    assert "antivirus" not in all_scanners()
    all_scanners.cache_clear()
    settings.CLAMD = "/run/clamd"
    assert not all_scanners()["antivirus"].confined


@pytest.mark.django_db
@pytest.mark.usefixtures("scanners_anew")
def test_the_worker_passes_on_what_the_store_has(server):
    repository = make_repository()
    sha256 = add_large(repository, repository.namespace.user, "x.bin", b"a" * 2_000_000 + EICAR)
    said = inspect_blob([AntivirusScanner()], Blob.objects.get(pk=sha256))
    assert said["antivirus"].verdict == "dangerous"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("scanners_anew")
class TestWhileAFileIsVerified:
    """clamd hears the bytes that are read to be hashed."""

    def test_its_word_is_kept_before_any_scan_runs_and_the_bytes_are_read_once(self, server, monkeypatch):
        reads = mock.Mock(wraps=s3.stream)
        monkeypatch.setattr(s3, "stream", reads)
        repository = make_repository()
        good = add_large(repository, repository.namespace.user, "x.bin", b"a" * 2_000_000)
        bad = add_large(repository, repository.namespace.user, "y.bin", b"a" * 2_000_000 + EICAR)
        said = dict(Scan.objects.filter(state="done").values_list("blob_id", "verdict"))
        assert said == {good: "safe", bad: "dangerous"}
        assert Blob.objects.get(pk=bad).state == Blob.State.QUARANTINED
        assert reads.call_count == 2
        services.queue_scans(sha256s=[good, bad])
        assert not Scan.objects.filter(scanner="antivirus").exclude(state="done").exists()

    def test_what_is_not_what_was_declared_is_not_judged(self, server):
        repository = make_repository()
        upload(repository, repository.namespace.user, EICAR.ljust(1000), claim=b"a" * 1000)
        waiting = Upload.objects.get()
        uploads.receive_upload(waiting)
        assert uploads.verify_upload(upload_id=waiting.pk).state == Upload.State.REFUSED
        assert not Scan.objects.exists()

    def test_larger_files_than_it_takes_are_not_sent(self, server, settings):
        settings.CLAMD_LIMIT = 1000
        assert Overhearing.begin("0" * 64, 1001) is None
        assert Overhearing.begin("0" * 64, 0) is None

    def test_without_an_answer_the_file_is_verified_and_its_scan_is_queued(self, settings, tmp_path: Path):
        settings.CLAMD = str(tmp_path / "nothing")
        repository = make_repository()
        sha256 = add_large(repository, repository.namespace.user, "x.bin", b"a" * 2_000_000)
        assert Blob.objects.filter(pk=sha256).exists()
        services.queue_scans(sha256s=[sha256])
        assert Scan.objects.get(blob_id=sha256, scanner="antivirus").state == "queued"

    def test_a_clamd_that_breaks_off_keeps_nothing_from_being_verified(self, server):
        repository = make_repository()
        sha256 = add_large(repository, repository.namespace.user, "x.bin", b"broken" + b"a" * 2_000_000)
        assert Blob.objects.filter(pk=sha256).exists()
        assert not Scan.objects.filter(state="done").exists()
