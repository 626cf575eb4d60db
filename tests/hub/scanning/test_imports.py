"""What pickles import by name, as the scanner tells it and the hub keeps it."""

import json
import pickle

import pytest

from hub.scanning import imports, services, tasks
from hub.scanning.imports import Import, Imports, Safety
from hub.scanning.models import Scan
from storage.models import Blob
from tests.builders import pickles as made
from tests.factories.repositories import make_repository
from tests.hub.scanning.test_artifact import scan

ODD = made.calling("omegaconf", "DictConfig", protocol=2)


def told(data: bytes) -> list[tuple[str, str]]:
    """Each dotted name with how it weighs."""
    return [(f"{one.module}.{one.name}", str(one.safety)) for one in scan(data).imports]


def test_every_import_of_a_file_is_told_once_the_worst_first():
    members = {
        "a.pkl": made.calling("collections", "OrderedDict", protocol=2),
        "b.pkl": ODD,
        "in/c.pkl": made.calling("posix", "system", protocol=4),
        "d.pkl": ODD,
    }
    assert told(made.zip_of(members)) == [
        ("posix.system", "dangerous"),
        ("omegaconf.DictConfig", "suspicious"),
        ("collections.OrderedDict", "innocuous"),
    ]


def test_a_file_that_imports_nothing_tells_nothing():
    assert told(pickle.dumps([1, "os.system"])) == []
    assert told(b"import os\n\nclass Net:\n    pass\n") == []


def test_getattr_weighs_as_much_as_what_is_done_with_it():
    reach = made.global_line("builtins", "getattr")
    harmless = reach + b"(" + made.global_line("collections", "OrderedDict") + b"S'fromkeys'\ntR."
    assert ("builtins.getattr", "innocuous") in told(harmless)
    computed = reach + b"(" + made.global_line("collections", "OrderedDict") + b"I1\ntR."
    assert ("builtins.getattr", "dangerous") in told(computed)


def test_names_are_cut_and_escaped():
    [(name, _)] = told(made.global_line("a\x01b", "c" * 400) + b".")
    assert name.startswith("a\\u0001b.ccc")
    assert len(name) < 200


def test_a_flood_of_names_leaves_room_for_what_is_dangerous():
    found = Imports()
    for number in range(imports.MOST_KEPT * 3):
        found.add("flood", f"name{number}", Safety.SUSPICIOUS)
    found.add("os", "system", Safety.DANGEROUS)
    listed = found.listed()
    assert len(listed) == imports.MOST_LISTED
    assert listed[0] == Import("os", "system", Safety.DANGEROUS)


def test_a_harmless_word_takes_no_bad_one_back():
    found = Imports()
    for safety in (Safety.DANGEROUS, Safety.INNOCUOUS):
        found.add("builtins", "getattr", safety)
    assert [one.safety for one in found.listed()] == ["dangerous"]


@pytest.mark.django_db
@pytest.mark.usefixtures("only_the_judge")
def test_they_are_kept_with_the_scan_and_little_of_them():
    program = b"".join(made.global_line(f"m{n}", "\x01" * 500) + b"0" for n in range(2000)) + b"N."
    make_repository(files={"odd.pkl": ODD, "flood.pkl": program})
    services.queue_scans(sha256s=Blob.objects.values_list("pk", flat=True))
    for scan_id in Scan.objects.values_list("pk", flat=True):
        tasks.scan([scan_id])
    kept = {scan.blob.size: scan.imports for scan in Scan.objects.select_related("blob")}
    assert kept[len(ODD)] == [{"module": "omegaconf", "name": "DictConfig", "safety": "suspicious"}]
    assert len(kept[len(program)]) == imports.MOST_LISTED
    assert len(json.dumps(kept[len(program)])) < 400_000
