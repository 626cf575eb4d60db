"""What pickles import by name, as data: for the list on a file's page and for clients."""

from dataclasses import asdict, dataclass

from django.db import models

from hub.scanning.findings import printable

# Of one file. What is dangerous has as much room again, so that nothing harmless can take its place.
MOST_KEPT = 1000
MOST_LISTED = 200
# Of one name, in letters; longer ones that begin alike count as one.
LONGEST = 200


class Safety(models.TextChoices):
    """How an import weighs, in the words that huggingface_hub's clients parse, from the best to the worst."""

    INNOCUOUS = "innocuous", "known to be harmless"
    SUSPICIOUS = "suspicious", "not known"
    DANGEROUS = "dangerous", "dangerous"


_RANK = {None: -1} | {safety: rank for rank, safety in enumerate(Safety)}


@dataclass(frozen=True)
class Import:
    """One name that loading the file imports, cut and escaped."""

    module: str
    name: str
    safety: Safety

    def as_json(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


class Imports:
    """Names as they come, each once, with the worst that was said of it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Safety] = {}

    def add(self, module: str, name: str, safety: Safety) -> None:
        """Note one; when there are too many, only what is dangerous."""
        key = module[:LONGEST], name[:LONGEST]
        known = self._found.get(key)
        most = MOST_KEPT * (2 if safety is Safety.DANGEROUS else 1)
        if _RANK[safety] > _RANK[known] and (known or len(self._found) < most):
            self._found[key] = safety

    def update(self, others: "Imports") -> None:
        """Take over what another pickle of the same file imports."""
        for (module, name), safety in others._found.items():
            self.add(module, name, safety)

    def listed(self) -> tuple[Import, ...]:
        """The worst first and then by name, as many as are kept of a file."""
        ordered = sorted(self._found.items(), key=lambda item: (-_RANK[item[1]], item[0]))
        return tuple(
            Import(printable(module), printable(name), safety)
            for (module, name), safety in ordered[:MOST_LISTED]
        )
