"""What the page of a thread shows: what happened in it, and what stands against a pull request's merge."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.policy import Act, acts_of, may_show, outweighs
from contributions.discussions.vocabulary import Emoji, Kind, Status, Verdict
from contributions.moderation.concerns import cases_of_withheld
from contributions.notifications.selectors import level_of
from contributions.pulls import gates
from contributions.pulls.gates import Gate
from contributions.pulls.lines import lines_now, not_given
from contributions.pulls.models import PullRequest
from contributions.pulls.selectors import facts_of, known_of, pull_of, reviews_of, timeline
from contributions.pulls.sides import Compared, Sides, sides_of
from hub.http.links import endpoint
from hub.http.web.comments import Prose
from hub.http.web.lines import Spot, spot_of
from hub.http.web.visitors import visitor
from hub.revisions.diffs import Change
from hub.revisions.history import CommitInfo
from storage.git.merging import OURS, THEIRS

THEIRS_AND_OURS = (OURS, THEIRS)
# Names of those who reacted that are told.
NAMED = 10
# Paths in conflict that are settled one by one; more would be more fields than a form may have.
MOST_SETTLED = 100


@dataclass(frozen=True, slots=True)
class Reacted:
    """How often people reacted in one way, who, and whether the visitor did."""

    emoji: str
    label: str
    count: int
    names: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Item:
    """Something that happened in a thread, or a commit of a pull request."""

    event: DiscussionEvent | None = None
    commit: CommitInfo | None = None
    html: SafeString | str = ""
    may_edit: bool = False
    may_hide: bool = False
    may_show: bool = False
    may_resolve: bool = False
    may_report: bool = False
    case_id: int | None = None
    spot: Spot | None = None
    reactions: list[Reacted] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """comment, review, commit, or what changed."""
        return self.event.kind if self.event else "commit"

    @property
    def approves(self) -> bool:
        """Whether it is a review that approves."""
        return self.event is not None and self.event.data.get("verdict") == Verdict.APPROVE


def shown_thread(request: HttpRequest, found: Discussion) -> dict[str, Any]:
    """Everything of a thread's page but the frame."""
    acts = acts_of(visitor(request), found)
    pull = pull_of(found) if found.is_pull else None
    sides = sides_of(pull) if pull else None
    known = known_of(pull, sides) if pull and sides else None
    context: dict[str, Any] = {
        "thread": found,
        "items": _items(request, found, known.changes if known else []),
        "emojis": Emoji.choices,
        "thread_watched": level_of(visitor(request).user, discussion=found),
        **{f"may_{act.name.lower()}": act in acts for act in Act},
    }
    return context | (_merge_box(request, pull, sides, known) if pull and sides and known else {})


def merge_box(request: HttpRequest, found: Discussion) -> dict[str, Any]:
    """What the page says of a pull request's merge."""
    pull = pull_of(found)
    sides = sides_of(pull)
    return _merge_box(request, pull, sides, known_of(pull, sides))


def _merge_box(request: HttpRequest, pull: PullRequest, sides: Sides, known: Compared) -> dict[str, Any]:
    found = pull.discussion
    acts = acts_of(visitor(request), found)
    facts = facts_of(pull, sides, known) if found.under_way else None
    reasons = gates.reasons(facts) if facts else []
    behind = sides.target is not None and sides.target.commit != sides.base.commit
    return {
        "thread": found,
        "pull": pull,
        "head": sides.head.commit,
        "target": pull.target.removeprefix("refs/heads/"),
        "changed": len(known.changes),
        "commits_count": known.commits,
        "reasons": [reason for reason in reasons if reason.gate != Gate.STATUS],
        "conflicts": facts.conflicts[:MOST_SETTLED] if facts else (),
        "more_conflicts": max(0, len(facts.conflicts) - MOST_SETTLED) if facts else 0,
        "over": sides.target.commit if sides.target else "",
        "hard": any(reason.hard for reason in reasons),
        "waiting": any(reason.passing for reason in reasons),
        "may_merge": Act.MERGE in acts,
        "may_override": Act.OVERRIDE in acts,
        "may_push": Act.PUSH in acts,
        "may_review": Act.REVIEW in acts and found.author_id != request.user.pk,
        "behind": behind and found.under_way,
        "reviews": reviews_of(pull),
        "is_draft": found.status == Status.DRAFT,
    }


def _items(request: HttpRequest, found: Discussion, changes: Sequence[Change]) -> list[Item]:
    entries = timeline(found)
    prose = Prose.of(found.repository, endpoint(request), entries)
    events = [entry for entry in entries if isinstance(entry, DiscussionEvent)]
    now = lines_now(changes, events)
    withheld = not_given(visitor(request), found.repository, events)
    user = visitor(request).user
    cases = cases_of_withheld(events, user) if user else {}
    items = [_item(request, found, entry, prose, now, withheld) for entry in entries]
    return [replace(one, case_id=cases.get(one.event.pk)) if one.event else one for one in items]


def _item(
    request: HttpRequest,
    found: Discussion,
    entry: DiscussionEvent | CommitInfo,
    prose: Prose,
    now: Mapping[int, int],
    withheld: Collection[int],
) -> Item:
    if isinstance(entry, CommitInfo):
        return Item(commit=entry)
    acts = acts_of(visitor(request), found, entry)
    said = entry.kind in (Kind.COMMENT, Kind.REVIEW)
    spot = spot_of(entry, now, withheld)
    return Item(
        event=entry,
        html=prose.html(entry.text) if said and not entry.hidden else "",
        may_edit=said and Act.EDIT in acts and not entry.hidden,
        may_hide=said and Act.HIDE in acts and outweighs(visitor(request), found, entry),
        may_show=said and Act.HIDE in acts and may_show(visitor(request), found, entry),
        may_resolve=spot is not None and Act.RESOLVE in acts,
        may_report=said and not entry.hidden and entry.author_id != request.user.pk,
        spot=spot,
        reactions=_reactions(request, entry),
    )


def _reactions(request: HttpRequest, event: DiscussionEvent) -> list[Reacted]:
    people: dict[str, list[str]] = defaultdict(list)
    mine = set()
    for reaction in event.reactions.all():
        people[reaction.emoji].append(reaction.user.username)
        if reaction.user_id == request.user.pk:
            mine.add(reaction.emoji)
    return [
        Reacted(emoji, str(label), len(people[emoji]), ", ".join(people[emoji][:NAMED]), emoji in mine)
        for emoji, label in Emoji.choices
        if emoji in people
    ]
