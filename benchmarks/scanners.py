"""Compare the hub's judge with picklescan, modelscan and fickling on the same files; prints a table.

    python benchmarks/scanners.py SAMPLES [--environment env] [--seconds 20] [--gibibytes 4]

SAMPLES is a folder with a MANIFEST.tsv, whose columns `file` and `expected` (safe, dangerous, contested)
say what each file is; nothing of it is ever loaded. The others live in an environment of their own: the
given one, or one that is made for this and removed (the extra `benchmarks-scanners`).

Each tool reads all files in one process, one file after the other; the hub's judge too, without the child
that the workers start for each file. A file may take so many seconds, a process so many GiB of address
space; beyond that it is an error of the tool. Bytes read are what the process asked the system for while it
scanned (`rchar` of /proc/self/io), peak memory is its largest resident size, with its libraries. A
malicious file is found when the tool has a finding; one that it says it could not read is told apart. A
benign file with a finding is a false positive.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOOLS = ("hub", "picklescan", "picklescan, strict", "modelscan", "fickling")
FOUND, ERROR = "found", "error"


@contextmanager
def environment_of(given: Path | None) -> Iterator[Path]:
    """The Python that has the other tools."""
    if given:
        yield given / "bin" / "python"
        return
    with tempfile.TemporaryDirectory(prefix="scanners-") as room:
        venv.create(room, with_pip=True)
        python = Path(room) / "bin" / "python"
        extras = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"][
            "optional-dependencies"
        ]
        subprocess.run([python, "-m", "pip", "install", "-q", *extras["benchmarks-scanners"]], check=True)
        yield python


def run(python: Path | str, tool: str, files: list[str], samples: Path, options) -> dict[str, Any]:
    """What the tool says of each file, and what it cost."""
    limits = [str(options.seconds), str(options.gibibytes)]
    argv = [str(python), str(HERE / "scanners_child.py"), tool, *limits]
    asked = "\n".join(files)
    done = subprocess.run(argv, cwd=samples, input=asked, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{tool}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def row(tool: str, told: dict[str, Any], rows: list[dict[str, str]]) -> str:
    """One line of the table."""
    bad, good = Counter(), Counter()
    for sample in rows:
        counted = bad if sample["expected"] == "dangerous" else good
        counted[told["said"][sample["file"]]] += 1
    caught = bad[FOUND] + bad[ERROR]
    name = f"{tool} {told['version']}".strip()
    return (
        f"| {name} | {percent(bad[FOUND], bad)} | {percent(caught, bad)} "
        f"| {percent(good[FOUND], good)} | {percent(good[ERROR], good)} "
        f"| {told['seconds']:.2f} s | {told['slowest']:.2f} s | {told['peak'] / 2**20:.0f} MiB "
        f"| {told['read'] / 2**20:.1f} MiB |"
    )


def percent(part: int, of: Counter) -> str:
    return f"{100 * part / of.total():.1f} %"


def main() -> None:
    """Each tool on the same files, and the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", type=Path)
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--gibibytes", type=int, default=4)
    options = parser.parse_args()
    with (options.samples / "MANIFEST.tsv").open() as file:
        every = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [sample for sample in every if sample["expected"] in ("dangerous", "safe")]
    files = [sample["file"] for sample in rows]
    size = sum((options.samples / file).stat().st_size for file in files)
    malicious = sum(sample["expected"] == "dangerous" for sample in rows)
    print(f"{malicious} malicious and {len(rows) - malicious} benign files, {size / 2**20:.1f} MiB\n")
    print("| | found | found or error | false positives | benign, error | seconds | slowest | peak | read |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with environment_of(options.environment) as python:
        for tool in TOOLS:
            own = sys.executable if tool == "hub" else python
            print(row(tool, run(own, tool, files, options.samples, options), rows), flush=True)


if __name__ == "__main__":
    main()
