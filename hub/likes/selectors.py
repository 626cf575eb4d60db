"""Who likes a repository, and what somebody likes; what the asker may not see is not there."""

from accounts.actors import Actor
from accounts.models import User
from hub.likes.models import Like
from hub.repos.models import Repository
from hub.repos.selectors import visible_to
from hub.walks import page_down


def likes_of(
    actor: Actor, user: User, *, after: list[int] | None, limit: int
) -> tuple[list[Like], list[int] | None]:
    """A page of the user's likes of what the actor may see, the newest first; `after` is a page's end."""
    seen = Like.objects.filter(user=user, repository__in=visible_to(actor))
    seen = seen.select_related("repository__namespace").only(
        "created_at", "repository__name", "repository__kind", "repository__namespace__name"
    )
    return page_down(seen, after, limit)


def count_likes_of(actor: Actor, user: User) -> int:
    """How many repositories that the actor may see the user likes."""
    return Like.objects.filter(user=user, repository__in=visible_to(actor)).count()


def likers_of(
    repository: Repository, *, after: list[int] | None, limit: int
) -> tuple[list[Like], list[int] | None]:
    """A page of who likes the repository, the newest first, without those who are suspended."""
    likes = Like.objects.filter(repository=repository, user__suspended_at=None)
    return page_down(likes.select_related("user__namespace"), after, limit)


def is_liked(actor: Actor, repository: Repository) -> bool:
    """Whether the actor likes the repository; nobody likes nothing, without a query."""
    if actor.user is None:
        return False
    return Like.objects.filter(user=actor.user, repository=repository).exists()
