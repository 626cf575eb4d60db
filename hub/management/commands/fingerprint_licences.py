"""`manage.py fingerprint_licences DIRECTORY …`: make the reference fingerprints anew, when texts were added.

A directory holds one licence a file: those of the package scancode-toolkit-mini (licensedcode/data/licenses),
which say their key in front matter, or NAME.txt, whose first line `source: …` says where the text was found.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from hub.licensing import references
from hub.licensing.fingerprints import Fingerprint, fingerprint_of

SOURCES = Path(references.__file__).parent / "reference_sources.json"
SCANCODE = "ScanCode LicenseDB, CC-BY-4.0: "


class Command(BaseCommand):
    """Reads texts, writes fingerprints; a text that is nowhere leaves a licence with its titles only."""

    help = "Make the fingerprints of the licences that the hub knows from directories of their texts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The directories; an earlier one counts more."""
        parser.add_argument("directories", nargs="+", type=Path)
        parser.add_argument("--output", type=Path, default=references.FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, and say which texts were not found."""
        found: list[Fingerprint] = []
        missing = []
        for key, known in json.loads(SOURCES.read_text()).items():
            texts = {name: text for name in known["texts"] if (text := text_of(name, options["directories"]))}
            missing += [f"{key}: {name}" for name in known["texts"] if name not in texts]
            titles = known.get("titles", ())
            for text, source in texts.values():
                found.append(fingerprint_of(text, key, titles, source))
                # Many leave out what follows the terms: how to apply them.
                terms, end, _ = text.partition(known.get("until", "\0"))
                if end:
                    found.append(fingerprint_of(terms + end, key, titles, f"{source}, terms alone"))
            if not texts:
                found.append(fingerprint_of("", key, titles))
        if not any(each.hashes for each in found):
            raise CommandError("No licence's text is in these directories.")
        options["output"].write_bytes(references.packed(found))
        self.stdout.write(f"{len(found)} fingerprints; no text for {len(missing)}:")
        self.stdout.write("\n".join(missing))


def text_of(name: str, directories: list[Path]) -> tuple[str, str] | None:
    """A licence's text and its source from the first directory that has it."""
    for directory in directories:
        scancode, other = directory / f"{name}.LICENSE", directory / f"{name}.txt"
        if scancode.exists():
            _, front, text = scancode.read_text().split("---\n", 2)
            return text, SCANCODE + yaml.safe_load(front)["key"]
        if other.exists():
            source, _, text = other.read_text().partition("\n")
            return text, source.removeprefix("source:").strip()
    return None
