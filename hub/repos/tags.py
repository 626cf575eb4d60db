"""Which tags there are: counted now and then from what is public, so that asking costs one small query."""

from django.db import connection, transaction

from hub.repos.models import TagCount

# Of each type so many are kept, the most frequent ones.
KEPT = 1000
COUNT = """
INSERT INTO hub_tagcount (kind, type, tag, repositories)
SELECT kind, type, tag, repositories FROM (
    SELECT kind, type, tag, count(*) AS repositories,
           row_number() OVER (PARTITION BY kind, type ORDER BY count(*) DESC, tag) AS place
    FROM (
        SELECT r.kind, t.tag, CASE
            WHEN t.tag = r.library THEN 'library'
            WHEN t.tag = r.pipeline_tag THEN 'pipeline_tag'
            WHEN split_part(t.tag, ':', 1) = ANY(%s) AND t.tag LIKE '%%:_%%' THEN split_part(t.tag, ':', 1)
            WHEN r.card -> 'language' ? t.tag THEN 'language'
            ELSE 'other' END AS type
        FROM hub_repository r, unnest(r.tags) AS t(tag)
        WHERE r.visibility = 'public' AND r.taken_down_at IS NULL
    ) AS typed
    GROUP BY kind, type, tag
) AS counted
WHERE place <= %s
"""
PREFIXES = [
    *("license", "dataset", "base_model", "language", "task_categories", "task_ids", "size_categories"),
    *("multilinguality", "language_creators", "annotations_creators", "source_datasets"),
]


@transaction.atomic
def count_tags() -> None:
    """Count the tags of all public repositories anew; whoever asks meanwhile gets the counts from before.

    Two at once wait for each other at the table's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE hub_tagcount IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM hub_tagcount")
        cursor.execute(COUNT, [PREFIXES, KEPT])


def tags_by_type(kind: str) -> dict[str, list[str]]:
    """The most frequent tags of a kind's public repositories by their type, most frequent first."""
    found: dict[str, list[str]] = {}
    rows = TagCount.objects.filter(kind=kind).order_by("type", "-repositories", "tag")
    for type_, tag in rows.values_list("type", "tag"):
        found.setdefault(type_, []).append(tag)
    return found
