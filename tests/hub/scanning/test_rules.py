"""The operator's YARA rules: what matches, what is looked at, and when everything is looked at again."""

import io
from pathlib import Path

import pytest

from hub.scanning import sandbox
from hub.scanning.scanners import all_scanners, rules
from hub.scanning.scanners.rules import RulesScanner

RULE = """
rule mark { meta: description = "the mark of evil" verdict = "dangerous" strings: $a = "EVIL" condition: $a }
rule word { strings: $a = "odd" condition: $a }
rule note { meta: verdict = "notice" strings: $a = "licence" condition: $a }
"""


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    """A folder with rules that the settings name."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below/our.yar").write_text(RULE)
    (tmp_path / "README.md").write_text("no rules")
    settings.YARA_RULES = str(tmp_path)
    return tmp_path


def said(data: bytes) -> list[tuple[str, str, str]]:
    """Rule, place and severity of the findings, from the sandbox."""
    report = sandbox.inspect(RulesScanner(), io.BytesIO(data), size=len(data))
    return [(finding.rule, finding.where, finding.severity) for finding in report.findings]


def test_a_changed_rule_is_another_version(folder: Path):
    first = RulesScanner().version
    assert RulesScanner().version == first
    assert len(first) <= 20
    (folder / "below/our.yar").write_text(RULE.replace("odd", "even"))
    second = RulesScanner().version
    (folder / "below/our.yar").rename(folder / "our.yar")
    assert len({first, second, RulesScanner().version}) == 3


@pytest.mark.usefixtures("scanners_anew")
def test_it_is_used_only_with_rules(folder: Path, settings):
    for setting in ("", str(folder / "nothing"), str(folder / "README.md")):
        settings.YARA_RULES = setting
        assert RulesScanner.lacks()
        all_scanners.cache_clear()
        assert "rules" not in all_scanners()


def test_what_is_looked_at_of_large_files():
    assert rules.stretches(5) == [(0, 5)]
    half = rules.LARGEST // 2
    assert rules.stretches(10 * half) == [(0, half), (9 * half, half)]


class TestWithYara:
    """What needs the engine."""

    @pytest.fixture(autouse=True)
    def _engine(self) -> None:
        pytest.importorskip("yara_x")

    def test_a_match_says_which_rule_and_where(self, folder: Path):
        assert said(b"....EVIL") == [("rule-mark", "byte 4", "dangerous")]
        assert said(b"odd licence") == [
            ("rule-word", "byte 0", "suspicious"),
            ("rule-note", "byte 4", "notice"),
        ]
        assert said(b"words") == []

    def test_of_a_large_file_both_ends_are_looked_at_and_the_report_says_so(self, folder, monkeypatch):
        monkeypatch.setattr(rules, "LARGEST", 2 << 20)
        end = said(b"a" * (5 << 20) + b"EVIL")
        assert end[0] == ("rule-mark", f"byte {5 << 20}", "dangerous")
        middle = said(b"a" * (2 << 20) + b"EVIL" + b"a" * (2 << 20))
        assert [rule for rule, _, _ in middle] == ["not-looked-at"]

    def test_rules_that_do_not_compile_are_left_out_and_named(self, folder, caplog):
        (folder / "broken.yar").write_text("rule a {")
        (folder / "includes.yar").write_text('include "/etc/passwd"')
        (folder / "latin.yar").write_bytes(b"// \xff")
        assert said(b"EVIL")[-1] == ("rule-mark", "byte 0", "dangerous")
        assert [rule for rule, _, _ in said(b"EVIL")].count("rules-left-out") == 3
        assert "broken.yar are left out" in caplog.text

    def test_rules_that_take_too_long_are_an_error(self, folder, monkeypatch):
        monkeypatch.setattr(rules, "SECONDS", 1)
        slow = "rule slow { condition: for all i in (0..100000000000) : (uint8(i % filesize) != 1) }"
        (folder / "slow.yar").write_text(slow)
        assert ("too-much", "", "error") in said(b"a" * 1000)

    @pytest.mark.usefixtures("scanners_anew")
    def test_it_is_used_with_rules(self, folder):
        assert all_scanners()["rules"].version == RulesScanner().version
