"""The scanners, one a file: whatever subclasses Scanner in this package is found by its id."""

import pkgutil
from functools import cache
from importlib import import_module
from inspect import isclass

from hub.scanning.scanners.base import Scanner


@cache
def known_scanners() -> dict[str, type[Scanner]]:
    """Every scanner of this package by id, also those that this hub lacks something for."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    kinds = {kind for module in modules for kind in vars(module).values() if isclass(kind)}
    found = [kind for kind in kinds if issubclass(kind, Scanner) and kind is not Scanner]
    return {kind.id: kind for kind in sorted(found, key=lambda kind: kind.id)}


@cache
def all_scanners() -> dict[str, Scanner]:
    """Every scanner that this hub uses by id; made once in each process, from the settings of that moment."""
    return {name: kind() for name, kind in known_scanners().items() if not kind.lacks()}
