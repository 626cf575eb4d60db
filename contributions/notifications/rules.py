"""Whom news concerns, and why (pure)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from contributions.notifications.vocabulary import STRONGEST, Happened, Level, Pace, Reason


@dataclass(frozen=True, slots=True)
class Around:
    """The ids of the users whom news may concern; `levels` is how much each of them wants to know."""

    author: int | None = None
    named: Collection[int] = ()
    participants: Collection[int] = ()
    own: Collection[int] = ()
    levels: Mapping[int, str] = field(default_factory=dict)


def levels(watches: Iterable[tuple[int, str, int | None, int | None]]) -> dict[int, str]:
    """The level that counts for each user, of (user, level, thread, repository): the smallest thing's."""
    found: dict[int, tuple[int, str]] = {}
    for user, level, thread, repository in watches:
        size = 0 if thread else 1 if repository else 2
        if user not in found or size < found[user][0]:
            found[user] = size, level
    return {user: level for user, (_, level) in found.items()}


def reasons(happened: Happened, around: Around, *, actor: int | None) -> dict[int, Reason]:
    """Whom to tell and why; whoever did it knows, and whoever wants to know nothing is told nothing."""
    found = {}
    everybody = {*around.named, *around.participants, *around.own, *around.levels, around.author}
    for user in everybody - {None, actor}:
        reason = _reason(user, happened, around)
        if reason is not None and around.levels.get(user) != Level.IGNORED:
            found[user] = reason
    return found


def _reason(user: int, happened: Happened, around: Around) -> Reason | None:
    level = around.levels.get(user)
    if happened == Happened.RELEASED:
        return Reason.RELEASE if level == Level.ALL else None
    mine = user == around.author
    if user in around.named:
        return Reason.MENTION
    if mine and happened in (Happened.APPROVED, Happened.CHANGES):
        return Reason.REVIEW
    if mine and happened == Happened.MERGED:
        return Reason.MERGED
    if mine or user in around.participants:
        return Reason.PARTICIPATING
    if user in around.own and level != Level.PARTICIPATING:
        return Reason.OWN
    return Reason.WATCHING if level == Level.ALL else None


def stronger(one: str, other: str) -> str:
    """The reason that weighs more."""
    return min(one, other, key=STRONGEST.__getitem__)


def sooner(one: str, other: str) -> str:
    """When a mail goes out for which both were wanted; nothing is no wish."""
    order = (Pace.IMMEDIATELY, Pace.DAILY, "")
    return min(one, other, key=order.index)
