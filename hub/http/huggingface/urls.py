"""The addresses of this dialect (huggingface_hub 2.4.0)."""

from django.urls import path, re_path

from hub.access.policy import Action
from hub.http import paths
from hub.http.huggingface import (
    cards,
    collections,
    commits,
    copies,
    discussions,
    downloads,
    gates,
    headers,
    identity,
    info,
    lfs,
    likes,
    lists,
    oauth,
    people,
    preupload,
    repositories,
    resolve,
    rewriting,
    trees,
    webhooks,
)
from hub.http.huggingface.missing import NotServed

paths.register()

API = "api/<kind:kind>/<segment:namespace>/<segment:name>"
REPO = "<prefix:kind><segment:namespace>/<segment:name>"
ORGANISATION = "api/organizations/<segment:name>"
THREAD = f"{API}/discussions/<segment:number>"
WEBHOOK = "api/settings/webhooks/<segment:webhook>"
COLLECTION = "api/collections/<segment:owner>/<segment:slug>"

urlpatterns = [
    # First, because it is asked for most, and Django tries one after the other.
    path(f"{REPO}/resolve/<segment:revision>/<filepath:path>", resolve.Resolve.as_view(), name="resolve"),
    path("api/whoami-v2", identity.WhoAmI.as_view()),
    path("api/agent-harnesses", identity.AgentHarnesses.as_view()),
    path("api/telemetry/<filepath:topic>", identity.telemetry),
    path("api/repos/create", repositories.CreateRepository.as_view()),
    path("api/repos/move", repositories.MoveRepository.as_view()),
    path("api/repos/delete", repositories.DeleteRepository.as_view()),
    path("api/validate-yaml", cards.ValidateYaml.as_view()),
    path("api/<kind:kind>", lists.RepositoryList.as_view()),
    path("api/<kind:kind>-tags-by-type", lists.TagsByType.as_view()),
    path(API, info.RepositoryInfo.as_view()),
    path(f"{API}/revision/<segment:revision>", info.RepositoryInfo.as_view()),
    path(f"{API}/auth-check", identity.AuthCheck.as_view()),
    path(f"{API}/auth-check/write", identity.AuthCheck.as_view(action=Action.WRITE)),
    path(f"{API}/settings", repositories.Settings.as_view()),
    path(f"{API}/tree/<segment:revision>", trees.Tree.as_view()),
    path(f"{API}/tree/<segment:revision>/<filepath:path>", trees.Tree.as_view()),
    path(f"{API}/paths-info/<segment:revision>", trees.PathsInfo.as_view()),
    path(f"{API}/safetensors-metadata/<filepath:path>", headers.SafetensorsMetadata.as_view()),
    path(f"{API}/commits/<segment:revision>", trees.Commits.as_view()),
    path(f"{API}/downloads", downloads.Downloads.as_view()),
    path(f"{API}/super-squash/<segment:branch>", rewriting.SuperSquash.as_view()),
    path(f"{API}/lfs-files", rewriting.LargeFiles.as_view()),
    path(f"{API}/lfs-files/batch", rewriting.DeleteLargeFiles.as_view()),
    path(f"{API}/lfs-files/duplicate", copies.ShareObjects.as_view()),
    path(f"{API}/duplicate", copies.Duplicate.as_view()),
    path(f"{API}/refs", trees.Refs.as_view()),
    path(f"{API}/branch/<segment:branch>", trees.Branch.as_view()),
    path(f"{API}/tag/<segment:revision>", trees.Tag.as_view()),
    path(f"{API}/preupload/<segment:revision>", preupload.Preupload.as_view()),
    path(f"{API}/commit/<segment:revision>", commits.Commit.as_view()),
    path(f"{API}/like", likes.LikeOne.as_view()),
    path(f"{API}/likers", likes.Likers.as_view()),
    path(f"{API}/user-access-request/handle", gates.HandleRequest.as_view()),
    path(f"{API}/user-access-request/grant", gates.GrantAccess.as_view()),
    path(f"{API}/user-access-request/<segment:status>", gates.AccessRequests.as_view()),
    path("api/users/<segment:user>/likes", likes.LikesOfUser.as_view()),
    path("api/users/<segment:name>/overview", people.UserOverview.as_view()),
    path("api/users/<segment:name>/followers", people.Followers.as_view()),
    path("api/users/<segment:name>/following", people.FollowedUsers.as_view()),
    path("api/users/<segment:name>/follow", people.FollowOne.as_view()),
    path(f"{ORGANISATION}/overview", people.OrganisationOverview.as_view()),
    path(f"{ORGANISATION}/followers", people.Followers.as_view(organisation=True)),
    path(f"{ORGANISATION}/members", people.Members.as_view()),
    path(f"{ORGANISATION}/follow", people.FollowOne.as_view(organisation=True)),
    path(f"{ORGANISATION}/settings/repositories", people.OrganisationRepositories.as_view()),
    path("api/settings/repositories", people.OwnRepositories.as_view()),
    path("api/settings/webhooks", webhooks.Webhooks.as_view()),
    path(WEBHOOK, webhooks.OneWebhook.as_view()),
    path(f"{WEBHOOK}/enable", webhooks.EnableWebhook.as_view()),
    path(f"{WEBHOOK}/disable", webhooks.EnableWebhook.as_view(disabled=True)),
    path("api/collections", collections.Collections.as_view()),
    path(COLLECTION, collections.OneCollection.as_view()),
    path(f"{COLLECTION}/items", collections.Items.as_view()),
    path(f"{COLLECTION}/items/<segment:item>", collections.OneItem.as_view()),
    path(f"{API}/discussions", discussions.Discussions.as_view()),
    path(f"{THREAD}", discussions.Thread.as_view()),
    path(f"{THREAD}/comment", discussions.Comment.as_view()),
    path(f"{THREAD}/comment/<segment:comment>/edit", discussions.EditComment.as_view()),
    path(f"{THREAD}/comment/<segment:comment>/hide", discussions.HideComment.as_view()),
    path(f"{THREAD}/title", discussions.Title.as_view()),
    path(f"{THREAD}/status", discussions.StatusOf.as_view()),
    path(f"{THREAD}/merge", discussions.Merge.as_view()),
    path("lfs/complete/<segment:signed>", lfs.Complete.as_view(), name="lfs-complete"),
    path(f"{REPO}.git/info/lfs/objects/batch", lfs.Batch.as_view()),
    path(f"{REPO}.git/info/lfs/objects/verify", lfs.Verify.as_view()),
    path("oauth/device", oauth.DeviceAuthorization.as_view()),
    path("oauth/token", oauth.Token.as_view()),
    re_path(r"^(?:api|oauth|\.well-known)/", NotServed.as_view()),
    re_path(r"^(?:spaces|buckets)/.+/resolve/", NotServed.as_view()),
    # Attachments of comments.
    path("uploads", NotServed.as_view()),
]
