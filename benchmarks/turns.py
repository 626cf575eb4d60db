"""Rounds in which several ways have their turns, and what is printed of them."""

import statistics
import time
from collections.abc import Callable
from typing import Any

Rounds = list[dict[str, float]]


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def several(count: int, deadline: float, one: Callable[[int], dict[str, float]]) -> Rounds:
    """Rounds while there is time for another as long as the last; at least one."""
    taken: Rounds = []
    while len(taken) < count:
        began = time.monotonic()
        taken.append(one(len(taken)))
        if 2 * time.monotonic() - began > deadline:
            break
    return taken


def report(what: str, rounds: Rounds, scale: float, unit: str) -> None:
    """Print medians, and how many times as long as the hub's each way took."""
    print(f"  {what}")
    for way in rounds[0]:
        middle = statistics.median(turn[way] for turn in rounds) * scale
        ratio = statistics.median(turn[way] / turn["hub"] for turn in rounds)
        print(f"    {way:16} {middle:9.2f} {unit}  ×{ratio:.2f} of the hub's time", flush=True)
