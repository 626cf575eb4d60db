"""Comments on lines as the pages show them: beside their line, and in the thread with the lines around it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.safestring import SafeString

from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.policy import Act, acts_of
from contributions.pulls.lines import NEW, OLD, is_on_line, line_comments, lines_now
from hub.http.links import endpoint
from hub.http.web.comments import Prose
from hub.http.web.visitors import visitor
from hub.revisions.diffs import Change, Line, TextDiff

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """The line that a comment is about: where it was when that was written, and is `now` if it still is."""

    path: str
    side: str
    line: int
    now: int | None
    around: Sequence[tuple[int, str]]
    resolved: bool

    @property
    def number(self) -> int:
        """The line's number as it is, or was last known."""
        return self.line if self.now is None else self.now

    @property
    def outdated(self) -> bool:
        """Whether the line is there no more."""
        return self.now is None

    @property
    def before(self) -> bool:
        """Whether it is a line of the text before the change."""
        return self.side == OLD


@dataclass(frozen=True, slots=True)
class Said:
    """A comment beside its line."""

    event: DiscussionEvent
    html: SafeString | str
    spot: Spot
    may_resolve: bool


@dataclass(slots=True)
class Asked:
    """The line that the visitor is about to say something of, what was typed, and why it cannot be said."""

    path: str
    place: Place
    text: str = ""
    problem: str = ""


@dataclass(slots=True)
class Talk:
    """What is said beside the lines of one file, and the line that is `asked` for."""

    at: dict[Place, list[Said]] = field(default_factory=dict)
    asked: Asked | None = None

    def said(self, line: Line) -> list[Said]:
        """What is said of a line of the diff."""
        return [said for place in _places(line) for said in self.at.get(place, ())]

    def asks(self, line: Line) -> bool:
        """Whether it is the line that is asked for."""
        return self.asked is not None and self.asked.place in _places(line)

    def asks_in(self, text: TextDiff | None) -> bool:
        """Whether the line that is asked for is shown."""
        return text is not None and any(self.asks(line) for hunk in text.hunks for line in hunk.lines)


def spot_of(event: DiscussionEvent, now: Mapping[int, int], withheld: Collection[int] = ()) -> Spot | None:
    """Where a comment belongs, if it is one on a line; nothing is `around` the line if that is withheld."""
    if not is_on_line(event):
        return None
    data = event.data
    around = [] if event.pk in withheld else [(number, text) for number, text in data["around"]]
    return Spot(
        data["path"],
        data["side"],
        data["line"],
        now.get(event.pk),
        around,
        data.get("resolved", False),
    )


def talks_of(
    request: HttpRequest, found: Discussion, changes: Sequence[Change], asked: Asked | None
) -> dict[str, Talk]:
    """What is said beside lines that are still there, by the path of the file; two queries, or a few more."""
    events = line_comments(found)
    now = lines_now(changes, events)
    prose = Prose.of(found.repository, endpoint(request), events)
    talks: dict[str, Talk] = {asked.path: Talk(asked=asked)} if asked else {}
    for event in events:
        spot = spot_of(event, now)
        if spot is None or spot.now is None:
            continue
        said = Said(
            event,
            "" if event.hidden else prose.html(event.text),
            spot,
            Act.RESOLVE in acts_of(visitor(request), found, event),
        )
        talks.setdefault(spot.path, Talk()).at.setdefault((spot.side, spot.now), []).append(said)
    return talks


def read_place(text: str) -> Place | None:
    """A place as the pages spell it, such as new12; None for anything else."""
    side, number = text[:3], text[3:]
    if side not in (OLD, NEW) or not (number.isascii() and number.isdigit() and len(number) < 8):
        return None
    return side, int(number)


def spell(line: Line) -> str:
    """The place of a line of a diff as the pages spell it."""
    return f"{NEW}{line.new}" if line.new is not None else f"{OLD}{line.old}"


def _places(line: Line) -> list[Place]:
    return [(side, number) for side, number in ((OLD, line.old), (NEW, line.new)) if number is not None]
