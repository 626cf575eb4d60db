"""Every question about who may act."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from accounts import names, tokens
from accounts.actors import ANONYMOUS, Actor
from accounts.grants import Grant, Scope
from accounts.logins.models import RefreshToken
from accounts.models import AccessToken, Membership, Namespace, TokenGrant, User
from accounts.roles import Role, TokenRole, roles_including
from accounts.statements import Statement

LAST_USED_STEP = timedelta(minutes=1)


def namespace_by_name(name: str) -> Namespace | None:
    """The user's or organisation's namespace of that name in any letter case; None if there is none."""
    if not names.could_be_name(name):
        return None
    return Namespace.objects.select_related("user").filter(name__iexact=name).first()


def organisation_names(ids: Iterable[int]) -> dict[int, str]:
    """The names of those namespaces that are organisations, by id; one query."""
    found = Namespace.objects.filter(pk__in=list(ids), kind=Namespace.Kind.ORGANISATION)
    return dict(found.values_list("pk", "name"))


def user_by_name(username: str) -> User | None:
    """The user of that name in any letter case; None if there is none."""
    namespace = namespace_by_name(username)
    return namespace.user if namespace else None


def people_among(usernames: Iterable[str]) -> set[str]:
    """Those of the names that are people's, spelled as they are; one query, none for no names."""
    wanted = {name for name in usernames if name}
    return (
        set(User.objects.filter(username__in=wanted).values_list("username", flat=True)) if wanted else set()
    )


def role_in(user: User | None, namespace: Namespace) -> str | None:
    """What the user may do in the namespace: "admin" in their own, a member's role, or None."""
    if user is None:
        return None
    if namespace.user_id is not None:
        return Role.ADMIN if namespace.user_id == user.pk else None
    noted = namespace.__dict__.get("_noted_role", {})
    return noted[user.pk] if user.pk in noted else _member_roles(user.pk, namespace.pk).first()


def member_role(user: int, namespace_id: OuterRef) -> Subquery:
    """The user's role as a member, for a query about something in the organisation `namespace_id`."""
    return Subquery(_member_roles(user, namespace_id)[:1])


def note_role(user: User, namespace: Namespace, role: str | None) -> None:
    """Spare `role_in` its query: `role` is the user's `member_role` in this namespace, read just now."""
    namespace.__dict__["_noted_role"] = {user.pk: role}


def _member_roles(user: int, namespace_id: int | OuterRef) -> QuerySet:
    return Membership.objects.filter(organisation=namespace_id, user=user).values_list("role", flat=True)


def memberships_of(user: User) -> QuerySet[Membership]:
    """The user's memberships with their organisations, by the organisation's name."""
    return Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name")


def members_of(organisation: Namespace) -> QuerySet[Membership]:
    """The organisation's memberships with their users, by username."""
    return (
        Membership.objects.filter(organisation=organisation)
        .select_related("user__namespace")
        .order_by("user__username")
    )


def namespaces_for(user: User, role: str) -> QuerySet[Namespace]:
    """The user's own namespace first, then by name the organisations where the user has at least `role`."""
    return Namespace.objects.filter(
        Q(user=user) | Q(memberships__user=user, memberships__role__in=roles_including(role))
    ).order_by("-kind", "name")


def people_with_role(namespace_ids: Iterable[int], role: str) -> dict[int, list[User]]:
    """For each namespace its user, or its members with at least `role`; nobody suspended. Two queries."""
    people: dict[int, list[User]] = {namespace_id: [] for namespace_id in namespace_ids}
    own = User.objects.filter(namespace__in=people, suspended_at=None).select_related("namespace")
    for user in own:
        people[user.namespace.pk].append(user)
    members = Membership.objects.filter(
        organisation__in=people, role__in=roles_including(role), user__suspended_at=None
    )
    for membership in members.select_related("user").order_by("user__username"):
        people[membership.organisation_id].append(membership.user)
    return people


def tokens_of(user: User) -> QuerySet[AccessToken]:
    """The user's tokens that were not revoked, newest first, each with its grants as `granted`."""
    found = AccessToken.objects.filter(user=user, revoked_at=None)
    return found.annotate(granted=_grants()).order_by("-created_at", "-pk")


def token_of(user: User, token_id: int) -> AccessToken | None:
    """One of the user's own tokens that were not revoked; None for somebody else's."""
    return tokens_of(user).filter(pk=token_id).first()


def actor_for_token(plaintext: str) -> Actor | None:
    """The actor a token speaks for; None when it is unknown, revoked or past its end, or its user suspended.

    One query; once a minute a second one notes when the token was last used.
    """
    now = timezone.now()
    token = TOKEN.first(digest=tokens.digest(plaintext), now=now)
    if token is None:
        return None
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_STEP:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return Actor(token.user, token, scope_of(token))


def secrets_that_work(digests: Collection[str]) -> set[str]:
    """Those of the digests that are of access tokens and refresh tokens which still work, in one query."""
    now = timezone.now()
    working = AccessToken.objects.filter(revoked_at=None).exclude(expires_at__lte=now)
    former = working.filter(former_digest__in=digests, former_until__gt=now).values_list("former_digest")
    refresh = RefreshToken.objects.filter(digest__in=digests, used_at=None, expires_at__gt=now)
    found = working.filter(digest__in=digests).values_list("digest")
    return {
        row[0] for row in found.union(former, refresh.filter(token__revoked_at=None).values_list("digest"))
    }


def actor_still(*, user_id: int | None, token_id: int | None) -> Actor | None:
    """The actor who was known by these ids, as they are now; None when the token or user may no longer act.

    One query, and none for ANONYMOUS, who has neither id.
    """
    if user_id is None:
        return ANONYMOUS
    if token_id is None:
        user = User.objects.select_related("namespace").filter(pk=user_id, suspended_at=None).first()
        return Actor(user, None) if user else None
    token = _working(Q(pk=token_id, user=user_id), timezone.now()).first()
    return Actor(token.user, token, scope_of(token)) if token else None


def scope_of(token: AccessToken) -> Scope | None:
    """What a token read by this module is granted; None when it is not fine-grained."""
    if token.role != TokenRole.FINE_GRAINED:
        return None
    return Scope(frozenset(Grant(**grant) for grant in token.granted), frozenset(token.everywhere))


def _grants() -> ArraySubquery:
    """A token's grants as a column of its row, so that they cost no query of their own."""
    grants = TokenGrant.objects.filter(token=OuterRef("pk"))
    columns = {name: F(name) for name in ("permission", "namespace_id", "repository_id")}
    return ArraySubquery(grants.values(grant=JSONObject(**columns)))


def _working_token(digest: str, now: datetime) -> QuerySet[AccessToken]:
    return _working(Q(digest=digest) | Q(former_digest=digest, former_until__gt=now), now)


def _working(which: Q, now: datetime) -> QuerySet[AccessToken]:
    return (
        AccessToken.objects.select_related("user__namespace")
        .filter(which)
        .filter(revoked_at=None, user__suspended_at=None)
        .exclude(expires_at__lte=now)
        .annotate(granted=_grants())
    )


TOKEN = Statement(_working_token, digest="a digest", now=datetime.min.replace(tzinfo=UTC))
