"""Have the scanners look again at files they have seen, in the background and at the usual rate."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.repos.models import Repository
from hub.repos.selectors import repository_by_address
from hub.scanning import services
from hub.scanning.scanners import all_scanners
from hub.scanning.selectors import stretches_of_blobs
from hub.scanning.verdicts import Verdict

SHA256 = re.compile(r"[0-9a-f]{64}")
VERDICTS = {verdict.value or "unscanned": verdict for verdict in Verdict}


class Command(BaseCommand):
    """What was said stays until it is said anew; a moderator's release stays if the same is said again."""

    help = "Have files scanned again in the background."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which files, and by which scanners."""
        parser.add_argument(
            "what",
            nargs="*",
            metavar="SHA256|REPOSITORY",
            help="a file by its hash, or a repository: owner/name or datasets/owner/name",
        )
        parser.add_argument("--all", action="store_true", help="every file of the hub, the newest first")
        parser.add_argument(
            "--verdict",
            choices=list(VERDICTS),
            help="only those of which a scanner says this",
        )
        parser.add_argument(
            "--scanner", action="append", choices=list(all_scanners()), help="not by every scanner"
        )

    def handle(self, *args: Any, what: list[str], **options: Any) -> None:
        """Print how many scans were queued."""
        if not (what or options["all"] or options["verdict"]):
            raise CommandError("Name files or repositories, or else say --all or --verdict.")
        hashes = [name for name in what if SHA256.fullmatch(name)]
        repositories = [repository_named(name) for name in what if name not in hashes]
        verdict = None if options["verdict"] is None else VERDICTS[options["verdict"]]
        stretches = stretches_of_blobs(sha256s=hashes, repositories=repositories, verdict=verdict)
        queued = sum(services.rescan(sha256s=blobs, scanners=options["scanner"]) for blobs in stretches)
        self.stdout.write(f"{queued} scans queued.")


def repository_named(name: str) -> Repository:
    """The repository of that address; CommandError when there is none."""
    kind, address = Repository.Kind.MODEL, name
    if name.startswith("datasets/"):
        kind, address = Repository.Kind.DATASET, name.removeprefix("datasets/")
    namespace, _, last = address.partition("/")
    found = repository_by_address(kind, namespace, last)
    if found is None:
        raise CommandError(f"There is no repository '{name}'.")
    return found
