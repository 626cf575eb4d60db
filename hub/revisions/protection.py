"""Branches and tags that do not simply move: changes come by pull request, and what is released stays."""

from fnmatch import fnmatchcase

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts import audit
from accounts.models import Namespace, User
from hub.errors import InvalidInput, RefProtected
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import RefRule
from hub.revisions.names import branch_ref, tag_ref

HEADS, TAGS = "refs/heads/", "refs/tags/"
APPROVALS_MAX = 10
PATTERN_MAX = 200


def rules_for(repository: Repository) -> list[RefRule]:
    """The repository's own rules and those of its namespace, in one query."""
    of_all = Q(repository=None, namespace=repository.namespace_id)
    return list(RefRule.objects.filter(Q(repository=repository) | of_all).order_by("pk"))


def rules_of(*, repository: Repository | None = None, namespace: Namespace | None = None) -> list[RefRule]:
    """The rules that were set for a repository, or for all of a namespace."""
    return list(RefRule.objects.filter(repository=repository, namespace=namespace).order_by("pk"))


def protecting(repository: Repository, ref: str) -> list[RefRule]:
    """The rules that a ref of a repository falls under."""
    return [rule for rule in rules_for(repository) if fnmatchcase(ref, rule.pattern)]


def check_unprotected(repository: Repository, ref: str) -> None:
    """Raise RefProtected when a ref must not be moved or removed directly.

    Whoever may change the rule may first take it away: nobody passes by it unnoticed.
    """
    if not ref.startswith((HEADS, TAGS)) or not protecting(repository, ref):
        return
    name = ref.split("/", 2)[2]
    if ref.startswith(TAGS):
        raise RefProtected(gettext("The tag %s is protected: it stays what it is.") % name)
    raise RefProtected(gettext("The branch %s is protected: changes come to it by pull request.") % name)


def approvals_needed(repository: Repository, ref: str) -> int:
    """How many approvals a pull request to a ref needs."""
    return max((rule.approvals for rule in protecting(repository, ref)), default=0)


@transaction.atomic
def protect(
    *,
    repository: Repository | None = None,
    namespace: Namespace | None = None,
    pattern: str,
    tags: bool = False,
    approvals: int = 0,
    actor_user: User,
) -> RefRule:
    """Protect the branches (or tags) whose names match a pattern such as `release/*`; twice changes the rule.

    For one repository, or for all of a namespace. InvalidInput.
    """
    if (repository is None) == (namespace is None):
        raise ValueError("A rule is for a repository or for a namespace.")
    if not 0 <= approvals <= APPROVALS_MAX:
        raise InvalidInput(gettext("The number of approvals is from 0 to %d.") % APPROVALS_MAX, "approvals")
    full = _checked(pattern, tags)
    rule, _ = RefRule.objects.update_or_create(
        repository=repository,
        namespace=namespace,
        pattern=full,
        defaults={"approvals": 0 if tags else approvals},
    )
    subject = (repository or namespace).subject
    audit.record(
        Event.REF_PROTECTED, actor=actor_user, subject=subject, pattern=full, approvals=rule.approvals
    )
    return rule


@transaction.atomic
def unprotect(*, rule: RefRule, actor_user: User) -> None:
    """Take a rule away."""
    subject = (rule.repository or rule.namespace).subject
    if RefRule.objects.filter(pk=rule.pk).delete()[0]:
        audit.record(Event.REF_UNPROTECTED, actor=actor_user, subject=subject, pattern=rule.pattern)


def _checked(pattern: str, tags: bool) -> str:
    """The pattern with its prefix; its text without the stars must be one that a name may have."""
    text = pattern.strip()
    if not text or len(text) > PATTERN_MAX or "[" in text or "?" in text:
        raise InvalidInput(gettext("Write a name, or a pattern with * such as release/*."), "pattern")
    (tag_ref if tags else branch_ref)(text.replace("*", "x"))
    return (TAGS if tags else HEADS) + text
