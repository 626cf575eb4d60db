"""The floors of the house: imports go downwards only, and only the doors speak HTTP."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "contributions", "hub", "storage")

# Each floor imports only floors below it; rooms on one floor do not know each other.
FLOORS: list[tuple[str, ...]] = [
    ("hub.urls", "hub.management", "accounts.management"),
    ("hub.http",),
    ("hub.personal",),
    ("hub.webhooks",),
    ("contributions.moderation", "contributions.notifications", "contributions.activity"),
    ("contributions.pulls",),
    ("contributions.discussions",),
    ("contributions.attachments",),
    # Reads what hub.compute found the files to say of their bases.
    ("hub.licensing",),
    (
        "hub.scanning",
        "hub.compute",
        "hub.downloads",
        "hub.likes",
        "hub.follows",
        "hub.collections",
        "hub.gates",
    ),
    ("hub.revisions", "hub.access"),
    ("hub.repos",),
    ("hub.events", "hub.errors", "hub.queue", "hub.liveness", "hub.walks", "hub.amounts", "hub.kept_words"),
    ("hub.redis",),
    ("accounts", "storage"),
]
# What the shell is made of: it names its parts by string, or is generated, or lists the rooms of an app.
SHELL = {
    "hub",
    "hub.settings",
    "hub.celery",
    "hub.wsgi",
    "hub.server",
    "hub.background",
    "hub.apps",
    "hub.models",
    "contributions",
    "contributions.apps",
    "contributions.models",
}
SHELL_FOLDERS = ("hub.embedded", "hub.postgresql", "hub.migrations", "contributions.migrations")
HTTP = ("django.http", "django.shortcuts", "django.urls", "rest_framework", "drf_spectacular")


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name."""
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def below(name: str, package: str) -> bool:
    """Whether a module is a package or in it."""
    return name == package or name.startswith(f"{package}.")


def place(name: str) -> tuple[int, str] | None:
    """A module's floor (0 is the top) and room; None for the shell."""
    if name in SHELL or any(below(name, folder) for folder in SHELL_FOLDERS):
        return None
    for floor, rooms in enumerate(FLOORS):
        for room in rooms:
            if below(name, room):
                return floor, room
    raise AssertionError(f"{name} is on no floor of the house: put it on one in FLOORS")


def imports(path: Path) -> list[tuple[str, int]]:
    """The dotted names that a module imports, with their levels of relative import."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(f"{node.module}.{alias.name}", node.level) for alias in node.names]
    return found


def project_module(dotted: str) -> str | None:
    """The project's module that an imported name is or is in."""
    if dotted.split(".")[0] not in APPS:
        return None
    while dotted not in MODULES:
        dotted = dotted.rpartition(".")[0]
    return dotted


@pytest.mark.parametrize("name", MODULES)
def test_every_module_is_on_a_floor_and_imports_only_what_is_below_it(name):
    here = place(name)
    for dotted, level in imports(MODULES[name]):
        assert level == 0, f"{name} imports relatively"
        target = project_module(dotted)
        if target is None or here is None or target == name:
            continue
        there = place(target)
        if there is None or there[1] == here[1]:
            continue
        assert there[0] > here[0], f"{name} ({here[1]}) must not import {target} ({there[1]})"


@pytest.mark.parametrize("name", MODULES)
def test_only_the_doors_speak_http(name):
    if below(name, "hub.http") or name == "hub.urls":
        return
    spoken = [dotted for dotted, _ in imports(MODULES[name]) if any(below(dotted, part) for part in HTTP)]
    assert not spoken, f"{name} imports {spoken}"


@pytest.mark.parametrize("name", [name for name in MODULES if below(name, "hub.http")])
def test_a_door_touches_no_table(name):
    touched = [
        node.lineno
        for node in ast.walk(ast.parse(MODULES[name].read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]
    assert not touched, f"{name} reads a table itself at lines {touched}; ask a selector or a service"


def test_nobody_imports_a_door():
    for name, path in MODULES.items():
        if place(name) is None or below(name, "hub.http") or name == "hub.urls":
            continue
        doors = [dotted for dotted, _ in imports(path) if below(dotted, "hub.http")]
        assert not doors, f"{name} imports {doors}"


def test_only_the_settings_read_the_environment():
    readers = {"hub.settings", "hub.celery", "hub.wsgi", "hub.server"}
    for name, path in MODULES.items():
        if name in readers or any(below(name, folder) for folder in ("hub.embedded", "hub.management")):
            continue
        text = path.read_text()
        assert "os.environ" not in text, f"{name} reads the environment"
        assert "os.getenv" not in text, f"{name} reads the environment"


def test_no_broad_except_hides_an_error():
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "everything"
                assert caught not in {"everything", "Exception", "BaseException"}, f"{name}:{node.lineno}"
