"""The addresses of all pages. Included last: a page of a namespace matches any first segment."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from hub.http.web import (
    account_urls,
    activity,
    avatars,
    browse,
    commits,
    design,
    devices,
    discussions,
    editing,
    feeds,
    file_changes,
    files,
    folders,
    gate_queue,
    gates,
    home,
    invitations,
    language,
    moderation,
    notifications,
    organisation_settings,
    organisations,
    personal,
    profile_settings,
    profiles,
    protections,
    pull_files,
    refs,
    releases,
    reports,
    repositories,
    repository_settings,
    restoring,
    sessions,
    social,
    suggestions,
    tokens,
    upload,
    upload_calls,
    watching,
    webhooks,
    work,
)
from hub.http.web.errors import as_json, as_page
from hub.http.web.pages import without_slash

REPOSITORY = "<prefix:kind><segment:namespace>/<segment:name>"


def page(route: str, view: Callable[..., HttpResponse], name: str | None = None, **fixed: str) -> URLPattern:
    """Return a route to a page, whose errors are pages too."""
    return path(route, as_page(view), fixed, name=name)


def call(route: str, view: Callable[..., HttpResponse]) -> URLPattern:
    """Return a route for a page's script, whose errors are JSON."""
    return path(route, as_json(view))


urlpatterns = [
    page("", home.home, "home"),
    page("models", browse.browse, "models", kind="model"),
    page("datasets", browse.browse, "datasets", kind="dataset"),
    page("design", design.design, "design"),
    page("suggest", browse.suggestions, "suggest"),
    page("new", repositories.new, "repository-new"),
    page("organisations/new", organisations.new, "organisation-new"),
    page("organisations/<segment:namespace>/members", organisations.members, "members"),
    page(
        "organisations/<segment:namespace>/members/<segment:username>", organisations.change_member, "member"
    ),
    page(
        "organisations/<segment:namespace>/invitations/<int:invitation_id>/revoke",
        invitations.revoke_invitation,
        "invitation-revoke",
    ),
    page(
        "organisations/<segment:namespace>/settings", organisation_settings.settings, "organisation-settings"
    ),
    page(
        "organisations/<segment:namespace>/settings/delete",
        organisation_settings.delete,
        "organisation-delete",
    ),
    page(
        "organisations/<segment:namespace>/settings/protect",
        protections.in_organisation,
        "organisation-protect",
    ),
    page("organisations/<segment:namespace>/scans", organisations.scan_policy, "scan-policy"),
    page("invitations/<segment:secret>", invitations.invitation, "invitation"),
    page("device", devices.device, "device"),
    path("settings", RedirectView.as_view(pattern_name="settings-profile")),
    page("settings/profile", profile_settings.profile, "settings-profile"),
    page("settings/organisations", invitations.organisations, "settings-organisations"),
    page("settings/data", personal.data, "settings-data"),
    page("settings/data/export", personal.export, "export"),
    page("settings/data/delete", personal.delete, "account-delete"),
    page("settings/sessions", sessions.sessions, "sessions"),
    page("settings/notifications", notifications.settings, "settings-notifications"),
    page("notifications", notifications.notifications, "notifications"),
    page("notifications/<int:notification_id>", notifications.follow, "notification"),
    page("unsubscribe/<segment:signed>", notifications.unsubscribe, "unsubscribe"),
    page("language", language.choose, "language"),
    page("settings/tokens", tokens.tokens, "tokens"),
    page("settings/tokens/<int:token_id>/revoke", tokens.revoke, "token-revoke"),
    page("settings/webhooks", webhooks.webhooks, "webhooks"),
    page("settings/webhooks/<segment:webhook>", webhooks.webhook, "webhook"),
    page("settings/webhooks/<segment:webhook>/act", webhooks.act, "webhook-act"),
    page("moderation", moderation.desk, "moderation"),
    page("moderation/<int:case_id>", moderation.case, "moderation-case"),
    page("avatars/<segment:name>", avatars.avatar),
    page("collections/<segment:owner>/<segment:slug>", social.collection, "collection"),
    page("profile/<segment:namespace>/follow", social.follow, "follow"),
    page("profile/<segment:namespace>/watch", watching.watch_namespace, "watch-namespace"),
    page("profile/<segment:namespace>/activity", activity.of_namespace, "namespace-activity"),
    *account_urls.urlpatterns,
    page("<segment:namespace>", profiles.profile, "profile"),
    # As people type addresses and other hubs write them.
    path("<segment:namespace>/", without_slash),
    path(f"{REPOSITORY}/", without_slash),
    page("<segment:namespace>/feed.atom", feeds.of_namespace, "namespace-feed"),
    page(REPOSITORY, repositories.card, "repository"),
    page(f"{REPOSITORY}/tree/<segment:revision>", folders.tree),
    page(f"{REPOSITORY}/tree/<segment:revision>/<filepath:path>", folders.tree),
    page(f"{REPOSITORY}/blob/<segment:revision>/<filepath:path>", files.blob),
    page(f"{REPOSITORY}/commits/<segment:revision>", commits.commits),
    page(f"{REPOSITORY}/commits/<segment:revision>/<filepath:path>", commits.commits),
    page(f"{REPOSITORY}/commit/<segment:oid>", commits.commit),
    page(f"{REPOSITORY}/compare", commits.compare),
    page(f"{REPOSITORY}/compare/<segment:revisions>", commits.compare),
    page(f"{REPOSITORY}/restore/<segment:oid>", restoring.restore),
    page(f"{REPOSITORY}/new/<segment:revision>", editing.new),
    page(f"{REPOSITORY}/edit/<segment:revision>/<filepath:path>", editing.edit),
    page(f"{REPOSITORY}/delete/<segment:revision>/<filepath:path>", file_changes.delete),
    page(f"{REPOSITORY}/move/<segment:revision>/<filepath:path>", file_changes.move),
    page(f"{REPOSITORY}/suggest", suggestions.suggest),
    page(f"{REPOSITORY}/refs", refs.refs),
    page(f"{REPOSITORY}/refs/delete", refs.delete),
    page(f"{REPOSITORY}/releases", releases.releases),
    page(f"{REPOSITORY}/releases/new", releases.new),
    page(f"{REPOSITORY}/release/<segment:tag>", releases.release),
    page(f"{REPOSITORY}/release/<segment:tag>/edit", releases.edit),
    page(f"{REPOSITORY}/release/<segment:tag>/delete", releases.delete),
    page(f"{REPOSITORY}/discussions", discussions.discussions),
    page(f"{REPOSITORY}/discussions/new", discussions.new),
    page(f"{REPOSITORY}/discussions/<int:number>", discussions.thread),
    page(f"{REPOSITORY}/discussions/<int:number>/files", pull_files.files),
    page(f"{REPOSITORY}/upload", upload.upload),
    call(f"{REPOSITORY}/upload/check", upload_calls.check),
    call(f"{REPOSITORY}/upload/begin", upload_calls.begin),
    call(f"{REPOSITORY}/upload/finish", upload_calls.finish),
    call(f"{REPOSITORY}/upload/<uuid:upload_id>", upload_calls.progress),
    call(f"{REPOSITORY}/upload/<uuid:upload_id>/links", upload_calls.links),
    call(f"{REPOSITORY}/upload/<uuid:upload_id>/done", upload_calls.done),
    call(f"{REPOSITORY}/upload/<uuid:upload_id>/abandon", upload_calls.abandon),
    page(f"{REPOSITORY}/checks/<segment:revision>", work.checks),
    page(f"{REPOSITORY}/report", reports.report),
    page(f"{REPOSITORY}/like", social.like),
    page(f"{REPOSITORY}/watch", watching.watch),
    page(f"{REPOSITORY}/activity", activity.of_repository),
    page(f"{REPOSITORY}/feed.atom", feeds.of_repository),
    page(f"{REPOSITORY}/ask-access", gates.ask_access),
    page(f"{REPOSITORY}/settings", repository_settings.settings),
    page(f"{REPOSITORY}/settings/access", gate_queue.queue),
    page(f"{REPOSITORY}/settings/access/export", gate_queue.export),
    page(f"{REPOSITORY}/settings/access/grant", gate_queue.grant_one),
    page(f"{REPOSITORY}/settings/access/several", gate_queue.decide_several),
    page(f"{REPOSITORY}/settings/access/<int:request_id>", gate_queue.decide_one),
    page(f"{REPOSITORY}/settings/protect", protections.in_repository),
    page(f"{REPOSITORY}/settings/move", repository_settings.move),
    page(f"{REPOSITORY}/settings/delete", repository_settings.delete),
]
