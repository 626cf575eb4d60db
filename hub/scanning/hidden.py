"""Pickles where nobody expects one: behind the end of a file of data, or in bytes that a pickle carries."""

from itertools import islice

from hub.scanning.arrays import Follower
from hub.scanning.findings import Severity
from hub.scanning.pickle_opcodes import BEGINNING
from hub.scanning.pickle_state import Trace, matters
from hub.scanning.sources import RangeSource

MOST_TRIES = 500
LARGEST = 64 << 20


def look_for_hidden(judge: Follower, source: RangeSource, start: int, label: str) -> None:
    """Say whether a pickle that does harm stands somewhere behind `start`; nothing loads it by itself."""
    data = source.read_at(start, LARGEST)
    for found in islice(BEGINNING.finditer(data), MOST_TRIES):
        at = start + found.start()
        if is_harmful(judge.follow(source, at, label, {})):
            say_hidden(judge, label, at)
            return


def is_harmful(trace: Trace) -> bool:
    """Whether it imports by name what is known to be dangerous."""
    return matters(trace) and any(finding.rule == "dangerous-import" for finding in trace.findings)


def say_hidden(judge: Follower, label: str, at: int) -> None:
    """Suspicious and no more: somebody would have to ask for it."""
    where = f"{label}, byte {at}".lstrip(", ")
    message = "carries a pickle that would run commands, where there is no reason for one"
    judge.say("hidden-pickle", message, where, Severity.SUSPICIOUS)
