"""What a webhook's address is sent: version 3 of the payload, and how it is signed. Pure."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from accounts.models import AuditEvent, User
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.pulls.models import PullRequest
from hub.events import Event
from hub.repos.models import Repository
from hub.webhooks.vocabulary import PING, TOLD

VERSION = 3
# Of an answer so many characters are kept, and of a payload so many shown.
QUOTED, SHOWN = 1000, 20_000
HIDDEN = "••••••••"
Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, with what it happened to as it is now; without an event it is a test.

    The repository is None when it was deleted; that of a test is one that the webhook watches, if any.
    """

    event: AuditEvent | None = None
    repository: Repository | None = None
    discussion: Discussion | None = None
    pull: PullRequest | None = None
    comment: DiscussionEvent | None = None


def body_of(story: Story, *, webhook: str, hub: str) -> bytes:
    """The payload as JSON; `hub` is the hub's own address."""
    return json.dumps(payload(story, webhook=webhook, hub=hub), ensure_ascii=False).encode()


def payload(story: Story, *, webhook: str, hub: str) -> Shape:
    """The payload."""
    told = TOLD[story.event.event] if story.event else PING
    shape: Shape = {"event": {"action": told.action, "scope": told.scope}}
    if story.event:
        shape |= _of_event(story.event, story.repository, hub)
    elif story.repository:
        shape["repo"] = _repository(story.repository, hub)
    if story.discussion:
        shape["discussion"] = _discussion(story.discussion, story.pull, hub)
    if story.comment and story.discussion:
        shape["comment"] = _comment(story.comment, story.discussion, hub)
    return shape | {"webhook": {"id": webhook, "version": VERSION}}


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=…,v1=…`: the second, and the HMAC-SHA256 of it, a dot and the body, keyed by the secret."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def quoted(answer: bytes, secret: str) -> str:
    """The beginning of an answer as the log keeps it, without the secret that it may echo."""
    text = answer.decode("utf-8", "replace").replace("\0", "")
    return (text.replace(secret, HIDDEN) if secret else text)[:QUOTED]


def oid(number: int) -> str:
    """An id as clients know it: 24 hexadecimal digits."""
    return f"{number:024x}"


def _repository(repository: Repository, hub: str) -> Shape:
    shape = _named(repository.kind, repository.full_name, repository.url_path, hub) | {
        "id": oid(repository.pk),
        "private": repository.private,
        "owner": {"id": oid(repository.namespace_id)},
    }
    return shape | ({"headSha": repository.head} if repository.head else {})


def _deleted(event: AuditEvent, hub: str) -> Shape:
    """A repository that is gone, as the event of its end knows it."""
    kind, name = event.data["kind"], event.data["name"]
    return _named(kind, name, f"/{'' if kind == 'model' else f'{kind}s/'}{name}", hub) | {
        "id": oid(int(event.subject.removeprefix("repository:"))),
        "private": not event.data["public"],
        "owner": {"id": oid(event.data["namespace"])},
    }


def _named(kind: str, name: str, path: str, hub: str) -> Shape:
    api = f"{hub}/api/{kind}s/{quote(name)}"
    return {"type": kind, "name": name, "url": {"web": hub + quote(path), "api": api}}


def _of_event(event: AuditEvent, repository: Repository | None, hub: str) -> Shape:
    data = event.data
    repo = _repository(repository, hub) if repository else _deleted(event, hub)
    shape: Shape = {"repo": repo}
    match event.event:
        case Event.COMMIT_LANDED:
            shape["updatedRefs"] = [_ref(data["ref"], data.get("former"), data["commit"])]
        case Event.REF_CREATED:
            shape["updatedRefs"] = [_ref(data["ref"], None, data["commit"])]
        case Event.REF_DELETED:
            shape["updatedRefs"] = [_ref(data["ref"], data.get("commit"), None)]
        case Event.REPOSITORY_MOVED:
            repo["name"] = data["former"]
            shape["movedTo"] = {"name": data["name"], "owner": repo["owner"]}
        case Event.REPOSITORY_CHANGED:
            shape["updatedConfig"] = _config(data)
    return shape


def _ref(name: str, former: str | None, commit: str | None) -> Shape:
    return {"ref": name, "oldSha": former or None, "newSha": commit or None}


def _config(data: Shape) -> Shape:
    private = {"private": data["visibility"] == Repository.Visibility.PRIVATE} if "visibility" in data else {}
    return private | ({"gated": data["gated"] or False} if "gated" in data else {})


def _discussion(row: Discussion, pull: PullRequest | None, hub: str) -> Shape:
    repository = row.repository
    api = f"{hub}/api/{repository.kind}s/{quote(repository.full_name)}/discussions/{row.number}"
    shape: Shape = {
        "id": oid(row.pk),
        "title": row.title,
        "url": {"web": hub + quote(row.url_path), "api": api},
        "status": row.status,
        "pinned": row.pinned_at is not None,
        "num": row.number,
        "isPullRequest": row.is_pull,
        "author": _author(row.author),
    }
    if pull is not None:
        merged = {"mergeCommitId": pull.merge_commit} if pull.merge_commit else {}
        shape["changes"] = {"base": pull.target, **merged}
    return shape


def _comment(row: DiscussionEvent, discussion: Discussion, hub: str) -> Shape:
    """What somebody said; nothing of what is hidden."""
    said = {} if row.hidden else {"content": row.text}
    web = f"{hub}{quote(discussion.url_path)}#event-{row.pk}"
    author = _author(row.author)
    return {"id": row.event_id, "author": author, "hidden": row.hidden, "url": {"web": web}} | said


def _author(user: User | None) -> Shape:
    """Who it was; of somebody who left an id of nobody, because clients insist on one."""
    return {"id": oid(user.namespace.pk if user else 0)}
