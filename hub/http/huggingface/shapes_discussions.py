"""Discussions and pull requests → JSON, in the names that huggingface_hub 2.4.0 reads (community.py)."""

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.vocabulary import Kind
from contributions.pulls.models import PullRequest
from hub.http.huggingface.shapes import timestamp
from hub.http.web.comments import Prose
from hub.revisions.history import CommitInfo


def discussion(row: Discussion) -> dict[str, Any]:
    """A thread of a list."""
    shape = {
        "title": row.title,
        "num": row.number,
        "createdAt": timestamp(row.created_at),
        "status": row.status,
        "repo": {"name": row.repository.full_name, "type": row.repository.kind},
        "isPullRequest": row.is_pull,
        "pinned": bool(row.pinned_at),
        "locked": bool(row.locked_at),
    }
    return shape | _by(row.author)


def thread(row: Discussion, items: Iterable[DiscussionEvent | CommitInfo], home: str) -> dict[str, Any]:
    """A thread of the hub at `home` with what happened in it."""
    told = list(items)
    prose = Prose.of(row.repository, home, told)
    return discussion(row) | {"events": [event(item, prose) for item in told]}


def changes(pull: PullRequest) -> dict[str, Any]:
    """Where a pull request goes, and what its merge was."""
    merged = {"mergeCommitId": pull.merge_commit} if pull.merge_commit else {}
    return {"base": pull.target, **merged}


def event(item: DiscussionEvent | CommitInfo, prose: Prose) -> dict[str, Any]:
    """Something that happened in a thread."""
    if isinstance(item, CommitInfo):
        return {
            "id": item.oid[:24],
            "type": "commit",
            "createdAt": timestamp(item.date),
            "author": {"name": item.username or item.author},
            "data": {"subject": item.title, "oid": item.oid},
        }
    shape = {"id": item.event_id, "type": item.kind, "createdAt": timestamp(item.created_at)}
    said = item.kind in (Kind.COMMENT, Kind.REVIEW)
    return shape | _by(item.author) | {"data": _comment(item, prose) if said else item.data}


def _comment(item: DiscussionEvent, prose: Prose) -> dict[str, Any]:
    """What a comment says, and said; nothing of one that is hidden, and nothing that stands in a file."""
    place = {name: value for name, value in item.data.items() if name != "around"}
    told = "" if item.hidden else item.text
    past = [] if item.hidden else [edit.text for edit in item.edits.all()]
    latest = {
        "raw": told,
        "html": str(prose.html(told)),
        "updatedAt": timestamp(item.edited_at or item.created_at),
    }
    return place | {
        "edited": item.edited_at is not None,
        "hidden": item.hidden,
        "latest": latest | _by(item.author),
        "numEdits": len(past),
        "history": [{"raw": text} for text in past],
    }


def _by(user: User | None) -> dict[str, Any]:
    """Who it was; nothing for somebody who left, whom the client calls deleted."""
    return {"author": {"name": user.username, "fullname": user.get_full_name()}} if user else {}
