"""Reads of the catalogue; every list is cut to what the actor may see."""

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from accounts.actors import Actor
from accounts.grants import Scope
from accounts.models import Membership, Namespace, User
from accounts.names import could_be_name
from accounts.roles import Everywhere
from accounts.selectors import member_role, note_role
from accounts.statements import Statement
from hub.repos.gates import asked_status, let_in, note_status
from hub.repos.models import FormerAddress, Repository, ScanPolicy
from hub.repos.serving import STATES, STRICTNESS, Answer, Rule, answers

# What a list does not load, unless it is asked for.
LARGE_COLUMNS = frozenset(
    {"card", "name_words", "tag_words", "card_words", "name_search", "label_search", "search"}
)
# What a pull needs of a repository: who may, and what it is called.
PULL_COLUMNS = (
    *("namespace__name", "namespace__kind", "namespace__user", "namespace__withheld_at"),
    *("name", "kind", "visibility", "gated", "taken_down_at", "changes_asked_until"),
)


def repository_by_address(
    kind: str, namespace: str, name: str, *, asker: User | None = None
) -> Repository | None:
    """The repository of that address in any letter case, whoever may see it; doors use open_repo.

    What `asker` is in its namespace, and whether they asked to be let in, comes along, so that `role_in` and
    `status_of` need no queries of their own.
    """
    if not (could_be_name(namespace) and could_be_name(name)):
        return None
    repository = ADDRESSED.first(kind=kind, namespace=namespace, name=name, asker=asker.pk if asker else 0)
    return _noted(repository, asker)


def repository_formerly_at(
    kind: str, namespace: str, name: str, *, asker: User | None = None
) -> Repository | None:
    """The repository that left an address which nobody has taken since; None if there is none."""
    if not (could_be_name(namespace) and could_be_name(name)):
        return None
    repository = FORMERLY.first(kind=kind, namespace=namespace, name=name, asker=asker.pk if asker else 0)
    return _noted(repository, asker)


def repository_for(repository_id: int, *, asker: User | None = None) -> Repository | None:
    """The repository of that id with what `asker` is to it; doors use open_repo_by_id."""
    found = _with_role(Repository.objects.filter(pk=repository_id), asker.pk if asker else 0)
    return _noted(found.first(), asker)


def _addressed(kind: str, namespace: str, name: str, asker: int) -> QuerySet[Repository]:
    found = Repository.objects.filter(kind=kind, namespace__name__iexact=namespace, name__iexact=name)
    return _with_role(found, asker)


def _formerly(kind: str, namespace: str, name: str, asker: int) -> QuerySet[Repository]:
    former = FormerAddress.objects.filter(kind=kind, namespace__iexact=namespace, name__iexact=name)
    return _with_role(Repository.objects.filter(pk=former.values("repository")[:1]), asker)


def _with_role(found: QuerySet[Repository], asker: int) -> QuerySet[Repository]:
    """The repositories with what the asker is to them, and without what only searches read.

    The rules for their scanned files come along, so that `answers_in` needs no query of its own.
    """
    found = found.select_related("namespace").defer(*LARGE_COLUMNS - {"card"})
    return found.annotate(
        asker_role=member_role(asker, OuterRef("namespace_id")),
        asker_status=asked_status(asker, OuterRef("pk")),
        scan_rules=ArraySubquery(_rules(Q(organisation=OuterRef("namespace_id")))),
    )


def _rules(own: Q) -> QuerySet:
    """The rows of ScanPolicy of the hub and of an organisation, each as one value."""
    rows = ScanPolicy.objects.filter(Q(organisation=None) | own if own else Q(organisation=None))
    row = JSONObject(organisation="organisation_id", kind="kind", **{state: F(state) for state in STATES})
    return rows.values_list(row, flat=True)


def answers_in(repository: Repository) -> dict[str, Answer]:
    """What a repository's files of each state of a scan are met with; a query unless it came along."""
    if "scan_rules" not in repository.__dict__:
        repository.scan_rules = list(_rules(Q(organisation=repository.namespace_id)))
    return answers(map(Rule.of, repository.scan_rules), repository.kind)


def answers_of_hub() -> dict[str, Answer]:
    """What the hub itself does with files of each state, the mildest of what it does in any kind."""
    rules = [Rule.of(row) for row in _rules(Q())]
    known = [answers(rules, kind) for kind in Repository.Kind.values]
    return {state: min((said[state] for said in known), key=STRICTNESS.__getitem__) for state in STATES}


def said_by(organisation: Namespace) -> ScanPolicy | None:
    """What an organisation says of scanned files in every kind of repository, if it does."""
    return ScanPolicy.objects.filter(organisation=organisation, kind="").first()


def all_policies() -> list[ScanPolicy]:
    """Everything that is said of scanned files: the hub's own rows, then those of organisations by name."""
    rows = ScanPolicy.objects.select_related("organisation")
    return list(rows.order_by(F("organisation__name").asc(nulls_first=True), "kind"))


def _noted(repository: Repository | None, asker: User | None) -> Repository | None:
    if repository is not None and asker is not None:
        note_role(asker, repository.namespace, repository.asker_role)
        note_status(asker.pk, repository, repository.asker_status)
    return repository


SAMPLES = {"kind": "a kind", "namespace": "a namespace", "name": "a name", "asker": -1}
ADDRESSED = Statement(_addressed, **SAMPLES)
FORMERLY = Statement(_formerly, **SAMPLES)
PULLED = Statement(lambda **values: _addressed(**values).only(*PULL_COLUMNS), **SAMPLES)


def repository_beside(
    sql: str, others: Mapping[str, Any], *, kind: str, namespace: str, name: str, asker: User | None
) -> tuple[Repository | None, tuple[Any, ...]]:
    """`repository_by_address` and the first row of another query, asked as one, for the sake of pulls.

    The repository has the columns that permissions, addresses and refusals are made of.
    """
    repository, other = PULLED.first_beside(
        sql, others, kind=kind, namespace=namespace, name=name, asker=asker.pk if asker else 0
    )
    return _noted(repository, asker), other


def repository_by_id(repository_id: int) -> Repository | None:
    """The repository of that id, for tasks."""
    return Repository.objects.select_related("namespace__user").filter(pk=repository_id).first()


def visible_to(actor: Actor) -> QuerySet[Repository]:
    """Public repositories, and the private ones of namespaces where the actor is a member.

    With a fine-grained token, private ones only where the token is granted something.
    """
    seen = Q(visibility=Repository.Visibility.PUBLIC, taken_down_at=None)
    if actor.user is not None:
        seen |= Q(namespace__in=namespaces_seen(actor.user)) & _granted(actor.scope)
    return Repository.objects.filter(seen).select_related("namespace__user")


def pulled_by(actor: Actor) -> QuerySet[Repository]:
    """Repositories whose files the actor may have: public ones without a gate, others among their people.

    Of public ones with a gate, also those that let the actor in. With a fine-grained token, those others only
    where the token is granted something, or may pass gates. None that is withheld.
    """
    public = Q(visibility=Repository.Visibility.PUBLIC)
    had = public & Q(gated=Repository.Gate.OPEN)
    if actor.user is not None:
        # Each by its own index: this is asked for single files, and not only for lists.
        own = Namespace.objects.filter(user=actor.user).values("pk")
        joined = Membership.objects.filter(user=actor.user).values("organisation")
        people = Q(namespace__in=own) | Q(namespace__in=joined)
        had |= people & _granted(actor.scope)
        had |= public & (people | Q(pk__in=let_in(actor.user.pk))) & _granted_at_gates(actor.scope)
    return Repository.objects.filter(had, taken_down_at=None)


def namespaces_seen(user: User) -> QuerySet[Namespace]:
    """The user's own namespace, and those of the organisations where they are a member."""
    return Namespace.objects.filter(Q(user=user) | Q(memberships__user=user))


def _granted(scope: Scope | None) -> Q:
    if scope is None:
        return Q()
    return Q(namespace_id__in=scope.namespace_ids) | Q(pk__in=scope.repository_ids)


def _granted_at_gates(scope: Scope | None) -> Q:
    return Q() if scope is not None and Everywhere.GATED in scope.everywhere else _granted(scope)


def repositories_of(actor: Actor, namespace: Namespace, *, limit: int = 200) -> list[Repository]:
    """What the actor may see of a namespace's repositories, last changed first."""
    found = visible_to(actor).filter(namespace=namespace).order_by("-updated_at", "-id")
    return list(found.defer(*LARGE_COLUMNS)[:limit])
