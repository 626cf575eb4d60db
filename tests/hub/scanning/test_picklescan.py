"""picklescan's opinion can only worsen what the judge says."""

import io
import pickle
import zipfile

import pytest

from hub.scanning import sandbox
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners import picklescan as second
from hub.scanning.scanners.picklescan import PicklescanScanner
from tests.builders import pickles as made

BAD = made.calling("os", "system", protocol=2)


def test_it_is_used_only_where_it_is_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(second, "find_spec", lambda name: None)
    assert PicklescanScanner.lacks() == "the package picklescan"


class TestInstalled:
    """What needs the package."""

    @pytest.fixture(autouse=True)
    def _package(self) -> None:
        pytest.importorskip("picklescan")

    def verdict(self, data: bytes) -> tuple[str, list[str]]:
        report = sandbox.inspect(PicklescanScanner(), io.BytesIO(data), size=len(data))
        return report.verdict, [finding.severity for finding in report.findings]

    @pytest.mark.parametrize("data", [BAD, made.torch_file(BAD), made.calling("os", "system", protocol=0)])
    def test_what_it_knows_as_dangerous_is_dangerous(self, data: bytes):
        assert self.verdict(data) == ("dangerous", ["dangerous"])

    def test_what_it_only_suspects_is_left_to_the_judge(self):
        assert self.verdict(made.calling("omegaconf", "DictConfig", protocol=2)) == ("safe", [])

    @pytest.mark.parametrize(
        "data",
        [
            b"words",
            b"PK\x03\x04 no zip",
            b"\x93NUMPY",
            bytes(100),
            pickle.dumps([1, 2]),
            BAD[:10],
            b"\x80\x04\x95",
        ],
    )
    def test_what_it_does_not_understand_is_no_verdict_of_its_own(self, data: bytes):
        assert self.verdict(data)[0] in ("safe", "")

    def test_what_costs_it_too_much_is_no_verdict_of_its_own(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(second, "SECONDS", 0.5)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/data.pkl", b"\x80\x02" + b"N0" * 5_000_000 + b"N.")
        assert self.verdict(packed.getvalue()) == ("safe", ["info"])

    def test_seven_zip_is_never_unpacked(self):
        assert self.verdict(second.SEVEN_ZIP + bytes(100)) == ("", [])

    @pytest.mark.usefixtures("scanners_anew")
    def test_it_is_used(self):
        assert all_scanners()["picklescan"].version.startswith("1-")
