"""Moving a repository, with what a moderator's decision withholds in it."""

from django.db import transaction

from accounts.models import Namespace, User
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.places import lock_refs
from hub.revisions.withheld import follow_move


@transaction.atomic
def move_repository(
    *, repository: Repository, namespace: Namespace, name: str, actor_user: User
) -> Repository:
    """Give a repository another address; the old one leads there until somebody takes it.

    What was withheld at the new address stays withheld there, and what is withheld in the repository comes
    along. Its refs are locked, then its row, then the address. RepositoryExists, InvalidInput.
    """
    lock_refs(repository.pk)
    moved = repos.change_address(repository=repository, namespace=namespace, name=name, actor_user=actor_user)
    follow_move(repository=moved)
    return moved
