"""What is kept of a licence's text."""

import pytest
from django.core.management import CommandError, call_command

from hub.licensing import references
from hub.licensing.catalogue import built_in
from hub.licensing.fingerprints import Fingerprint, fingerprint_of, read_all, title_of
from hub.licensing.references import known_fingerprints
from tests.hub.licensing.texts import BAKERY, MILL


def test_a_fingerprint_is_the_same_everywhere():
    made = fingerprint_of("Grind corn here.", "mill", ["The Watermill License"], "a test")
    assert list(made.hashes) == [0x960A60E2]
    assert made.to_bytes()[-4:] == bytes.fromhex("e2600a96")


def test_a_fingerprint_is_read_as_it_was_written():
    made = fingerprint_of(MILL, "mill", ["The Watermill License Agreement"], "a test")
    again = Fingerprint.from_bytes(made.to_bytes())
    assert (again.key, again.titles, again.source) == ("mill", ("the watermill license agreement",), "a test")
    assert list(again.hashes) == list(made.hashes)
    assert [one.key for one in read_all(made.to_bytes() + fingerprint_of(BAKERY, "bakery").to_bytes())] == [
        "mill",
        "bakery",
    ]


@pytest.mark.parametrize("data", [b"", b"x", b"\x00" * 7, b"\xff" * 40])
def test_what_is_no_fingerprint_is_refused(data: bytes):
    with pytest.raises(ValueError, match="fingerprint"):
        Fingerprint.from_bytes(data)


def test_a_fingerprint_that_is_cut_short_is_refused():
    with pytest.raises(ValueError, match="fingerprint"):
        Fingerprint.from_bytes(fingerprint_of(MILL, "mill").to_bytes()[:-3])


def test_the_line_that_names_a_licence_is_its_title():
    assert title_of(MILL) == "the watermill license agreement"
    assert title_of(BAKERY) == "bakery terms"
    assert title_of("Bread is left over.\nAsk for it.") == ""


def test_every_reference_is_of_a_licence_in_the_catalogue_and_names_its_source():
    found = known_fingerprints()
    assert len({one.key for one in found if one.hashes}) > 110
    assert [one.key for one in found if one.key not in built_in()] == []
    assert [one.key for one in found if one.hashes and not one.source] == []
    assert [one.key for one in found if not one.hashes and not one.titles] == []


def test_the_references_are_small():
    assert references.FILE.stat().st_size < 500_000


def test_fingerprints_are_made_of_directories_of_texts(tmp_path):
    (tmp_path / "GLM-130B.txt").write_text(f"source: the mill's own\n{MILL}")
    (tmp_path / "mit.LICENSE").write_text(f"---\nkey: mit\n---\n{BAKERY}")
    output = tmp_path / "references.bin"
    call_command("fingerprint_licences", str(tmp_path), output=output)
    before = output.read_bytes()
    call_command("fingerprint_licences", str(tmp_path), output=output)
    assert output.read_bytes() == before
    found = {one.key: one for one in read_all(references.lzma.decompress(before))}
    assert found["glm-130b"].source == "the mill's own"
    assert list(found["glm-130b"].hashes) == list(fingerprint_of(MILL).hashes)
    assert found["mit"].source.endswith("mit")
    assert len(found["apache-2.0"].hashes) == 0
    assert found["apache-2.0"].titles


def test_a_directory_without_texts_leaves_everything_as_it_was(tmp_path):
    output = tmp_path / "references.bin"
    with pytest.raises(CommandError):
        call_command("fingerprint_licences", str(tmp_path), output=output)
    assert not output.exists()
