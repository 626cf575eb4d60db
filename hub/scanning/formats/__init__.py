"""The formats, one a file: whatever subclasses Format in this package is found."""

import pkgutil
from functools import cache
from importlib import import_module
from inspect import isclass

from hub.scanning.formats.base import Format


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format of this package, always in the same order."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    kinds = {kind for module in modules for kind in vars(module).values() if isclass(kind)}
    found = [kind for kind in kinds if issubclass(kind, Format) and kind is not Format]
    return tuple(kind() for kind in sorted(found, key=lambda kind: kind.__module__))
