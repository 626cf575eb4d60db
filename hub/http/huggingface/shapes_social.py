"""People, likes and collections → JSON, in the names that huggingface_hub 2.4.0 reads."""

from collections.abc import Iterable
from typing import Any

from accounts.models import Membership, Namespace
from hub.collections.models import Collection, CollectionItem
from hub.follows.selectors import Reach
from hub.http.huggingface.shapes import timestamp
from hub.likes.models import Like
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.revisions.usage import Usage


def person(endpoint: str, namespace: Namespace) -> dict[str, Any]:
    """A user in a list."""
    return {
        "type": "user",
        "user": namespace.name,
        "fullname": namespace.full_name or namespace.name,
        "avatarUrl": endpoint + namespace.picture_path,
        "details": namespace.description,
        "isPro": False,
    }


def organisation(endpoint: str, namespace: Namespace) -> dict[str, Any]:
    """An organisation in a list."""
    return {
        "type": "org",
        "name": namespace.name,
        "fullname": namespace.full_name or namespace.name,
        "avatarUrl": endpoint + namespace.picture_path,
        "details": namespace.description,
        "isVerified": bool(namespace.verified_domain),
    }


def user_overview(
    endpoint: str,
    namespace: Namespace,
    *,
    repositories: dict[str, int],
    reach: Reach,
    likes: int,
    memberships: Iterable[Membership],
) -> dict[str, Any]:
    """A user's numbers, as the caller may know them."""
    return (
        person(endpoint, namespace)
        | _numbers(namespace, repositories, reach)
        | {
            "numLikes": likes,
            "numFollowing": reach.following,
            "orgs": [organisation(endpoint, each.organisation) for each in memberships],
        }
    )


def organisation_overview(
    endpoint: str, namespace: Namespace, *, repositories: dict[str, int], reach: Reach, members: int
) -> dict[str, Any]:
    """An organisation's numbers, as the caller may know them."""
    return (
        organisation(endpoint, namespace) | _numbers(namespace, repositories, reach) | {"numUsers": members}
    )


def like(row: Like) -> dict[str, Any]:
    """A repository that somebody likes."""
    return {
        "createdAt": timestamp(row.created_at),
        "repo": {"name": row.repository.full_name, "type": row.repository.kind},
    }


def collection(
    endpoint: str, row: Collection, items: list[CollectionItem], *, place: int | None = None
) -> dict[str, Any]:
    """A collection; in a list without its place, which the client counts itself there."""
    shape = {
        "slug": row.slug,
        "title": row.title,
        "description": row.description,
        "owner": row.namespace.name,
        "url": f"{endpoint}/collections/{row.slug}",
        "items": [collection_item(item, place) for place, item in enumerate(items)],
        "lastUpdated": timestamp(row.updated_at),
        "private": row.private,
        "theme": row.theme,
        "upvotes": 0,
    }
    return shape if place is None else shape | {"position": place}


def collection_item(item: CollectionItem, place: int) -> dict[str, Any]:
    """An item, at its place among those that the caller sees."""
    shape = {"_id": f"{item.pk:024x}", "position": place}
    if item.note:
        shape["note"] = {"text": item.note}
    if item.repository is None:
        return shape | {
            "id": item.target.key,
            "type": "collection",
            "slug": item.target.slug,
            "title": item.target.title,
        }
    return shape | {
        "id": item.repository.full_name,
        "type": item.repository.kind,
        "author": item.repository.namespace.name,
        "private": item.repository.private,
        "downloads": item.repository.downloads,
        "likes": item.repository.likes,
        "lastModified": timestamp(item.repository.updated_at),
    }


def stored(row: Repository, usage: Usage) -> dict[str, Any]:
    """A repository with the bytes that it keeps, and their part of all of its owner's in percent."""
    used = usage.of(row)
    return {
        "id": row.full_name,
        "type": row.kind,
        "updatedAt": timestamp(row.updated_at),
        "visibility": row.visibility,
        "storage": used,
        "storagePercent": round(100 * used / usage.total, 2) if usage.total else 0,
    }


def _numbers(namespace: Namespace, repositories: dict[str, int], reach: Reach) -> dict[str, Any]:
    """What overviews of users and organisations share. This hub has no spaces and no papers."""
    shape = {
        "numModels": repositories[Repository.Kind.MODEL],
        "numDatasets": repositories[Repository.Kind.DATASET],
        "numSpaces": 0,
        "numPapers": 0,
        "numFollowers": reach.followers,
        "createdAt": timestamp(namespace.created_at),
    }
    return shape if reach.followed is None else shape | {"isFollowing": reach.followed}


def access_request(request: AccessRequest) -> dict[str, Any]:
    """A request for access; whoever was let in unasked has not shared an address."""
    user = request.user
    shown = {"user": user.username, "fullname": user.get_full_name()}
    if not request.by_hand:
        shown["email"] = user.email
    told = {
        "requestId": str(request.pk),
        "status": str(request.status),
        "timestamp": timestamp(request.asked_at),
        "user": shown,
    }
    return told | ({"fields": request.fields} if request.answers else {})
