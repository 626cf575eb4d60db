"""In which order content that was scanned before is scanned again: the newest, and the most downloaded.

Where each walk is, is kept in Redis under its name; a name that is new begins anew.
"""

import json
from datetime import datetime

from django.db.models import Q

from hub.redis import connection
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Blob

# Of each kind, so many repositories in the order of their downloads, a few of them in one round.
POPULAR = 1000
POPULAR_AT_ONCE = 20
KEPT_SECONDS = 90 * 24 * 3600


def next_newest(*, walk: str, size: int) -> list[str]:
    """The next `size` blobs, from the newest to the oldest and then again; raises RedisError."""
    place = _place(walk)
    blobs = Blob.objects.order_by("-created_at", "-pk")
    if place is not None:
        at = datetime.fromisoformat(place[0])
        blobs = blobs.filter(created_at__lte=at).exclude(Q(created_at=at, pk__gte=place[1]))
    found = list(blobs.values_list("created_at", "pk")[:size])
    _go_on(walk, [found[-1][0].isoformat(), found[-1][1]] if len(found) == size else None)
    return [sha256 for _, sha256 in found]


def next_popular(*, walk: str, size: int) -> list[str]:
    """Blobs of the next repositories by downloads, at most `size` of each; nothing after POPULAR of them."""
    begin = (_place(walk) or [0])[0]
    if begin >= POPULAR:
        return []
    _go_on(walk, [begin + POPULAR_AT_ONCE])
    found: list[str] = []
    for kind in Repository.Kind.values:
        public = Repository.objects.filter(
            kind=kind, visibility=Repository.Visibility.PUBLIC, taken_down_at=None
        )
        ranked = public.order_by("-downloads", "-id").values_list("pk", flat=True)
        chosen = list(ranked[begin : begin + POPULAR_AT_ONCE])
        held = RepositoryBlob.objects.filter(repository_id__in=chosen, state=RepositoryBlob.State.PRESENT)
        found += held.order_by("-pk").values_list("sha256", flat=True)[:size]
    return found


def _place(walk: str) -> list | None:
    kept = connection().get(f"hub:walk:{walk}")
    return json.loads(kept) if kept else None


def _go_on(walk: str, place: list | None) -> None:
    if place is None:
        connection().delete(f"hub:walk:{walk}")
    else:
        connection().set(f"hub:walk:{walk}", json.dumps(place), ex=KEPT_SECONDS)
