"""Discussions and pull requests."""

from hub.http.schema.operation import (
    NUMBER,
    TEXT,
    TRUTH,
    Operation,
    Parameter,
    one_of,
    record,
    ref,
    rows,
    takes,
)

# The types that attachments have.
MEDIA = ("image/*", "video/*", "audio/*")
TAG = "Discussions and pull requests"
EVENT = ref("DiscussionEvent")
# A line that the diff of a pull request shows, at its head.
LINE = takes(
    *("path", "side", "line", "commit"), path=TEXT, side=one_of("old", "new"), line=NUMBER, commit=TEXT
)

TABLE = {
    "attachments.Uploads.post": Operation(
        TAG,
        "Upload a picture, film or sound for a comment; the answer is its address",
        {200: "text/plain"},
        body={},
        media="application/octet-stream",
    ),
    "attachments.Upload.get": Operation(
        TAG, "An attachment of a comment", {200: MEDIA, 206: MEDIA, 304: None}
    ),
    "discussions.Discussions.get": Operation(
        TAG,
        "List threads, newest first",
        {200: record(count=NUMBER, start=NUMBER, discussions=rows(ref("Discussion")))},
        query=(
            Parameter("p", "The page, from 0.", NUMBER),
            Parameter(
                "type", "Discussions, pull requests, or both.", one_of("all", "discussion", "pull_request")
            ),
            Parameter(
                "status", "Drafts count as open, merged ones as closed.", one_of("all", "open", "closed")
            ),
            Parameter("author", "A user."),
        ),
    ),
    "discussions.Discussions.post": Operation(
        TAG,
        "Open a discussion or a pull request",
        {200: ref("Discussion")},
        body=takes("title", title=TEXT, description=TEXT, pullRequest=TRUTH),
    ),
    "discussions.Thread.get": Operation(
        TAG,
        "A thread",
        {200: ref("Thread")},
        query=(Parameter("diff", "1: with the difference as text."),),
    ),
    "discussions.Comment.post": Operation(
        TAG,
        "Say something, also about a line",
        {200: record(newMessage=EVENT)},
        body=takes("comment", comment=TEXT, line=LINE),
    ),
    "discussions.EditComment.post": Operation(
        TAG, "Edit a comment", {200: record(updatedComment=EVENT)}, body=takes("content", content=TEXT)
    ),
    "discussions.HideComment.post": Operation(TAG, "Hide a comment", {200: record(updatedComment=EVENT)}),
    "discussions.Title.post": Operation(
        TAG, "Rename a thread", {200: record(newTitle=EVENT)}, body=takes("title", title=TEXT)
    ),
    "discussions.StatusOf.post": Operation(
        TAG,
        "Open or close a thread",
        {200: record(newStatus=EVENT)},
        body=takes("status", status=one_of("open", "closed", "draft"), comment=TEXT),
    ),
    "discussions.Merge.post": Operation(
        TAG,
        "Merge a pull request",
        {200: record(mergeCommitId=TEXT)},
        body=takes(comment=TEXT, squash=TRUTH),
    ),
}
