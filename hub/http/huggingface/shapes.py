"""Domain object → JSON, in the names that huggingface_hub 2.4.0 reads."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from accounts.actors import Actor
from accounts.grants import Grant, Scope
from accounts.models import AccessToken, Membership
from accounts.roles import Everywhere, Role
from hub.access.grants import Place
from hub.licensing.findings import Finding
from hub.licensing.models import LicenceCheck
from hub.licensing.words import told
from hub.repos.models import Repository
from hub.revisions.history import CommitInfo
from hub.revisions.models import Ref, RepositoryBlob
from hub.revisions.selectors import Entry
from storage.git.objects import pointer_bytes

# What a role allows, in the words of this dialect; "repo.admin" is this hub's own.
_READ, _DISCUSS, _WRITE, _ADMIN = "repo.content.read", "discussion.write", "repo.write", "repo.admin"
PERMISSION_WORDS = {
    Role.READ: [_READ],
    Role.CONTRIBUTE: [_READ, _DISCUSS],
    Role.WRITE: [_READ, _DISCUSS, _WRITE],
    Role.ADMIN: [_READ, _DISCUSS, _WRITE, _ADMIN],
}


def timestamp(moment: datetime) -> str:
    """The only form that the client parses: UTC, milliseconds, and a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def whoami(actor: Actor, memberships: Iterable[Membership], places: Mapping[Grant, Place]) -> dict[str, Any]:
    """Who the caller is; with a fine-grained token, in the organisations where it is granted something."""
    user, token = actor.user, actor.token
    return {
        "type": "user",
        "id": str(user.pk),
        "name": user.namespace.name,
        "fullname": user.get_full_name(),
        "email": user.email,
        "isPro": False,
        "canPay": False,
        "orgs": [
            {
                "type": "org",
                "id": str(membership.organisation_id),
                "name": membership.organisation.name,
                "fullname": membership.organisation.full_name,
                "roleInOrg": membership.role,
            }
            for membership in memberships
        ],
        "auth": {
            "type": "access_token" if token else "session",
            "accessToken": access_token(token, actor.scope, places) if token else None,
        },
    }


def access_token(token: AccessToken, scope: Scope | None, places: Mapping[Grant, Place]) -> dict[str, Any]:
    """The token that was used, and what it is granted where its user still sees the place."""
    shape: dict[str, Any] = {
        "displayName": token.name,
        "role": "fineGrained" if scope else token.role,
        "createdAt": timestamp(token.created_at),
        "expiresAt": timestamp(token.expires_at) if token.expires_at else None,
    }
    if scope:
        scoped = sorted(places.items(), key=lambda item: (item[1].type, item[1].name))
        shape["fineGrained"] = {
            "canReadGatedRepos": Everywhere.GATED in scope.everywhere,
            "global": [_DISCUSS] if Everywhere.CONTRIBUTE in scope.everywhere else [],
            "scoped": [
                {
                    "entity": {"_id": f"{place.id:024x}", "type": place.type, "name": place.name},
                    "permissions": PERMISSION_WORDS[grant.permission],
                }
                for grant, place in scoped
            ],
        }
    return shape


def sibling(entry: Entry) -> dict[str, Any]:
    """A file in a repository's info, with its size and ids."""
    shape: dict[str, Any] = {"rfilename": entry.path, "size": entry.size, "blobId": entry.oid}
    if entry.pointer:
        shape["lfs"] = {
            "sha256": entry.sha256,
            "size": entry.size,
            "pointerSize": pointer_size(entry),
        }
    return shape | xet_hash(entry)


def tree_entry(entry: Entry) -> dict[str, Any]:
    """A file or folder of a tree."""
    shape: dict[str, Any] = {"type": entry.type, "oid": entry.oid, "size": entry.size, "path": entry.path}
    if entry.pointer:
        shape["lfs"] = {"oid": entry.sha256, "size": entry.size, "pointerSize": pointer_size(entry)}
    return shape | xet_hash(entry)


def xet_hash(entry: Entry) -> dict[str, str]:
    """Under which hash a file is to be had in chunks, if it is."""
    return {"xetHash": entry.chunked_as} if entry.chunked_as else {}


def pointer_size(entry: Entry) -> int:
    """The size in bytes of the text that stands for the file in git."""
    return len(pointer_bytes(entry.sha256 or "", entry.size))


def licence_check(check: LicenceCheck | None, findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the licence check of a commit found."""
    if check is None:
        return {"state": "queued"}
    return {
        "state": "done",
        "verdict": check.verdict,
        "declared": check.declared,
        "findings": [licence_finding(kept) for kept in findings],
    }


def licence_finding(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A finding of the licence check as it is kept, with its words."""
    said = told(Finding.from_json(kept))
    return {**kept, "message": said.message, "mend": said.mend}


def commit(entry: CommitInfo) -> dict[str, Any]:
    """A commit of a history."""
    return {
        "id": entry.oid,
        "title": entry.title,
        "message": entry.description,
        "authors": [{"user": entry.author}],
        "date": timestamp(entry.date),
    }


def last_commit(entry: CommitInfo) -> dict[str, str]:
    """The commit that last changed a file or folder."""
    return {"id": entry.oid, "title": entry.title, "date": timestamp(entry.date)}


def large_file(row: RepositoryBlob) -> dict[str, Any]:
    """An object of Git LFS that a repository holds; `filename` is the path under which it first came."""
    shape = {
        "fileOid": row.sha256,
        "oid": row.sha256,
        "filename": row.path,
        "size": row.size,
        "pushedAt": timestamp(row.created_at),
    }
    if row.upload and row.upload.created_by:
        shape["pusher"] = {"name": row.upload.created_by.username}
    return shape


def refs(found: Iterable[Ref], *, pulls: bool) -> dict[str, Any]:
    """Refs by what they are."""
    shape: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": []}
    kinds = {"refs/heads/": "branches", "refs/tags/": "tags", "refs/convert/": "converts"}
    if pulls:
        shape["pullRequests"] = []
        kinds["refs/pr/"] = "pullRequests"
    for ref in found:
        prefix = next((prefix for prefix in kinds if ref.name.startswith(prefix)), None)
        if prefix:
            name = ref.name.removeprefix(prefix)
            shape[kinds[prefix]].append({"name": name, "ref": ref.name, "targetCommit": ref.commit_id})
    return shape


def commit_landed(endpoint: str, repository: Repository, oid: str) -> dict[str, Any]:
    """What a commit answers."""
    return {
        "success": True,
        "commitOid": oid,
        "commitUrl": f"{endpoint}{repository.url_path}/commit/{oid}",
        "hookOutput": "",
    }


def repo_url(endpoint: str, repository: Repository) -> dict[str, str]:
    """What creating a repository answers."""
    return {
        "url": endpoint + quote(repository.url_path),
        "name": repository.full_name,
        "id": repository.full_name,
    }
