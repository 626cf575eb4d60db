"""People, likes and collections."""

from hub.http.schema.operation import (
    EMPTY,
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

PEOPLE, LIKES, COLLECTIONS = "People", "Likes", "Collections"
LIMIT = (Parameter("limit", "How many on a page.", NUMBER),)
SUCCESS = record(success=TRUTH)


def a_list(tag: str, summary: str, of: str) -> Operation:
    """A list in pages."""
    return Operation(tag, summary, {200: rows(ref(of))}, query=LIMIT, paged=True)


TABLE = {
    "people.UserOverview.get": Operation(PEOPLE, "A user", {200: ref("User")}),
    "people.OrganisationOverview.get": Operation(PEOPLE, "An organisation", {200: ref("Organisation")}),
    "people.Followers.get": a_list(PEOPLE, "Who follows", "Person"),
    "people.FollowedUsers.get": a_list(PEOPLE, "Whom a user follows", "Person"),
    "people.Members.get": a_list(PEOPLE, "Members of an organisation", "Person"),
    "people.FollowOne.post": Operation(PEOPLE, "Follow", {200: EMPTY}),
    "people.FollowOne.delete": Operation(PEOPLE, "Follow no more", {200: EMPTY}),
    "people.OwnRepositories.get": a_list(PEOPLE, "What you keep", "StoredRepository"),
    "people.OrganisationRepositories.get": a_list(PEOPLE, "What it keeps", "StoredRepository"),
    "likes.LikeOne.post": Operation(LIKES, "Like", {200: EMPTY}),
    "likes.LikeOne.delete": Operation(LIKES, "Like no more", {200: EMPTY}),
    "likes.Likers.get": a_list(LIKES, "Who likes it", "Person"),
    "likes.LikesOfUser.get": a_list(LIKES, "What a user likes", "Like"),
    "collections.Collections.get": Operation(
        COLLECTIONS,
        "Find collections",
        {200: rows(ref("Collection"))},
        query=(
            Parameter("owner", "Users or organisations; any of them.", repeated=True),
            Parameter("item", "Such as models/namespace/name; all must be in it.", repeated=True),
            Parameter("sort", "Last changed first, always.", one_of("lastModified", "trending", "upvotes")),
            *LIMIT,
        ),
        paged=True,
    ),
    "collections.Collections.post": Operation(
        COLLECTIONS,
        "Create a collection",
        {200: ref("Collection"), 409: {"type": "object"}},
        body=takes("title", title=TEXT, namespace=TEXT, description=TEXT, private=TRUTH),
    ),
    "collections.OneCollection.get": Operation(COLLECTIONS, "A collection", {200: ref("Collection")}),
    "collections.OneCollection.patch": Operation(
        COLLECTIONS,
        "Change a collection",
        {200: record(success=TRUTH, data=ref("Collection"))},
        body=takes(title=TEXT, description=TEXT, theme=TEXT, private=TRUTH, position=NUMBER),
    ),
    "collections.OneCollection.delete": Operation(COLLECTIONS, "Delete a collection", {200: EMPTY}),
    "collections.Items.post": Operation(
        COLLECTIONS,
        "Add to a collection",
        {200: ref("Collection"), 409: {"type": "object"}},
        body=takes("item", item=takes("id", "type", id=TEXT, type=TEXT), note=TEXT),
    ),
    "collections.OneItem.patch": Operation(
        COLLECTIONS, "Change an item", {200: SUCCESS}, body=takes(note=TEXT, position=NUMBER)
    ),
    "collections.OneItem.delete": Operation(COLLECTIONS, "Take an item out", {200: SUCCESS}),
}
