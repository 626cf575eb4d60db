"""Everything that the hub keeps about a user, for that user to take along."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import F, Q, QuerySet

from accounts.actors import Actor
from accounts.invitations.selectors import invitations_for
from accounts.models import AuditEvent, User
from accounts.selectors import memberships_of, tokens_of
from accounts.sessions.selectors import sessions_of
from contributions.attachments.models import Attachment
from contributions.discussions.models import DiscussionEvent
from contributions.moderation.models import Appeal, AppealFile, Flag, Message
from contributions.notifications.models import Preference, Watch
from hub.collections.models import Collection
from hub.follows.models import Follow
from hub.likes.models import Like
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.repos.selectors import visible_to
from hub.webhooks.models import Webhook

Row = dict[str, Any]
# Rows that are read from the database at a time.
CHUNK = 1000


def profile_of(user: User) -> Row:
    """Who the user is."""
    namespace = user.namespace
    return {
        "username": user.username,
        "email": user.email,
        "language": user.language or None,
        "full_name": namespace.full_name,
        "description": namespace.description,
        "homepage": namespace.homepage,
        "picture": namespace.picture_path if namespace.picture else None,
        "joined": user.date_joined,
        "last_login": user.last_login,
        "desk_role": user.desk_role or None,
        "two_factor": sorted(set(Authenticator.objects.filter(user=user).values_list("type", flat=True))),
    }


def everything_about(user: User) -> Iterator[tuple[str, Iterable[Row]]]:
    """Each list about the user with its name; its rows are read as they are taken. No secret is in them."""
    for name, rows in LISTS.items():
        yield name, rows(user)


def _emails(user: User) -> Iterable[Row]:
    return _rows(EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary"))


def _sign_on(user: User) -> Iterable[Row]:
    return _rows(
        SocialAccount.objects.filter(user=user).order_by("pk").values("provider", "uid", "date_joined")
    )


def _sessions(user: User) -> Iterable[Row]:
    return (
        {"address": one.ip, "browser": one.user_agent, "logged_in": one.created_at}
        for one in sessions_of(user)
    )


def _tokens(user: User) -> Iterable[Row]:
    names = ("name", "hint", "role", "everywhere", "created_at", "expires_at", "last_used_at")
    return _rows(tokens_of(user).values(*names, "granted"))


def _memberships(user: User) -> Iterable[Row]:
    return _rows(memberships_of(user).values("role", "created_at", name=F("organisation__name")))


def _invitations(user: User) -> Iterable[Row]:
    return _rows(
        invitations_for(user).values("role", "created_at", "expires_at", name=F("organisation__name"))
    )


def _repositories(user: User) -> Iterable[Row]:
    own = Repository.objects.filter(namespace__user=user).order_by("pk")
    return _rows(own.values("kind", "name", "visibility", "gated", "created_at", "updated_at"))


def _likes(user: User) -> Iterable[Row]:
    likes = Like.objects.filter(user=user).order_by("pk")
    return _rows(
        likes.values(
            "created_at",
            kind=F("repository__kind"),
            owner=F("repository__namespace__name"),
            name=F("repository__name"),
        )
    )


def _follows(user: User) -> Iterable[Row]:
    return _rows(Follow.objects.filter(user=user).order_by("pk").values(name=F("namespace__name")))


def _collections(user: User) -> Iterable[Row]:
    own = Collection.objects.filter(namespace__user=user).order_by("pk")
    return _rows(own.values("title", "description", "private"))


def _access_requests(user: User) -> Iterable[Row]:
    asked = AccessRequest.objects.filter(user=user).order_by("pk")
    told = ("status", "reason", "answers", "terms", "by_hand", "asked_at", "decided_at")
    return _rows(
        asked.values(
            *told,
            kind=F("repository__kind"),
            owner=F("repository__namespace__name"),
            name=F("repository__name"),
        )
    )


def _webhooks(user: User) -> Iterable[Row]:
    own = Webhook.objects.filter(user=user).order_by("pk")
    return _rows(own.values("url", "domains", "created_at", "disabled_at"))


def _watches(user: User) -> Iterable[Row]:
    seen = visible_to(Actor(user, None)).values("pk")
    there = Q(repository=None) | Q(repository__in=seen)
    threads = Q(discussion=None) | Q(discussion__repository__in=seen)
    watched = Watch.objects.filter(there, threads, user=user).order_by("pk")
    return _rows(
        watched.values(
            "level",
            everything_of=F("namespace__name"),
            kind=F("repository__kind"),
            owner=F("repository__namespace__name"),
            name=F("repository__name"),
            thread=F("discussion__title"),
        )
    )


def _said(user: User) -> Iterable[Row]:
    """What they wrote, also where they may not read any more; of that place nothing but its number."""
    said = DiscussionEvent.objects.filter(author=user).exclude(text="").order_by("pk")
    return _rows(said.values("kind", "text", "created_at", "edited_at", thread=F("discussion")))


def _attachments(user: User) -> Iterable[Row]:
    """What they uploaded for comments; the bytes are at its address."""
    for one in Attachment.objects.filter(uploader=user).order_by("created_at").iterator(chunk_size=CHUNK):
        yield {
            "address": one.url_path,
            "type": one.content_type,
            "size": one.size,
            "created_at": one.created_at,
        }


def _reports(user: User) -> Iterable[Row]:
    flags = Flag.objects.filter(reporter=user).order_by("pk")
    told = ("text", "path", "evidence", "contact", "created_at", "added_at")
    return _rows(flags.values(*told, about=F("case__subject_name"), cause=F("case__cause")))


def _appeals(user: User) -> Iterable[Row]:
    appeals = Appeal.objects.filter(author=user).order_by("pk")
    told = ("kind", "text", "state", "reason", "created_at", "decided_at")
    return _rows(appeals.values(*told, case=F("decision__case"), about=F("decision__case__subject_name")))


def _appeal_files(user: User) -> Iterable[Row]:
    """What they added to appeals; the bytes are at its address."""
    files = AppealFile.objects.filter(appeal__author=user).order_by("created_at", "pk")
    for row in _rows(files.values("id", "name", "size", "created_at", case=F("appeal__decision__case"))):
        yield row | {"address": f"/moderation/{row['case']}/files/{row['id']}"}


def _to_the_desk(user: User) -> Iterable[Row]:
    """What they wrote to the moderators about their own cases."""
    messages = Message.objects.filter(author=user, from_desk=False).order_by("pk")
    return _rows(messages.values("text", "created_at", "case", about=F("case__subject_name")))


def _told_how(user: User) -> Iterable[Row]:
    return _rows(Preference.objects.filter(user=user).order_by("pk").values("kind", "web", "mail"))


def _events(user: User) -> Iterable[Row]:
    mine = AuditEvent.objects.filter(Q(actor=user) | Q(subject=f"user:{user.pk}")).order_by("pk")
    return _rows(mine.values("event", "subject", "data", "created_at"))


def _rows(found: QuerySet) -> Iterable[Row]:
    return found.iterator(chunk_size=CHUNK)


LISTS: dict[str, Callable[[User], Iterable[Row]]] = {
    "emails": _emails,
    "sign_on": _sign_on,
    "sessions": _sessions,
    "tokens": _tokens,
    "memberships": _memberships,
    "invitations": _invitations,
    "repositories": _repositories,
    "likes": _likes,
    "follows": _follows,
    "collections": _collections,
    "access_requests": _access_requests,
    "webhooks": _webhooks,
    "watches": _watches,
    "said": _said,
    "attachments": _attachments,
    "reports": _reports,
    "appeals": _appeals,
    "appeal_files": _appeal_files,
    "to_the_desk": _to_the_desk,
    "told_how": _told_how,
    "events": _events,
}
