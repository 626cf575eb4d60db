"""Repositories: create, find, read, change, delete."""

from hub.http.schema.operation import (
    EMPTY,
    NUMBER,
    TEXT,
    TRUTH,
    Operation,
    Parameter,
    mapping,
    maybe,
    one_of,
    record,
    ref,
    rows,
    takes,
)

TAG = "Repositories"
KIND = one_of("model", "dataset")
VISIBILITY = one_of("public", "private")
GATED = one_of("auto", "manual", False)
MESSAGES = rows(record("field", message=TEXT, field=TEXT))
EXPAND = Parameter("expand", "Only these properties; not together with the other choices.", repeated=True)

TABLE = {
    "lists.RepositoryList.get": Operation(
        TAG,
        "Search repositories",
        {200: rows(ref("Repository"))},
        query=(
            Parameter("search", "Words of the name, the tags or the card."),
            Parameter("author", "A user or an organisation."),
            Parameter("filter", "Tags, such as license:mit; all must be there.", repeated=True),
            Parameter("pipeline_tag", "The task."),
            Parameter("gated", "true or false.", one_of("true", "false")),
            Parameter(
                "commercial_use",
                "What its licence and those of what it was made of allow: yes is without conditions, "
                "conditional with or without them.",
                one_of("yes", "conditional"),
            ),
            Parameter("licence_text", "true: with the text of a licence among its files.", one_of("true")),
            Parameter("licence_clear", "true: without an open contradiction of licences.", one_of("true")),
            Parameter("num_parameters", "Such as min:6B,max:128B."),
            Parameter(
                "sort",
                "Largest first.",
                one_of("lastModified", "createdAt", "downloads", "likes", "trendingScore"),
            ),
            Parameter("limit", "How many on a page, at most 1000.", NUMBER),
            Parameter("full", "true: with the names of files."),
            Parameter("cardData", "true: with the front matter of the card."),
            Parameter("config", "true: with what the configuration says."),
            EXPAND,
        ),
        paged=True,
    ),
    "lists.TagsByType.get": Operation(
        TAG, "Tags by their type", {200: mapping(rows(record(id=TEXT, label=TEXT, type=TEXT)))}
    ),
    "info.RepositoryInfo.get": Operation(
        TAG,
        "A repository, at a revision",
        {200: ref("Repository")},
        query=(
            Parameter("blobs", "true: with sizes and ids of files."),
            Parameter("securityStatus", "true: with what the scanners found."),
            EXPAND,
        ),
    ),
    "downloads.Downloads.get": Operation(
        TAG,
        "Pulls by the day",
        {
            200: record(
                id=TEXT,
                downloads=NUMBER,
                downloadsAllTime=NUMBER,
                days=rows(record(day={"type": "string", "format": "date"}, downloads=NUMBER)),
            )
        },
        query=(
            Parameter("from", "The first day, such as 2026-01-01."),
            Parameter("to", "The last day, such as 2026-01-31."),
        ),
    ),
    "repositories.CreateRepository.post": Operation(
        TAG,
        "Create a repository",
        {200: ref("RepositoryAddress"), 409: ref("Conflict")},
        body=takes(
            "name", name=TEXT, organization=maybe(TEXT), type=KIND, visibility=VISIBILITY, private=TRUTH
        ),
    ),
    "repositories.DeleteRepository.delete": Operation(
        TAG,
        "Delete a repository",
        {200: EMPTY},
        body=takes("name", name=TEXT, organization=maybe(TEXT), type=KIND),
    ),
    "repositories.MoveRepository.post": Operation(
        TAG,
        "Move a repository",
        {200: ref("RepositoryAddress"), 409: ref("Conflict")},
        body=takes("fromRepo", "toRepo", fromRepo=TEXT, toRepo=TEXT, type=KIND),
    ),
    "repositories.Settings.put": Operation(
        TAG,
        "Change its settings",
        {200: record(private=TRUTH, gated=GATED)},
        body=takes(visibility=VISIBILITY, private=TRUTH, gated=GATED),
    ),
    "copies.Duplicate.post": Operation(
        TAG,
        "Duplicate a repository",
        {200: ref("RepositoryAddress"), 409: ref("Conflict")},
        body=takes("repository", repository=TEXT, visibility=VISIBILITY, private=TRUTH),
    ),
    "cards.ValidateYaml.post": Operation(
        TAG,
        "Check a card",
        {
            200: record(warnings=MESSAGES, errors=MESSAGES),
            400: record("error", "field", warnings=MESSAGES, errors=MESSAGES, error=TEXT, field=TEXT),
        },
        body=takes("content", content=TEXT, repoType=KIND),
    ),
}
