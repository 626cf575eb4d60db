"""One scanner over the files named on its input, for scanners.py; prints what it says and costs as JSON."""

import json
import logging
import os
import resource
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

FOUND, ERROR, NOTHING = "found", "error", "nothing"
Ask = Callable[[str], str]


class TooSlow(BaseException):
    """The file took longer than it may; tools that go on after every Exception stop at this."""


def hub() -> Ask:
    """The judge, as `manage.py scan` runs it."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    import django

    django.setup()
    from hub.scanning.scanners.artifact import ArtifactScanner

    words = {"safe": NOTHING, "suspicious": FOUND, "dangerous": FOUND}

    def ask(path: str) -> str:
        with Path(path).open("rb") as reader:
            report = ArtifactScanner().inspect(reader, size=Path(path).stat().st_size, path=Path(path).name)
        return words.get(str(report.verdict), ERROR)

    return ask


def picklescan(strict: bool = False) -> Ask:
    """Its default tells imports that it does not know and counts none of them; strict counts them."""
    from picklescan.scanner import scan_file_path

    def ask(path: str) -> str:
        result = scan_file_path(path, strict=strict)
        return FOUND if result.issues_count else ERROR if result.scan_err else NOTHING

    return ask


def modelscan() -> Ask:
    """What it skips it did not read, so that counts as an error."""
    from modelscan.modelscan import ModelScan

    def ask(path: str) -> str:
        scan = ModelScan()
        told = scan.scan(path)
        unread = told["errors"] or scan.skipped
        return FOUND if told["issues"] else ERROR if unread else NOTHING

    return ask


def fickling() -> Ask:
    """Archives by their members with its names for pickles, all else as a pickle."""
    from fickling.loader import scan_file, scan_zip_archive

    def ask(path: str) -> str:
        found = scan_zip_archive(path, graceful=True).values() if zipfile.is_zipfile(path) else []
        results = [*found] or [scan_file(path, graceful=True)]
        unsafe = any(not result.is_safe and result.results for result in results)
        return FOUND if unsafe else ERROR if any(result.errors for result in results) else NOTHING

    return ask


TOOLS: dict[str, Callable[[], Ask]] = {
    "hub": hub,
    "picklescan": picklescan,
    "picklescan, strict": lambda: picklescan(strict=True),
    "modelscan": modelscan,
    "fickling": fickling,
}


def read_so_far() -> int:
    """Bytes that this process asked the system for."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar"))


def stop(_number: int, _frame: object) -> None:
    raise TooSlow


def one(ask: Ask, file: str, seconds: int) -> tuple[str, str]:
    """What it says, and what it raised, which is an error of its own."""
    signal.alarm(seconds)
    try:
        return ask(file), ""
    except TooSlow:
        return ERROR, "too slow"
    # Theirs to choose: picklescan raises a bare Exception, for one. It is what they answer, and is kept.
    except Exception as problem:  # noqa: BLE001
        return ERROR, repr(problem)[:200]
    finally:
        signal.alarm(0)


def main() -> None:
    """Scan what is named on the input."""
    tool, seconds, gibibytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    files = sys.stdin.read().split("\n")
    logging.disable()
    signal.signal(signal.SIGALRM, stop)
    said, raised, slowest = {}, {}, 0.0
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        ask = TOOLS[tool]()
        resource.setrlimit(resource.RLIMIT_AS, (gibibytes << 30, gibibytes << 30))
        before, began = read_so_far(), time.perf_counter()
        for file in files:
            here = time.perf_counter()
            said[file], raised[file] = one(ask, file, seconds)
            slowest = max(slowest, time.perf_counter() - here)
        taken, read = time.perf_counter() - began, read_so_far() - before
    name = tool.partition(",")[0]
    told = {"said": said, "raised": {file: what for file, what in raised.items() if what}}
    told |= {"seconds": taken, "slowest": slowest, "read": read}
    told |= {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    print(json.dumps(told | {"version": "" if tool == "hub" else version(name)}))


if __name__ == "__main__":
    main()
