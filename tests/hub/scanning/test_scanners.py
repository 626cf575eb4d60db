"""The registry of scanners, verdicts and findings."""

import itertools

import pytest

from hub.scanning.findings import Finding, Severity, printable
from hub.scanning.scanners import all_scanners, known_scanners
from hub.scanning.scanners.base import Report, Scanner
from hub.scanning.verdicts import Verdict, overall, worst


def test_scanners_are_found_by_id():
    found = all_scanners()
    assert "artifact" in found
    assert all(isinstance(scanner, Scanner) and scanner.id == name for name, scanner in found.items())
    assert all(scanner.version for scanner in found.values())


def test_the_worst_verdict_wins_in_any_order():
    ranked = ["safe", "", "error", "suspicious", "dangerous"]
    for better, worse in itertools.combinations(ranked, 2):
        assert worst([better, worse]) == worst([worse, better]) == worse
    assert worst([]) == Verdict.SAFE


def test_a_report_is_as_bad_as_its_worst_finding():
    findings = [
        Finding("a", "b", "", severity) for severity in (Severity.INFO, Severity.ERROR, Severity.UNKNOWN)
    ]
    assert Report.of(findings).verdict == Verdict.ERROR


def test_hostile_names_become_printable():
    assert printable("a\0b\ud800\u202e") == "a\\u0000b\\ud800\\u202e"
    assert len(printable("x" * 500)) == 121


def test_only_what_this_hub_has_is_used():
    assert set(all_scanners()) == {name for name, kind in known_scanners().items() if not kind.lacks()}


@pytest.mark.parametrize(
    ("said", "together"),
    [
        ({"artifact": "safe", "secrets": "", "antivirus": "safe"}, "safe"),
        ({"artifact": "", "secrets": "safe"}, ""),
        ({"secrets": "safe"}, ""),
        ({}, ""),
        ({"artifact": "safe", "antivirus": "error"}, "error"),
        ({"artifact": "", "antivirus": "dangerous"}, "dangerous"),
    ],
)
def test_other_scanners_only_worsen_what_the_judge_says(said, together):
    assert overall(said) == together
