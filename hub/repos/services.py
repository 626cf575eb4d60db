"""Writes to the catalogue."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext
from psycopg.errors import DeadlockDetected

from accounts import audit
from accounts.errors import NameForbidden, NameInvalid
from accounts.forbidden import require_allowed
from accounts.models import Namespace, User
from accounts.names import check_name
from accounts.services import forget_repository
from hub.errors import InvalidInput, RepoNotFound, RepositoryExists, RepoWithheld
from hub.events import Event
from hub.repos.cards import Card, first_paragraph
from hub.repos.models import FormerAddress, Repository
from hub.repos.words import joined, name_words, words_of

# How much of a card is searched, and how much its distinct words may be, in characters.
CARD_SEARCHED = 200_000
WORDS_LIMIT = 100_000
NAME_WORDS_LIMIT = 400
TAGS_LIMIT = 100
LICENCE_TAG = "license:"
DELETE_ATTEMPTS = 5
# What `list_datasets` of huggingface_hub filters by, in the spelling of cards.
DATASET_FACTS = (
    *("task_categories", "task_ids", "size_categories"),
    *("multilinguality", "language_creators", "annotations_creators", "source_datasets"),
)


def add_repository(
    *, namespace: Namespace, name: str, kind: str, visibility: str, actor_user: User
) -> Repository:
    """Add an empty repository's row; RepositoryExists when the name is taken in any letter case.

    InvalidInput for a bad name, and for one that nobody gets.

    `hub.revisions.services.create_repository` is what doors call: it adds the first commit as well.
    """
    if kind not in Repository.Kind.values:
        raise InvalidInput(f"The kind must be one of {', '.join(Repository.Kind.values)}.", "type")
    _check_visibility(visibility)
    _check_name(name)
    repository = Repository(
        namespace=namespace,
        name=name,
        kind=kind,
        visibility=visibility,
        created_by=actor_user,
        name_words=_name_words(namespace, name),
    )
    try:
        with transaction.atomic():
            repository.save(force_insert=True)
            _check_allowed(repository)
            # Whoever creates a repository at an address that others have left takes it over.
            FormerAddress.objects.filter(
                kind=kind, namespace__iexact=namespace.name, name__iexact=name
            ).delete()
            audit.record(
                Event.REPOSITORY_CREATED,
                actor=actor_user,
                subject=repository.subject,
                name=repository.full_name,
                kind=kind,
                visibility=visibility,
            )
    except IntegrityError as problem:
        taken = Repository.objects.filter(namespace=namespace, kind=kind, name__iexact=name).first()
        if taken is None:
            raise
        raise RepositoryExists(
            # The client knows by these words that the repository is there.
            f"You already created this {kind} repo: {taken.full_name}",
            full_name=taken.full_name,
            url_path=taken.url_path,
        ) from problem
    return repository


@transaction.atomic
def change_address(
    *, repository: Repository, namespace: Namespace, name: str, actor_user: User
) -> Repository:
    """Give a repository's row another address; the old one leads there until somebody takes it.

    `hub.revisions.moving.move_repository` is what doors call: what is withheld moves along. The row is
    locked, so of two moves at once one follows the other. RepositoryExists when the new address is taken,
    InvalidInput for a bad name and for one that nobody gets, RepoNotFound when it was deleted meanwhile.
    Another letter case of its own address is no move.
    """
    # The owner is read once the row is locked: a join would be with the one of before.
    moved = Repository.objects.select_for_update().filter(pk=repository.pk).first()
    if moved is None:
        raise RepoNotFound("Repository not found")
    former = moved.full_name
    before = {"kind": moved.kind, "namespace": moved.namespace.name, "name": moved.name}
    _check_name(name)
    moved.namespace, moved.name, moved.name_words = namespace, name, _name_words(namespace, name)
    try:
        with transaction.atomic():
            moved.save(update_fields=["namespace", "name", "name_words"])
            if former.lower() != moved.full_name.lower():
                _check_allowed(moved)
    except IntegrityError as problem:
        raise RepositoryExists(
            f"A {moved.kind} repository called {moved.full_name} already exists",
            full_name=moved.full_name,
            url_path=moved.url_path,
        ) from problem
    FormerAddress.objects.filter(
        kind=moved.kind, namespace__iexact=namespace.name, name__iexact=name
    ).delete()
    if former.lower() != moved.full_name.lower():
        FormerAddress.objects.create(**before, repository=moved)
    audit.record(
        Event.REPOSITORY_MOVED,
        actor=actor_user,
        subject=moved.subject,
        former=former,
        name=moved.full_name,
    )
    return moved


@transaction.atomic
def delete_repository(*, repository: Repository, actor_user: User) -> None:
    """Delete a repository with its refs; its objects stay until the garbage collection."""
    audit.record(
        Event.REPOSITORY_DELETED,
        actor=actor_user,
        subject=repository.subject,
        name=repository.full_name,
        kind=repository.kind,
        namespace=repository.namespace_id,
        public=not repository.private and repository.taken_down_at is None,
    )
    forget_repository(repository.pk)
    _delete_with_all_of_it(repository.pk)


def _delete_with_all_of_it(pk: int) -> None:
    """Delete the row and those that hang on it, and again when somebody else was at them meanwhile.

    A pull may be counted after the counts were deleted; and whoever holds the repository's row may wait for
    one that is deleted already, which PostgreSQL ends. Once the repository's own row is deleted, whoever adds
    something to it waits for the end of this transaction, and fails.
    """
    for last in (*[False] * (DELETE_ATTEMPTS - 1), True):
        try:
            with transaction.atomic():
                Repository.objects.filter(pk=pk).delete()
                connection.check_constraints()
            return
        except (IntegrityError, OperationalError) as problem:
            waited_in_a_circle = isinstance(problem.__cause__, DeadlockDetected)
            if last or not (isinstance(problem, IntegrityError) or waited_in_a_circle):
                raise


@transaction.atomic
def change_settings(
    *, repository: Repository, actor_user: User, visibility: str | None = None, gated: str | None = None
) -> None:
    """Make a repository public or private, put a gate before its files or take it away; None leaves as it is.

    `gated` is one of Repository.Gate.
    """
    if visibility is not None:
        _check_visibility(visibility)
    wanted = {"visibility": visibility, "gated": gated}
    changes = {field: value for field, value in wanted.items() if value is not None}
    for field, value in changes.items():
        setattr(repository, field, value)
    repository.save(update_fields=list(changes))
    audit.record(Event.REPOSITORY_CHANGED, actor=actor_user, subject=repository.subject, **changes)


@transaction.atomic
def take_down(*, repository: Repository, actor_user: User | None) -> bool:
    """Withhold a repository from everybody but its writers and the moderators; False when it already was.

    `taken_down_at` is what every read looks at, for whatever reason; `taken_down_alone` says that it is for
    itself, so that it is served again when neither reason is left (hub.repos.withholding). The namespace's
    row is locked: both are changed one after the other. One that was deleted meanwhile stays gone.
    """
    if _locked_namespace(repository) is None:
        return False
    served = Repository.objects.filter(pk=repository.pk, taken_down_alone=False)
    changed = served.update(taken_down_alone=True, taken_down_at=Coalesce("taken_down_at", Now()))
    if changed:
        audit.record(Event.REPOSITORY_TAKEN_DOWN, actor=actor_user, subject=repository.subject)
    return bool(changed)


@transaction.atomic
def restore(*, repository: Repository, actor_user: User | None) -> bool:
    """Serve a withheld repository again, once its namespace is served; False when it was not withheld."""
    namespace = _locked_namespace(repository)
    if namespace is None:
        return False
    taken_down = Repository.objects.filter(pk=repository.pk, taken_down_alone=True)
    changed = taken_down.update(taken_down_alone=False, taken_down_at=namespace.withheld_at)
    if changed:
        audit.record(Event.REPOSITORY_RESTORED, actor=actor_user, subject=repository.subject)
    return bool(changed)


def _locked_namespace(repository: Repository) -> Namespace | None:
    """The namespace as it is now; None when it went, and the repository with it."""
    rows = Namespace.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=repository.namespace_id).first()


def apply_head(*, repository: Repository, head: str, card: Card | None) -> None:
    """Note the default branch's new commit, and what its card says if the card changed."""
    repository.head = head
    repository.updated_at = timezone.now()
    fields = ["head", "updated_at"]
    if card is not None:
        fields += _apply_card(repository, card)
    repository.save(update_fields=fields)


def apply_card(*, repository: Repository, card: Card) -> None:
    """Note what the card says now, although no commit changed it."""
    repository.save(update_fields=_apply_card(repository, card))


def _apply_card(repository: Repository, card: Card) -> list[str]:
    repository.card = card.data
    repository.licence = (card.license or "")[:100]
    repository.pipeline_tag = (card.pipeline_tag or "")[:100]
    repository.library = (card.library_name or "")[:100]
    repository.tags = tags_of(card, repository.kind)
    repository.description = first_paragraph(card.body)
    repository.tag_words = joined(words_of(" ".join(repository.tags)), WORDS_LIMIT)
    repository.card_words = joined(words_of(f"{card.title or ''} {card.body[:CARD_SEARCHED]}"), WORDS_LIMIT)
    return ["card", "licence", "pipeline_tag", "library", "tags", "description", "tag_words", "card_words"]


def _name_words(namespace: Namespace, name: str) -> str:
    return joined(name_words(namespace.name, name), NAME_WORDS_LIMIT)


def _check_visibility(visibility: str) -> None:
    if visibility not in Repository.Visibility.values:
        raise InvalidInput(
            f"The visibility must be one of {', '.join(Repository.Visibility.values)}.", "visibility"
        )


def _check_name(name: str) -> None:
    try:
        check_name(name, reserved=False)
    except NameInvalid as problem:
        raise InvalidInput(str(problem), "name") from problem


def _check_allowed(repository: Repository) -> None:
    """Refuse an address that nobody gets, once it is known that nobody has it: who has it is told so.

    The row refers to its namespace already, which therefore is not withheld or served meanwhile.
    """
    if Namespace.objects.filter(pk=repository.namespace_id).exclude(withheld_at=None).exists():
        raise withheld(repository.namespace)
    try:
        require_allowed(repository.full_name)
    except NameForbidden as problem:
        raise InvalidInput(str(problem), "name") from problem


def withheld(namespace: Namespace) -> RepoWithheld:
    """What is said to whoever would bring something into a namespace that is withheld."""
    words = gettext("%s is withheld by a moderator's decision and cannot be changed.")
    return RepoWithheld(words % namespace.name)


def tags_of(card: Card, kind: str) -> list[str]:
    """What a repository can be filtered by: the card's tags, and its other facts in the form of tags."""
    facts = [card.library_name, card.pipeline_tag, *card.tags]
    if kind == Repository.Kind.DATASET:
        facts += [f"language:{language}" for language in card.language]
        facts += [f"{key}:{text}" for key in DATASET_FACTS for text in _texts(card.data.get(key))]
    else:
        facts += card.language
        facts += [f"dataset:{dataset}" for dataset in _texts(card.data.get("datasets"))]
    facts += [f"{LICENCE_TAG}{card.license.lower()}"] if card.license else []
    facts += [f"base_model:{base}" for base in card.base_model]
    return list(dict.fromkeys(fact.replace("\0", "")[:200] for fact in facts if fact))[:TAGS_LIMIT]


def file_under(repository: Repository, licences: Sequence[str]) -> list[str]:
    """Have a row found by ids of licences instead of how its card spells them; the fields that it changes.

    A row without a licence among its tags, such as one whose card is withheld, is left alone.
    """
    tags = repository.tags
    first = next((place for place, tag in enumerate(tags) if tag.startswith(LICENCE_TAG)), None)
    if first is None or not licences:
        return []
    others = [tag for tag in tags if not tag.startswith(LICENCE_TAG)]
    wanted = [*others[:first], *(f"{LICENCE_TAG}{key}" for key in licences), *others[first:]][:TAGS_LIMIT]
    licence = licences[0] if len(licences) == 1 else repository.licence
    if (tags, repository.licence) == (wanted, licence):
        return []
    repository.tags, repository.licence = wanted, licence
    repository.tag_words = joined(words_of(" ".join(wanted)), WORDS_LIMIT)
    return ["tags", "licence", "tag_words"]


def _texts(value: Any) -> list[str]:
    """The texts in a card's list, or its only text; anything else is no fact."""
    return [
        item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str) and item
    ]
