"""The antivirus hears a file while it is hashed, so that its bytes are read once for both."""

import logging
from functools import partial
from typing import Self

from django.conf import settings
from django.db import transaction

from hub.scanning import clamd
from hub.scanning.models import Scan
from hub.scanning.running import keep_overheard
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.antivirus import AntivirusScanner, report_of
from hub.scanning.scanners.base import Scanner, ScannerAway

log = logging.getLogger(__name__)


class Overhearing:
    """One file on its way to clamd. What goes wrong is logged: the file's scan is queued as without it."""

    def __init__(self, sha256: str, scanner: Scanner) -> None:
        self.sha256, self.scanner = sha256, scanner
        self.session: clamd.Session | None = clamd.Session(settings.CLAMD)

    @classmethod
    def begin(cls, sha256: str, size: int) -> Self | None:
        """Hear this file, if clamd is to see it and has not said anything of it."""
        scanner = all_scanners().get(AntivirusScanner.id)
        if scanner is None or not 0 < size <= settings.CLAMD_LIMIT:
            return None
        done = Scan.objects.filter(blob_id=sha256, scanner=scanner.id, version=scanner.version)
        if done.filter(finished_at__isnull=False).exists():
            return None
        try:
            return cls(sha256, scanner)
        except ScannerAway as problem:
            log.warning("%s does not answer, left to the scan: %s", scanner.id, problem)
            return None

    def hear(self, piece: bytes) -> None:
        """Pass it on."""
        if self.session is not None:
            try:
                self.session.send(piece)
            except ScannerAway as problem:
                self._give_up(problem)

    def end(self, *, verified: bool) -> None:
        """Take the answer about what becomes a blob, and keep it when it is one."""
        if self.session is not None and verified:
            try:
                report = report_of(self.session.answer())
            except ScannerAway as problem:
                self._give_up(problem)
                return
            keep = partial(keep_overheard, sha256=self.sha256, scanner=self.scanner, report=report)
            transaction.on_commit(keep, robust=True)
        self._hang_up()

    def _give_up(self, problem: ScannerAway) -> None:
        log.warning("%s does not answer, left to the scan: %s", self.scanner.id, problem)
        self._hang_up()

    def _hang_up(self) -> None:
        if self.session is not None:
            self.session.close()
        self.session = None
