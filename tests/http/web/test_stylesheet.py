"""The design system is one: no class without a rule, no rule without a use, no colour beside the tokens."""

import re
from pathlib import Path

import hub.http.web

WEB = Path(hub.http.web.__file__).parent
CSS = re.sub(r"/\*.*?\*/", "", (WEB / "static/web/site.css").read_text(), flags=re.S)
# Django writes lists of errors; kinds of alerts in cards and colours of code follow these beginnings.
GIVEN = {"errorlist"}
BEGINNINGS = ("markdown-alert-", "hl-")
NAME = re.compile(r"[A-Za-z][\w-]*")


def in_templates() -> set[str]:
    """The classes that templates write, whatever their conditions are."""
    found: set[str] = set()
    for template in (WEB / "templates").rglob("*.html"):
        for value in re.findall(r'\bclass="((?:\{[%{].*?[%}]\}|[^"])*)"', template.read_text(), flags=re.S):
            found |= set(NAME.findall(re.sub(r"\{[%{].*?[%}]\}", " ", value, flags=re.S)))
    return found


def in_code() -> str:
    """Scripts and Python, which write classes too."""
    files = [*(WEB / "static").rglob("*.js"), *WEB.rglob("*.py")]
    return "\n".join(path.read_text() for path in files)


def in_styles() -> set[str]:
    """The classes that the stylesheet has rules for."""
    selectors = " ".join(re.findall(r"([^{};]+)\{", CSS))
    return set(re.findall(r"\.([A-Za-z][\w-]*)", selectors))


def test_every_class_has_a_rule():
    assert in_templates() - in_styles() == set()


def test_every_rule_has_a_use():
    unused = in_styles() - in_templates() - set(NAME.findall(in_code())) - GIVEN
    assert {name for name in unused if not name.startswith(BEGINNINGS)} == set()


def test_colours_are_tokens():
    after = CSS[CSS.index("box-sizing") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb\(", after) == []


def test_every_token_is_used_and_every_token_that_is_used_exists():
    defined = set(re.findall(r"(--[\w-]+):", CSS))
    used = set(re.findall(r"var\((--[\w-]+)", CSS))
    assert used - defined == set()
    assert defined - used == set()
