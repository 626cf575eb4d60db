"""Discussions and pull requests: lists, threads, and what people do in them."""

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from contributions.discussions import services
from contributions.discussions.errors import ThreadNotFound
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.selectors import event_in_full, find_thread, threads
from contributions.discussions.vocabulary import Status
from contributions.pulls import merging
from contributions.pulls import services as pulls
from contributions.pulls.lines import comment_on_line
from contributions.pulls.selectors import conflicts_of, pull_of, timeline
from contributions.pulls.sides import changes_of, sides_of
from hub.access.policy import Action
from hub.access.services import require_one_of
from hub.errors import InvalidInput
from hub.http.huggingface import shapes_discussions as shapes
from hub.http.huggingface.base import RepoView, is_true, json_object, text_field
from hub.http.huggingface.patches import patch_of
from hub.http.links import endpoint
from hub.http.pagination import whole_number
from hub.http.web.comments import Prose

PAGE = 50
# The client checks for it no sooner than here.
LAST_PAGE = 100_000
EVENT_ID = re.compile(r"[0-9a-f]{1,24}")
TYPES = {"all": None, "discussion": False, "pull_request": True}
STATUSES = ("all", "open", "closed")
OPENED_BY_CLIENT = "Discussion opened with an API client"


class Discussions(RepoView):
    """`GET` and `POST /api/{kind}s/{id}/discussions`."""

    def get(self, request: Request, **address: str) -> Response:
        """One page of threads, newest first, and how many there are."""
        repository = self.open()
        query = request.query_params
        kind, status = query.get("type") or "all", query.get("status") or "all"
        if kind not in TYPES:
            raise InvalidInput(f"type is one of {', '.join(TYPES)}.", "type")
        if status not in STATUSES:
            raise InvalidInput(f"status is one of {', '.join(STATUSES)}.", "status")
        found = threads(repository, pulls=TYPES[kind], status=status, author=query.get("author", ""))
        start = whole_number(query.get("p"), "p", 0, LAST_PAGE) * PAGE
        rows = list(found[start : start + PAGE])
        for row in rows:
            row.repository = repository
        body = {"count": found.count(), "start": start, "discussions": list(map(shapes.discussion, rows))}
        return Response(body)

    def post(self, request: Request, **address: str) -> Response:
        """Open a discussion, or a pull request without commits, which is a draft."""
        repository = self.open(Action.CONTRIBUTE)
        data = json_object(request)
        said = {
            "repository": repository,
            "actor": self.actor,
            "title": text_field(data, "title"),
            "text": text_field(data, "description", default=""),
        }
        if not isinstance(data.get("pullRequest", False), bool):
            raise InvalidInput("pullRequest must be true or false.", "pullRequest")
        if data.get("pullRequest"):
            opened = pulls.open_pull(**said, status=Status.DRAFT).discussion
        else:
            opened = services.open_discussion(**said)
        return Response(shapes.discussion(opened))


class ThreadView(RepoView):
    """A view of one thread, whose number is in the route."""

    def thread(self, *actions: Action) -> Discussion:
        """The thread, of a repository with which the caller may do one of these: by default, contribute."""
        number = self.kwargs["number"]
        repository = self.open()
        require_one_of(self.actor, repository, *(actions or (Action.CONTRIBUTE,)))
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise ThreadNotFound(f"There is no discussion {number} here.")
        return find_thread(repository, int(number))

    def told(self, name: str, event: DiscussionEvent, row: Discussion) -> Response:
        """An event under the name by which the client reads it."""
        told = event_in_full(event)
        return Response(
            {name: shapes.event(told, Prose.of(row.repository, endpoint(self.request._request), [told]))}
        )


class Thread(ThreadView):
    """`GET /api/{kind}s/{id}/discussions/{number}`."""

    def get(self, request: Request, **address: str) -> Response:
        """The thread with what happened in it; of a pull request also its conflicts and, if asked, a diff."""
        row = self.thread(Action.READ)
        shape = shapes.thread(row, timeline(row), endpoint(request._request))
        if row.is_pull:
            pull = pull_of(row)
            sides = sides_of(pull)
            shape["changes"] = shapes.changes(pull)
            shape["filesWithConflicts"] = list(conflicts_of(pull, sides))
            if is_true(request.query_params.get("diff")):
                shape["diff"] = patch_of(self.actor, sides.base, sides.head, changes_of(sides))
        return Response(shape)


class Comment(ThreadView):
    """`POST …/{number}/comment`."""

    def post(self, request: Request, **address: str) -> Response:
        """Say something, of a pull request also about a line of what it changes."""
        row = self.thread()
        data = json_object(request)
        said = {"actor": self.actor, "text": text_field(data, "comment")}
        if data.get("line") is None:
            event = services.comment(discussion=row, **said)
        else:
            event = comment_on_line(pull=pull_of(row), **said, **_place(data["line"]))
        return self.told("newMessage", event, row)


def _place(data: Any) -> dict[str, Any]:
    """The line that a body names; InvalidInput when it is none."""
    if not isinstance(data, dict):
        raise InvalidInput("line must be an object.", "line")
    number = data.get("line")
    if not isinstance(number, int) or isinstance(number, bool):
        raise InvalidInput("line must be a number.", "line")
    texts = {name: text_field(data, name) for name in ("path", "side", "commit")}
    return {**texts, "line": number}


class OneComment(ThreadView):
    """A view of one comment."""

    def event_id(self) -> int:
        """The comment's id; no comment has one that is no number."""
        text = self.kwargs["comment"]
        if not EVENT_ID.fullmatch(text) or int(text, 16) >= 2**63:
            raise ThreadNotFound("There is no such comment here.")
        return int(text, 16)


class EditComment(OneComment):
    """`POST …/{number}/comment/{id}/edit`."""

    def post(self, request: Request, **address: str) -> Response:
        """Change what it says."""
        row = self.thread()
        text = text_field(json_object(request), "content")
        event = services.edit_comment(discussion=row, event_id=self.event_id(), actor=self.actor, text=text)
        return self.told("updatedComment", event, row)


class HideComment(OneComment):
    """`POST …/{number}/comment/{id}/hide`."""

    def post(self, request: Request, **address: str) -> Response:
        """Hide it; moderators do so also where nobody may change anything."""
        row = self.thread(Action.CONTRIBUTE, Action.MODERATE)
        event = services.hide_comment(discussion=row, event_id=self.event_id(), actor=self.actor)
        return self.told("updatedComment", event, row)


class Title(ThreadView):
    """`POST …/{number}/title`."""

    def post(self, request: Request, **address: str) -> Response:
        """Give the thread another title."""
        row = self.thread()
        title = text_field(json_object(request), "title")
        return self.told("newTitle", services.rename(discussion=row, actor=self.actor, title=title), row)


class StatusOf(ThreadView):
    """`POST …/{number}/status`."""

    def post(self, request: Request, **address: str) -> Response:
        """Open or close the thread; a pull request may also become a draft."""
        row = self.thread()
        data = json_object(request)
        said: dict[str, Any] = {
            "actor": self.actor,
            "status": text_field(data, "status"),
            "text": text_field(data, "comment", default=""),
        }
        if row.is_pull:
            event = pulls.change_status(pull=pull_of(row), **said)
        else:
            event = services.change_status(discussion=row, **said)
        return self.told("newStatus", event, row)


class Merge(ThreadView):
    """`POST …/{number}/merge`."""

    def post(self, request: Request, **address: str) -> Response:
        """Merge the pull request; the body may be empty, or has a comment and the choice of a squash."""
        row = self.thread(Action.WRITE)
        data = json_object(request) if request.data else {}
        if not isinstance(data.get("squash", False), bool):
            raise InvalidInput("squash must be true or false.", "squash")
        commit = merging.merge(
            pull=pull_of(row),
            actor=self.actor,
            text=text_field(data, "comment", default=""),
            squash=data.get("squash", False),
        )
        return Response({"mergeCommitId": commit})
