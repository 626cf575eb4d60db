"""Which tags there are: counted now and then from what is public, so that asking costs one small query."""

from django.db import connection, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from hub.repos.models import TagCount
from hub.repos.ranges import PARAMETERS, SIZES, Range

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
        UNION ALL
        SELECT r.kind, fact.tag, fact.type
        FROM hub_repository r
        JOIN accounts_namespace n ON n.id = r.namespace_id
        CROSS JOIN LATERAL (VALUES
            (CASE WHEN n.kind = 'organisation' THEN n.name END, 'author'),
            (CASE WHEN r.gated = '' THEN 'no' ELSE 'yes' END, 'gated'),
            (CASE WHEN r.commercial_use = 'yes' THEN 'yes' END, 'commercial_use'),
            (CASE WHEN r.commercial_use IN ('yes', 'conditional') THEN 'conditional' END, 'commercial_use'),
            (CASE WHEN r.licence_text THEN 'yes' END, 'licence_text'),
            (CASE WHEN r.licence_clear THEN 'yes' END, 'licence_clear'),
            ((%s::text[])[width_bucket(r.parameters, %s::bigint[])], 'parameters'),
            ((%s::text[])[width_bucket(r.size, %s::bigint[])], 'size')
        ) AS fact(tag, type)
        WHERE r.visibility = 'public' AND r.taken_down_at IS NULL AND fact.tag IS NOT NULL
    ) AS typed
    GROUP BY kind, type, tag
) AS counted
WHERE place <= %s
"""
PREFIXES = [
    *("license", "dataset", "base_model", "language", "task_categories", "task_ids", "size_categories"),
    *("multilinguality", "language_creators", "annotations_creators", "source_datasets"),
]
# What is counted beside tags, for whoever narrows a list by it.
FACTS = ("author", "gated", "commercial_use", "licence_text", "licence_clear", "parameters", "size")
# Of these a person is shown the most frequent ones, with their counts.
SHOWN = ("pipeline_tag", "task_categories", "library", "license", "language", *FACTS)
MOST_SHOWN = 50


@transaction.atomic
def count_tags() -> None:
    """Count the tags of all public repositories anew; whoever asks meanwhile gets the counts from before.

    Two at once wait for each other at the table's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE hub_tagcount IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM hub_tagcount")
        ranges = [part for each in (PARAMETERS, SIZES) for part in (list(each), _starts(each))]
        cursor.execute(COUNT, [PREFIXES, *ranges, KEPT])


def tags_by_type(kind: str) -> dict[str, list[str]]:
    """The most frequent tags of a kind's public repositories by their type, most frequent first."""
    found: dict[str, list[str]] = {}
    rows = TagCount.objects.filter(kind=kind).exclude(type__in=FACTS).order_by("type", "-repositories", "tag")
    for type_, tag in rows.values_list("type", "tag"):
        found.setdefault(type_, []).append(tag)
    return found


def counts_by_type(kind: str) -> dict[str, dict[str, int]]:
    """How many public repositories of a kind have the most frequent tags of the types in SHOWN; one query."""
    place = Window(RowNumber(), partition_by="type", order_by=[F("repositories").desc(), F("tag").asc()])
    rows = TagCount.objects.filter(kind=kind, type__in=SHOWN).annotate(place=place)
    found: dict[str, dict[str, int]] = {}
    for type_, tag, number in rows.filter(place__lte=MOST_SHOWN).values_list("type", "tag", "repositories"):
        found.setdefault(type_, {})[tag] = number
    return found


def organisations_counted(beginning: str, *, limit: int) -> list[str]:
    """Names of organisations that begin so, those with the most public models first, as last counted."""
    rows = TagCount.objects.filter(kind="model", type="author", tag__istartswith=beginning)
    return list(rows.order_by("-repositories", "tag").values_list("tag", flat=True)[:limit])


def _starts(ranges: dict[str, Range]) -> list[int]:
    return [each.least for each in ranges.values()]
