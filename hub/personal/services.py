"""Leaving the hub, over all rooms: one transaction, of which nothing happens when a part is refused."""

from django.db import transaction

from accounts.departures.services import remove_organisation, remove_user
from accounts.models import Namespace, User
from contributions.moderation.appeal_files import forget
from hub.errors import InvalidInput, RepoWithheld
from hub.likes.models import Like
from hub.likes.services import unlike
from hub.repos.models import Repository
from hub.repos.services import delete_repository


@transaction.atomic
def delete_account(*, user: User) -> None:
    """Delete a user with the repositories of their own name; what they did elsewhere stays, without them.

    Raises LastAdmin, and RepoWithheld while a moderator's decision stands against one of the repositories.
    """
    own = list(Repository.objects.filter(namespace__user=user).select_related("namespace").order_by("pk"))
    withheld = [repository.full_name for repository in own if repository.taken_down_at]
    if withheld:
        raise RepoWithheld(
            f"{', '.join(withheld)} is withheld by a moderator. Write to the people who run this hub: your "
            "account can be deleted when that is settled."
        )
    for repository in own:
        delete_repository(repository=repository, actor_user=user)
    # One by one, since each repository counts its likes.
    for like in Like.objects.filter(user=user).select_related("repository").order_by("repository_id"):
        unlike(repository=like.repository, user=user)
    forget(user=user)
    remove_user(user=user)


@transaction.atomic
def delete_organisation(*, organisation: Namespace, actor: User) -> None:
    """Delete an organisation without repositories. Raises InvalidInput, NotAnOrganisation or NotAnAdmin."""
    number = Repository.objects.filter(namespace=organisation).count()
    if number:
        raise InvalidInput(
            f"{organisation.name} still has repositories ({number}). Delete or move them first.",
            "confirmation",
        )
    remove_organisation(organisation=organisation, actor=actor)
