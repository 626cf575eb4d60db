"""What the documents say is what the code does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_the_two_commands_come_first():
    first = [line.strip() for line in README.splitlines() if line.startswith("    ")][:2]
    assert [line.split("#")[0].strip() for line in first] == ["make run", "make test"]


def test_every_variable_in_the_readme_is_one_that_the_settings_read():
    settings = (ROOT / "hub/settings.py").read_text()
    variables = set(re.findall(r"`((?:HUB|S3|DATABASE|REDIS)_[A-Z0-9_]+)`", README))
    assert len(variables) > 15
    assert {name for name in variables if f'"{name}"' not in settings} == set()


@pytest.mark.parametrize(
    "name", re.findall(r"`((?:hub|accounts|contributions|storage|tests)/[\w/.]+)`", README)
)
def test_every_path_in_the_readme_exists(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", re.findall(r"manage\.py (\w+)|`(create_\w+)`", README))
def test_every_command_in_the_readme_exists(name):
    command = name[0] or name[1]
    assert list(ROOT.glob(f"*/management/commands/{command}.py"))


def test_every_make_target_in_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make (run|test|lint|lock)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_every_command_has_one_sentence_of_help():
    for path in ROOT.glob("*/management/commands/[a-z]*.py"):
        assert re.search(r"^    help = ", path.read_text(), re.MULTILINE), path
