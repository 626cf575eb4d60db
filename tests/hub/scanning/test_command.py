"""`manage.py scan`: the hub's scanners over local files."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.builders import pickles as made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file of each kind."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "bad.bin").write_bytes(made.torch_file(made.calling("os", "system")))
    (tmp_path / "good.txt").write_text("words")
    (tmp_path / "unknown.h5").write_bytes(b"\x89HDF\x00")
    return tmp_path


def test_a_table_has_a_line_for_each_file(folder: Path):
    out = StringIO()
    call_command("scan", str(folder), "--tsv", stdout=out)
    rows = [line.split("\t") for line in out.getvalue().splitlines()]
    assert [(Path(row[0]).name, row[1]) for row in rows] == [
        ("bad.bin", "dangerous"),
        ("good.txt", "safe"),
        ("unknown.h5", "error"),
    ]
    assert "model/data.pkl, byte 0" in rows[0][2]


def test_words_tell_what_was_found(folder: Path):
    out = StringIO()
    call_command("scan", str(folder / "below" / "bad.bin"), stdout=out)
    assert "bad.bin: dangerous" in out.getvalue()
    assert "imports os.system" in out.getvalue()


def test_words_tell_what_is_imported_without_harm(tmp_path: Path):
    path = tmp_path / "model.bin"
    path.write_bytes(made.torch_file(made.state_dict()))
    out = StringIO()
    call_command("scan", str(path), stdout=out)
    assert "imports, known to be harmless: collections.OrderedDict, torch.FloatStorage, torch._u" in (
        out.getvalue()
    )


def test_a_path_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(CommandError, match="does not exist"):
        call_command("scan", str(tmp_path / "nothing"))
