"""Every route × every kind of caller × public, private, gated, withheld and missing, compared with the table.

The routes come from Django's resolver, and what each caller may do from hub/access/policy.py, so this file
says only one thing of a route: what it asks for. **To add a route, add one row**:

- about one repository → ROUTES: its methods, each with the action it opens the repository for. `Ask` has
  what else it needs: the parts of the address (ADDRESS has the usual ones), a body, a login.
- a list in which repositories may appear → LISTS: addresses at which the-lab's repositories would be shown.
- anything else → ELSEWHERE, with the file that tests who may do it.

A body should be of no use to the route: those who may get a 400. What is changed nevertheless is rolled back
after each request.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.grants import Grant
from accounts.models import User
from accounts.roles import Everywhere, Role, TokenRole
from accounts.selectors import namespace_by_name
from accounts.suspensions import suspend_uploads
from hub.access.policy import (
    BRINGING,
    EVERYWHERE,
    GRANTED,
    READ_TOKEN,
    UNGRANTED,
    Action,
    Standing,
    allowed,
)
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.repos.services import change_settings, take_down
from hub.repos.withholding import ask_for_changes
from hub.revisions.moving import move_repository
from tests.browsing import RawPathClient
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_token, make_user
from tests.factories.activity import note_acts
from tests.factories.discussions import make_discussion
from tests.factories.repositories import add_large, make_repository

API = "api/<kind:kind>/<segment:namespace>/<segment:name>"
PAGE = "<prefix:kind><segment:namespace>/<segment:name>"
THREAD = f"{API}/discussions/<segment:number>"
LFS = f"{PAGE}.git/info/lfs/objects"
ORGANISATION = "the-lab"
MISSING = "thing-missing"
# What stands in an address for each of its parts; `Ask.parts` has others.
ADDRESS = {
    "api kind": "models",
    "page kind": "",
    "namespace": ORGANISATION,
    "revision": "main",
    "path": "folder/file.txt",
    "branch": "new",
    "tag": "v1",
    "oid": "0" * 40,
    "revisions": "main...main",
    "status": "pending",
    "request_id": "0",
    "number": "1",
    "event_id": "1",
    "comment": "1",
    "upload_id": "00000000-0000-0000-0000-000000000000",
}


@dataclass(frozen=True)
class Ask:
    """What a route opens a repository for, and what a request to it needs."""

    action: Action
    parts: dict[str, str] = field(default_factory=dict)
    body: Callable[[str], Any] = lambda name: {}
    login: bool = False
    # What is asked for beside it, once the repository is opened.
    also: Action | None = None
    # What does as well.
    instead: Action | None = None

    def allowed(self, may: frozenset[Action]) -> bool:
        """Whether this is enough."""
        enough = self.action in may or self.instead in may
        return enough and (self.also is None or self.also in may)


def named(name: str) -> dict[str, str]:
    """A body that names the repository in two fields."""
    return {"name": name, "organization": ORGANISATION}


def moving(name: str) -> dict[str, str]:
    """A body that moves the repository to a name that is none."""
    return {"fromRepo": f"{ORGANISATION}/{name}", "toRepo": f"{ORGANISATION}/-"}


READ, PULL, LIKE, CONTRIBUTE, BRING, WRITE, ADMIN = (
    Ask(action)
    for action in (
        *(Action.READ, Action.PULL, Action.LIKE, Action.CONTRIBUTE),
        *(Action.BRING, Action.WRITE, Action.ADMIN),
    )
)
# Who may do what with a thread that is there: tests/contributions/test_discussions.py.
IN_THREAD = Ask(Action.CONTRIBUTE, {"number": "9"})
# Moderators hide and lock in what is taken down, too.
DECIDED = Ask(Action.CONTRIBUTE, {"number": "9"}, instead=Action.MODERATE)
# Whoever may not write proposes what they edit, but sees it only where they have the files.
EDIT = Ask(Action.BRING, also=Action.PULL)
FOLDER = Ask(Action.READ, {"path": "folder"})

ROUTES: dict[str, dict[str, Ask]] = {
    # What is moved is brought to another place, where somebody has to be allowed to create it.
    "api/repos/move": {"POST": Ask(Action.ADMIN, body=moving, also=Action.WRITE)},
    "api/repos/delete": {"DELETE": Ask(Action.ADMIN, body=named)},
    API: {"GET": READ},
    f"{API}/revision/<segment:revision>": {"GET": READ},
    f"{API}/auth-check": {"GET": PULL},
    f"{API}/auth-check/write": {"GET": WRITE},
    f"{API}/settings": {"PUT": ADMIN},
    f"{API}/tree/<segment:revision>": {"GET": READ},
    f"{API}/tree/<segment:revision>/<filepath:path>": {"GET": FOLDER},
    f"{API}/paths-info/<segment:revision>": {"POST": READ},
    f"{API}/commits/<segment:revision>": {"GET": READ},
    f"{API}/super-squash/<segment:branch>": {"POST": WRITE},
    f"{API}/lfs-files": {"GET": WRITE},
    f"{API}/lfs-files/batch": {"POST": ADMIN},
    f"{API}/lfs-files/duplicate": {"POST": PULL},
    f"{API}/duplicate": {"POST": PULL},
    f"{API}/safetensors-metadata/<filepath:path>": {"GET": PULL},
    f"{API}/refs": {"GET": READ},
    f"{API}/licence": {"GET": READ},
    f"{API}/licence/<segment:revision>": {"GET": READ},
    f"{API}/downloads": {"GET": READ},
    f"{API}/like": {"POST": LIKE, "DELETE": LIKE},
    f"{API}/likers": {"GET": READ},
    f"{API}/user-access-request/<segment:status>": {"GET": ADMIN},
    f"{API}/user-access-request/handle": {"POST": ADMIN},
    f"{API}/user-access-request/grant": {"POST": ADMIN},
    f"{API}/branch/<segment:branch>": {"POST": WRITE, "DELETE": WRITE},
    f"{API}/tag/<segment:revision>": {"POST": WRITE, "DELETE": WRITE},
    f"{API}/preupload/<segment:revision>": {"POST": WRITE},
    f"{API}/commit/<segment:revision>": {"POST": WRITE},
    f"{API}/xet-read-token/<segment:revision>": {"GET": PULL},
    f"{API}/xet-write-token/<segment:revision>": {"GET": WRITE},
    # What comes here may be meant for a pull request; the commit says what for.
    f"{LFS}/batch": {"POST": BRING},
    f"{LFS}/verify": {"POST": BRING},
    f"{API}/discussions": {"GET": READ, "POST": CONTRIBUTE},
    THREAD: {"GET": READ},
    f"{THREAD}/comment": {"POST": IN_THREAD},
    f"{THREAD}/comment/<segment:comment>/edit": {"POST": IN_THREAD},
    f"{THREAD}/comment/<segment:comment>/hide": {"POST": DECIDED},
    f"{THREAD}/title": {"POST": IN_THREAD},
    f"{THREAD}/status": {"POST": IN_THREAD},
    f"{THREAD}/merge": {"POST": Ask(Action.WRITE, {"number": "9"})},
    f"{PAGE}/resolve/<segment:revision>/<filepath:path>": {"GET": PULL, "HEAD": PULL},
    PAGE: {"GET": READ},
    f"{PAGE}/tree/<segment:revision>": {"GET": READ},
    f"{PAGE}/tree/<segment:revision>/<filepath:path>": {"GET": FOLDER},
    f"{PAGE}/blob/<segment:revision>/<filepath:path>": {"GET": PULL},
    f"{PAGE}/commits/<segment:revision>": {"GET": READ},
    f"{PAGE}/commits/<segment:revision>/<filepath:path>": {"GET": READ},
    f"{PAGE}/commit/<segment:oid>": {"GET": READ},
    f"{PAGE}/compare": {"GET": READ},
    f"{PAGE}/compare/<segment:revisions>": {"GET": READ},
    f"{PAGE}/restore/<segment:oid>": {"GET": WRITE, "POST": WRITE},
    f"{PAGE}/new/<segment:revision>": {"GET": EDIT, "POST": EDIT},
    f"{PAGE}/edit/<segment:revision>/<filepath:path>": {"GET": EDIT, "POST": EDIT},
    f"{PAGE}/delete/<segment:revision>/<filepath:path>": {"GET": BRING, "POST": BRING},
    f"{PAGE}/move/<segment:revision>/<filepath:path>": {"GET": BRING, "POST": BRING},
    f"{PAGE}/suggest": {"GET": WRITE},
    f"{PAGE}/refs": {"GET": READ, "POST": WRITE},
    f"{PAGE}/refs/delete": {"GET": WRITE, "POST": WRITE},
    f"{PAGE}/releases": {"GET": READ},
    f"{PAGE}/releases/new": {"GET": WRITE, "POST": WRITE},
    f"{PAGE}/release/<segment:tag>": {"GET": READ},
    f"{PAGE}/release/<segment:tag>/edit": {"GET": WRITE, "POST": WRITE},
    f"{PAGE}/release/<segment:tag>/delete": {"POST": WRITE},
    f"{PAGE}/discussions": {"GET": READ},
    f"{PAGE}/discussions/new": {"GET": CONTRIBUTE, "POST": CONTRIBUTE},
    f"{PAGE}/discussions/<int:number>": {"GET": READ, "POST": DECIDED},
    f"{PAGE}/discussions/<int:number>/files": {"GET": READ, "POST": IN_THREAD},
    f"{PAGE}/discussions/<int:number>/comments/<int:event_id>/report": {"GET": READ, "POST": READ},
    f"{PAGE}/upload": {"GET": BRING, "POST": BRING},
    f"{PAGE}/upload/check": {"POST": BRING},
    f"{PAGE}/upload/begin": {"POST": BRING},
    f"{PAGE}/upload/finish": {"POST": WRITE},
    f"{PAGE}/upload/<uuid:upload_id>": {"GET": BRING},
    f"{PAGE}/upload/<uuid:upload_id>/links": {"POST": BRING},
    f"{PAGE}/upload/<uuid:upload_id>/done": {"POST": BRING},
    f"{PAGE}/upload/<uuid:upload_id>/abandon": {"POST": CONTRIBUTE},
    f"{PAGE}/checks/<segment:revision>": {"GET": READ},
    f"{PAGE}/licence": {"GET": READ},
    f"{PAGE}/licence/differences/<filepath:path>": {"GET": PULL},
    f"{PAGE}/licence/mend": {"POST": BRING},
    f"{PAGE}/licence/answer": {"POST": Ask(Action.READ, login=True)},
    f"{PAGE}/report": {"GET": READ, "POST": READ},
    f"{PAGE}/like": {"GET": READ, "POST": LIKE},
    f"{PAGE}/collect": {method: Ask(Action.READ, login=True) for method in ("GET", "POST")},
    f"{PAGE}/watch": {"GET": READ, "POST": Ask(Action.READ, login=True)},
    f"{PAGE}/activity": {"GET": READ},
    f"{PAGE}/feed.atom": {"GET": READ},
    f"{PAGE}/ask-access": {"GET": READ, "POST": Ask(Action.READ, login=True)},
    f"{PAGE}/settings": {"GET": ADMIN, "POST": ADMIN},
    f"{PAGE}/settings/access": {"GET": ADMIN},
    f"{PAGE}/settings/access/export": {"GET": ADMIN},
    f"{PAGE}/settings/access/grant": {"POST": ADMIN},
    f"{PAGE}/settings/access/several": {"POST": ADMIN},
    f"{PAGE}/settings/access/<int:request_id>": {"POST": ADMIN},
    f"{PAGE}/settings/protect": {"POST": ADMIN},
    f"{PAGE}/settings/move": {"POST": ADMIN},
    f"{PAGE}/settings/delete": {"POST": ADMIN},
}

LISTS: dict[str, tuple[str, ...]] = {
    "api/<kind:kind>": (
        "/api/models?author=the-lab",
        "/api/models?search=thing",
        "/api/models?filter=rare-tag",
        "/api/models?pipeline_tag=text-to-speech",
    ),
    "": ("/",),
    "models": ("/models?search=thing", "/models", "/models?author=the-lab&sort=created"),
    "suggest": ("/suggest?search=thing", "/suggest?search=the-lab"),
    "datasets": (),
    "<segment:namespace>": ("/the-lab",),
    "profile/<segment:namespace>/activity": ("/profile/the-lab/activity",),
}

ACCOUNTS = "tests/http/web/test_accounts.py"
COLLECTION = "api/collections/<segment:owner>/<segment:slug>"
COLLECTION_PAGES = [
    f"{COLLECTION.removeprefix('api/')}{page}" for page in ("", "/edit", "/items/<segment:item>", "/delete")
]
COLLECTIONS = "tests/http/huggingface/test_collections.py"
CAS = "cas/e<int:epoch>"
CHUNKS = "tests/http/xet/test_access.py"
CHUNK_ROUTES = (
    f"{CAS}/v1/chunks/<segment:prefix>/<segment:hash>",
    f"{CAS}/v1/xorb-grants/<segment:prefix>/<segment:hash>",
    f"{CAS}/v1/xorb-commits/<segment:prefix>/<segment:hash>/grant/<segment:grant>",
    f"{CAS}/v1/xorbs/<segment:prefix>/<segment:hash>",
    f"{CAS}/v1/shards",
    f"{CAS}/v2/shards",
    f"{CAS}/v1/reconstructions/<segment:file>",
    f"{CAS}/shards",
    f"{CAS}/reconstructions/<segment:file>",
    f"{CAS}/reconstruction/<segment:file>",
    f"{CAS}/v2/reconstructions/<segment:file>",
)
NOTIFICATIONS = "tests/http/web/test_notification_pages.py"
NOTIFICATION_ROUTES = (
    *("notifications", "notifications/<int:notification_id>", "settings/notifications"),
    *("unsubscribe/<segment:signed>", "profile/<segment:namespace>/watch", "<segment:namespace>/feed.atom"),
)
SETTINGS = "tests/http/web/test_settings_pages.py"
SETTINGS_ROUTES = (
    *("settings/profile", "settings/emails", "settings/password", "settings/password/new"),
    "settings/sessions",
)
FACTOR_ROUTES = (
    *("settings/two-factor", "settings/two-factor/app", "settings/two-factor/app/remove"),
    *(f"settings/two-factor/codes{end}" for end in ("", "/new", "/file")),
    *("settings/passkeys", "settings/passkeys/new"),
    *(f"settings/passkeys/<int:pk>/{end}" for end in ("name", "remove")),
)
LEAVING_ROUTES = ("settings/data", "settings/data/export", "settings/data/delete")
INVITATION_ROUTES = (
    *("invitations/<segment:secret>", "settings/organisations"),
    "organisations/<segment:namespace>/invitations/<int:invitation_id>/revoke",
    *(f"organisations/<segment:namespace>/settings{end}" for end in ("", "/delete", "/protect")),
)
WEBHOOK = "api/settings/webhooks/<segment:webhook>"
WEBHOOK_PAGE = "settings/webhooks/<segment:webhook>"
WEBHOOK_PAGES = ("settings/webhooks", WEBHOOK_PAGE, f"{WEBHOOK_PAGE}/act")
WEBHOOK_ROUTES = ("api/settings/webhooks", WEBHOOK, f"{WEBHOOK}/enable", f"{WEBHOOK}/disable")
CASE = "moderation/<int:case_id>"
CASE_ROUTES = (
    *(CASE, f"{CASE}/claim", f"{CASE}/messages", f"{CASE}/statement"),
    *(f"{CASE}/decisions/<int:decision_id>", f"{CASE}/appeals/<int:appeal_id>"),
)
POLICY_ROUTES = (
    *("policies", "moderation/policies", "moderation/rules"),
    *(f"moderation/policies/<segment:slug>{end}" for end in ("", "/delete")),
    *(f"moderation/rules/<segment:slug>{end}" for end in ("", "/switch", "/delete")),
)
LICENCE_ROUTES = (
    *("licences", "licences/<segment:key>"),
    *("moderation/licences", "moderation/licences/<segment:key>"),
)
ELSEWHERE: dict[str, str] = {
    "healthz": "tests/management/test_up.py",
    "api/<kind:kind>-tags-by-type": "tests/http/huggingface/test_lists.py",
    "api": "tests/http/schema/test_schema.py",
    "api/schema": "tests/http/schema/test_schema.py",
    "api/whoami-v2": "tests/clients/test_hf.py",
    "api/agent-harnesses": "tests/http/huggingface/test_pulling.py",
    "api/telemetry/<filepath:topic>": "tests/http/huggingface/test_pulling.py",
    "oauth/device": "tests/http/huggingface/test_oauth.py",
    "oauth/token": "tests/http/huggingface/test_oauth.py",
    "device": "tests/http/web/test_devices.py",
    "language": "tests/http/web/test_languages.py",
    "api/repos/create": "tests/http/huggingface/test_publishing.py",
    "api/validate-yaml": "tests/http/huggingface/test_publishing.py",
    "api/licences/check": "tests/http/huggingface/test_licences.py",
    "api/users/<segment:user>/likes": "tests/http/huggingface/test_likes.py",
    "api/users/<segment:name>/overview": "tests/http/huggingface/test_people.py",
    "api/users/<segment:name>/followers": "tests/http/huggingface/test_people.py",
    "api/users/<segment:name>/following": "tests/http/huggingface/test_people.py",
    "api/users/<segment:name>/follow": "tests/http/huggingface/test_people.py",
    "api/organizations/<segment:name>/overview": "tests/http/huggingface/test_people.py",
    "api/organizations/<segment:name>/followers": "tests/http/huggingface/test_people.py",
    "api/organizations/<segment:name>/members": "tests/http/huggingface/test_people.py",
    "api/organizations/<segment:name>/follow": "tests/http/huggingface/test_people.py",
    "api/organizations/<segment:name>/settings/repositories": "tests/http/huggingface/test_people.py",
    "api/settings/repositories": "tests/http/huggingface/test_people.py",
    **dict.fromkeys(WEBHOOK_PAGES, "tests/http/web/test_webhook_pages.py"),
    **dict.fromkeys(WEBHOOK_ROUTES, "tests/http/huggingface/test_webhooks.py"),
    "api/collections": COLLECTIONS,
    COLLECTION: COLLECTIONS,
    f"{COLLECTION}/items": COLLECTIONS,
    f"{COLLECTION}/items/<segment:item>": COLLECTIONS,
    "avatars/<segment:name>": "tests/http/web/test_social_pages.py",
    **dict.fromkeys(COLLECTION_PAGES, "tests/http/web/test_collection_pages.py"),
    **dict.fromkeys(("settings", "<segment:namespace>/", f"{PAGE}/"), "tests/http/web/test_addresses.py"),
    "profile/<segment:namespace>/follow": "tests/http/web/test_social_pages.py",
    "profile/<segment:namespace>/report": "tests/http/web/test_report_pages.py",
    "lfs/complete/<segment:signed>": "tests/http/huggingface/test_publishing.py",
    **dict.fromkeys(CHUNK_ROUTES, CHUNKS),
    "^cas/": CHUNKS,
    "v1/telemetry": "tests/http/xet/test_tokens.py",
    r"^(?:spaces|buckets)/.+/resolve/": "tests/http/huggingface/test_errors.py",
    r"^[^/]+/resolve/": "tests/http/huggingface/test_errors.py",
    "uploads": "tests/http/huggingface/test_attachments.py",
    "uploads/<segment:file>": "tests/http/huggingface/test_attachments.py",
    r"^(?:api|oauth|\.well-known)/": "tests/http/huggingface/test_bad_input.py",
    "new": "tests/http/web/test_who_sees_what.py",
    "design": "tests/http/web/test_who_sees_what.py",
    "organisations/new": "tests/http/web/test_who_sees_what.py",
    "organisations/<segment:namespace>/members": "tests/http/web/test_who_sees_what.py",
    "organisations/<segment:namespace>/members/<segment:username>": ACCOUNTS,
    "organisations/<segment:namespace>/scans": "tests/http/web/test_scan_policy.py",
    **dict.fromkeys(SETTINGS_ROUTES, SETTINGS),
    **dict.fromkeys(NOTIFICATION_ROUTES, NOTIFICATIONS),
    **dict.fromkeys(LEAVING_ROUTES, "tests/http/web/test_leaving.py"),
    **dict.fromkeys(INVITATION_ROUTES, "tests/http/web/test_invitation_pages.py"),
    **dict.fromkeys(FACTOR_ROUTES, "tests/http/web/test_second_factors.py"),
    "settings/sign-on": "tests/http/web/test_sign_on.py",
    "settings/decisions": "tests/http/web/test_decision_notices.py",
    "settings/tokens": ACCOUNTS,
    "settings/tokens/<int:token_id>/revoke": ACCOUNTS,
    "moderation/<int:case_id>/appeals/<int:appeal_id>/files": "tests/http/web/test_appeal_files.py",
    "moderation/<int:case_id>/files/<uuid:file_id>": "tests/http/web/test_appeal_files.py",
    "moderation/<int:case_id>/repaired": "tests/http/web/test_repairs.py",
    "moderation": "tests/http/web/test_moderation_pages.py",
    "moderation/views": "tests/http/web/test_moderation_pages.py",
    **dict.fromkeys(CASE_ROUTES, "tests/http/web/test_moderation_pages.py"),
    **dict.fromkeys(("moderation/audit", "moderation/audit/export"), "tests/http/web/test_audit_log.py"),
    **dict.fromkeys(POLICY_ROUTES, "tests/http/web/test_policy_pages.py"),
    **dict.fromkeys(LICENCE_ROUTES, "tests/http/web/test_licence_registry_pages.py"),
    "transparency": "tests/http/web/test_transparency.py",
    "transparency.json": "tests/http/web/test_transparency.py",
}

SUSPENDED = "an admin whose uploads are suspended"
# What each caller is to the-lab.
CALLERS: dict[str, set[Standing]] = {
    "nobody": {Standing.ANYBODY},
    "outsider": {Standing.SIGNED_IN},
    "read": {Standing.SIGNED_IN, Standing.READER},
    "contribute": {Standing.SIGNED_IN, Standing.CONTRIBUTOR},
    "write": {Standing.SIGNED_IN, Standing.WRITER},
    "admin": {Standing.SIGNED_IN, Standing.ADMIN},
    "an admin's read token": {Standing.SIGNED_IN, Standing.ADMIN},
    "an admin's token without grants": {Standing.SIGNED_IN, Standing.ADMIN},
    "an admin's token for what is gated": {Standing.SIGNED_IN, Standing.ADMIN},
    "an admin's token that may read the-lab": {Standing.SIGNED_IN, Standing.ADMIN},
    "an admin's token that may write in the-lab": {Standing.SIGNED_IN, Standing.ADMIN},
    SUSPENDED: {Standing.SIGNED_IN, Standing.ADMIN},
    "moderator": {Standing.SIGNED_IN, Standing.MODERATOR},
    "auditor": {Standing.SIGNED_IN, Standing.AUDITOR},
    "let in": {Standing.SIGNED_IN, Standing.LET_IN},
    "a read token of somebody let in": {Standing.SIGNED_IN, Standing.LET_IN},
    "a token without grants of somebody let in": {Standing.SIGNED_IN, Standing.LET_IN},
    "a token for what is gated of somebody let in": {Standing.SIGNED_IN, Standing.LET_IN},
    "an outsider's token for what is gated": {Standing.SIGNED_IN},
}
# The tokens that let less through than their user may; the others may write.
TOKENS: dict[str, dict[str, Any]] = {
    "an admin's read token": {"role": TokenRole.READ},
    "an admin's token without grants": {"role": TokenRole.FINE_GRAINED},
    "an admin's token for what is gated": {"role": TokenRole.FINE_GRAINED, "everywhere": [Everywhere.GATED]},
    "an admin's token that may read the-lab": {"role": TokenRole.FINE_GRAINED, "granted": Role.READ},
    "an admin's token that may write in the-lab": {"role": TokenRole.FINE_GRAINED, "granted": Role.WRITE},
    "a read token of somebody let in": {"role": TokenRole.READ},
    "a token without grants of somebody let in": {"role": TokenRole.FINE_GRAINED},
    "a token for what is gated of somebody let in": {
        "role": TokenRole.FINE_GRAINED,
        "everywhere": [Everywhere.GATED],
    },
    "an outsider's token for what is gated": {
        "role": TokenRole.FINE_GRAINED,
        "everywhere": [Everywhere.GATED],
    },
}
# Who asks with a session: a browser has no token, so those who differ by theirs alone are one.
VISITORS = [caller for caller in CALLERS if caller not in TOKENS]
# The repositories by name, and the part of the table that holds for each.
CONDITIONS = {
    "thing-public": "public",
    "thing-private": "private",
    "thing-gated": "gated",
    "thing-shut": "private",
    "thing-withheld": "taken down",
    "thing-hushed": "taken down",
    "thing-asked": "changes asked",
    "thing-former": "private",
}
# What differs between two answers to the same request, and says nothing of a repository.
VARYING = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|Updated [\w\xa0\xc2 ]+<|>[^<>]*</time>')
OF_THE_REQUEST = {"X-Request-Id", "RateLimit", "RateLimit-Policy"}


def patterns(
    resolver: URLResolver | None = None, before: str = ""
) -> Iterator[tuple[str, URLPattern | URLResolver]]:
    """Every route of the hub as its URLconf spells it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        else:
            yield route, pattern


PATTERNS = dict(patterns())


def is_page(route: str) -> bool:
    """Whether a browser asks, with a session, rather than a program with a token."""
    return PATTERNS[route].callback.__module__.startswith("hub.http.web")


def address(route: str, ask: Ask, name: str) -> str:
    """A path for a route."""
    parts = ADDRESS | {"name": name} | ask.parts

    def part(match: re.Match[str]) -> str:
        if match["part"] == "kind":
            return parts["page kind" if match["converter"] == "prefix" else "api kind"]
        return parts[match["part"]]

    return "/" + re.sub(r"<(?P<converter>\w+):(?P<part>\w+)>", part, route)


class World:
    """The callers, and a way to ask as each of them that changes nothing."""

    def __init__(self, users: dict[str, User | None]) -> None:
        self.users = users
        self.headers = {
            caller: {"Authorization": f"Bearer {token_of(caller, user)}"}
            for caller, user in users.items()
            if user
        }
        self.program = RawPathClient()
        self.browsers = {caller: RawPathClient() for caller in VISITORS}
        for caller, browser in self.browsers.items():
            if users[caller]:
                browser.force_login(users[caller])

    def ask(self, caller: str, method: str, path: str, body: Any = None, *, page: bool) -> HttpResponse:
        """The answer to one request, whose effects are rolled back."""
        client = self.browsers[caller] if page else self.program
        # What a program shows is its token alone.
        self.program.cookies.clear()
        data = b"" if body is None else json.dumps(body)
        headers = {} if page else self.headers.get(caller)
        with transaction.atomic():
            answer = client.generic(method, path, data, "application/json", headers=headers)
            transaction.set_rollback(True)
        return answer


def token_of(caller: str, user: User) -> str:
    """A token as the caller has it; what is granted is granted in the-lab."""
    fields = dict(TOKENS.get(caller, {}))
    role = fields.pop("granted", None)
    if role:
        fields["grants"] = [Grant(role, namespace_id=namespace_by_name(ORGANISATION).pk)]
    return make_token(user, **fields)[1]


def make_people() -> tuple[User, dict[str, User | None]]:
    admin = make_user()
    organisation = make_organisation(ORGANISATION, owner=admin)
    members = {role.value: make_member(organisation, role) for role in Role if role != Role.ADMIN}
    outsider, let_in = make_user(), make_user()
    suspended = make_member(organisation, Role.ADMIN)
    suspend_uploads(user=suspended, actor_user=None)
    return admin, {
        "nobody": None,
        "outsider": outsider,
        **members,
        "admin": admin,
        SUSPENDED: suspended,
        **{caller: let_in if "let in" in caller else admin for caller in TOKENS},
        "an outsider's token for what is gated": outsider,
        "moderator": make_moderator(),
        "auditor": make_user(desk_role="auditor"),
        "let in": let_in,
    }


def make_repositories(admin: User) -> None:
    """A repository of each condition, with a card, a file and a large file, all alike but for the name."""
    namespace = admin.memberships.get().organisation
    card = b"---\ntags: [rare-tag]\npipeline_tag: text-to-speech\n---\n# A thing of many words"
    for name in CONDITIONS:
        repository = make_repository(
            admin, namespace=namespace, name=name, files={"README.md": card, "folder/file.txt": b"text"}
        )
        add_large(repository, admin, "folder/weights.bin", b"weights" * 999)
        make_discussion(repository, admin)
        private = name in ("thing-private", "thing-shut", "thing-hushed", "thing-former")
        change_settings(
            repository=repository,
            actor_user=admin,
            visibility="private" if private else "public",
            gated="manual" if name in ("thing-gated", "thing-shut") else "",
        )
        if CONDITIONS[name] in ("taken down", "changes asked"):
            take_down(repository=repository, actor_user=None)
        if CONDITIONS[name] == "changes asked":
            soon = timezone.now() + timezone.timedelta(days=1)
            ask_for_changes(repository=repository, until=soon, actor_user=None)
        if name == "thing-former":
            move_repository(repository=repository, namespace=namespace, name="thing-moved", actor_user=admin)


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for all tests of this module, which is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(db: None) -> World:
    """The callers and the repositories, made once."""
    admin, users = make_people()
    make_repositories(admin)
    # Whatever became of the gate since.
    for repository in Repository.objects.all():
        AccessRequest.objects.create(repository=repository, user=users["let in"], status="accepted")
    note_acts()
    return World(users)


def actions(caller: str, condition: str, *, page: bool, in_list: bool = False) -> frozenset[Action]:
    """What the table allows."""
    # Moderators and auditors find what is withheld on the desk, not in lists.
    standings = CALLERS[caller] - ({Standing.MODERATOR, Standing.AUDITOR} if in_list else set())
    taken = BRINGING if caller == SUSPENDED else frozenset()
    return allowed(condition, frozenset(standings)).difference(taken) & (
        set(Action) if page else let_through(caller, condition)
    )


def let_through(caller: str, condition: str) -> frozenset[Action]:
    """What the caller's token allows, by the same tables."""
    match TOKENS.get(caller):
        case None:
            return frozenset(Action)
        case {"role": TokenRole.READ}:
            return READ_TOKEN
        case token:
            everywhere = (EVERYWHERE.get((condition, name), ()) for name in token.get("everywhere", ()))
            granted = GRANTED[token["granted"]] if "granted" in token else ()
            return UNGRANTED[condition].union(granted, *everywhere)


def plain(answer: HttpResponse, name: str) -> tuple[int, dict[str, str], bytes]:
    """An answer without what belongs to the single request, and with the name that was asked for left out."""
    # The length of what is compared itself says "now" or "3 seconds ago".
    varying = OF_THE_REQUEST | ({"Content-Length"} if answer.content else set())
    headers = {key: value.replace(name, "") for key, value in answer.items() if key not in varying}
    return answer.status_code, headers, VARYING.sub(b"", answer.content.replace(name.encode(), b""))


def check_invisible(answer: HttpResponse, missing: HttpResponse, name: str, caller: str, page: bool) -> None:
    """The answer is that of a missing repository, to the byte."""
    assert plain(answer, name) == plain(missing, MISSING), (caller, name)
    if not page:
        assert answer["X-Error-Code"] == "RepoNotFound"
        assert answer.status_code == (401 if caller == "nobody" else 404)


def check_refused(answer: HttpResponse, name: str, caller: str, ask: Ask, page: bool) -> None:
    """Somebody who may know of the repository is told that they may not do this."""
    gate = ask.action == Action.PULL
    if page and caller == "nobody" and not gate:
        asked_to_log_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
        assert asked_to_log_in or answer.status_code == 401
    else:
        anonymous = caller == "nobody" and not page
        assert answer.status_code == (401 if anonymous else 403), (caller, name, answer.content)
    if not page:
        assert answer.get("X-Error-Code") == ("GatedRepo" if gate else None)


def check_allowed(answer: HttpResponse, name: str, caller: str) -> None:
    """No answer of one who may is a refusal, whatever else it is."""
    assert answer.status_code not in (401, 403), (caller, name, answer.content)
    assert answer.status_code < 500
    assert answer.get("X-Error-Code") != "RepoNotFound"


def test_every_route_has_a_row():
    rows = ROUTES.keys() | LISTS.keys() | ELSEWHERE.keys()
    without = {route for route in PATTERNS if route not in rows and "accounts/" not in route}
    assert not without, f"Add a row for each to ROUTES, LISTS or ELSEWHERE in {__name__}: {sorted(without)}"
    assert not rows - PATTERNS.keys(), f"These rows have no route any more: {sorted(rows - PATTERNS.keys())}"


@pytest.mark.parametrize("route", ROUTES)
def test_every_method_of_a_route_has_a_row(world, route):
    path = address(route, next(iter(ROUTES[route].values())), "thing-public")
    answer = world.ask("admin", "BREW", path, page=is_page(route))
    assert answer.status_code == 405
    served = {method.strip() for method in answer["Allow"].split(",")} - {"OPTIONS"}
    # HEAD is GET without a body; where clients use it, it has a row, too.
    assert served - {"HEAD"} == ROUTES[route].keys() - {"HEAD"}


@pytest.mark.parametrize(
    ("route", "method"), [(route, method) for route, methods in ROUTES.items() for method in methods]
)
def test_every_route_answers_as_the_table_says(world, route, method):
    ask, page = ROUTES[route][method], is_page(route)
    for caller in VISITORS if page else CALLERS:
        missing = world.ask(caller, method, address(route, ask, MISSING), ask.body(MISSING), page=page)
        for name, condition in CONDITIONS.items():
            may = actions(caller, condition, page=page)
            if name == "thing-former" and Action.READ in may:
                continue
            answer = world.ask(caller, method, address(route, ask, name), ask.body(name), page=page)
            if Action.READ not in may:
                check_invisible(answer, missing, name, caller, page)
            elif not ask.allowed(may) or (ask.login and caller == "nobody"):
                check_refused(answer, name, caller, ask, page)
            else:
                check_allowed(answer, name, caller)


@pytest.mark.parametrize(
    ("route", "path"), [(route, path) for route, paths in LISTS.items() for path in paths]
)
def test_lists_hold_what_the_caller_may_see_and_tell_nothing_of_the_rest(world, route, path):
    page = is_page(route)
    for caller in VISITORS if page else CALLERS:
        shown = {
            name.replace("former", "moved"): Action.READ
            in actions(caller, condition, page=page, in_list=True)
            for name, condition in CONDITIONS.items()
        }
        answer = world.ask(caller, "GET", path, page=page)
        found = answer.content.decode()
        assert {name: f"{ORGANISATION}/{name}" in found for name in shown} == shown, caller
        with transaction.atomic():
            Repository.objects.filter(name__in=[name for name, told in shown.items() if not told]).delete()
            assert plain(world.ask(caller, "GET", path, page=page), "") == plain(answer, ""), caller
            transaction.set_rollback(True)


def test_a_bad_token_is_told_so_and_not_taken_for_nobody(db):
    for header in ("Bearer wrong", "Bearer ", "Basic eDp5", "Basic %%%", "Nonsense"):
        path = f"/api/models/{ORGANISATION}/thing-public"
        response = RawPathClient().get(path, headers={"Authorization": header})
        assert response.status_code == 401
        assert response.headers["X-Error-Message"] == "Invalid credentials in Authorization header"
        assert "X-Error-Code" not in response.headers


def test_a_token_that_may_only_read_creates_nothing(world):
    body = {"name": "other", "organization": ORGANISATION}
    answer = world.ask("an admin's read token", "POST", "/api/repos/create", body, page=False)
    assert answer.status_code == 403
