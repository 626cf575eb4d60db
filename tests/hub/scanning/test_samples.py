"""The shared collection of public attacks and real models, where it lies beside the repository: the gate."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

SAMPLES = Path(settings.BASE_DIR).parent / "shared" / "scanning" / "samples"
CAUGHT = {"suspicious", "dangerous", "error"}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the collection of samples is not here")


def verdicts() -> Iterator[tuple[str, str]]:
    """Each file below the samples with what `manage.py scan` says of it."""
    out = StringIO()
    call_command("scan", str(SAMPLES), "--tsv", stdout=out)
    for line in out.getvalue().splitlines():
        file, verdict, _ = line.split("\t")
        yield Path(file).relative_to(SAMPLES).as_posix(), verdict


def test_attacks_are_caught_and_real_models_pass():
    said = dict(verdicts())
    with (SAMPLES / "MANIFEST.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    bad = [row["file"] for row in rows if row["expected"] == "dangerous"]
    good = [row["file"] for row in rows if row["expected"] == "safe"]
    assert len(bad) > 100
    assert len(good) > 50
    missed = [file for file in bad if said[file] not in CAUGHT]
    assert len(missed) <= 0.01 * len(bad), missed
    assert [file for file in good if said[file] == "dangerous"] == []
    suspicious = [file for file in good if said[file] == "suspicious"]
    assert len(suspicious) <= 0.05 * len(good), suspicious
    errors = [file for file in good if said[file] == "error"]
    assert len(errors) <= 0.02 * len(good), errors
