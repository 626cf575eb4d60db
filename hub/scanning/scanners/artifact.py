"""What a pickle would import and call, also inside PyTorch, NumPy, joblib and zip files, without loading."""

from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from hub.scanning import names
from hub.scanning.formats import all_formats
from hub.scanning.inspection import Inspection
from hub.scanning.scanners.base import Report, Scanner
from hub.scanning.sources import Budget, RangeSource
from hub.scanning.verdicts import JUDGE


class ArtifactScanner(Scanner):
    """Judges every file: one that holds no pickle is safe only when its format is recognised."""

    id = JUDGE
    title = _("Code that loading it runs")
    version = "6"

    def prepare(self) -> None:
        # A file's own process can read none of them; jinja2 takes its last part when a template is broken.
        import jinja2.debug  # noqa: F401

        from hub.scanning.judging import template_rules  # noqa: F401

        all_formats()
        names.prepare()

    def accepts(self, head: bytes, path: str) -> bool:
        return True

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        budget = Budget()
        inspection = Inspection(budget)
        inspection.run(RangeSource(reader, 0, size, budget), path)
        return Report.of(inspection.findings, inspection.imports.listed())
