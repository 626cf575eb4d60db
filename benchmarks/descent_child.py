"""Inside the hub's database, for descent.py: fills a graph of models, or waits until a change came down."""

import json
import sys
import time

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from hub.licensing.catalogue import built_in  # noqa: E402
from hub.licensing.facts import Statement  # noqa: E402
from hub.licensing.reading import Read  # noqa: E402
from hub.licensing.records import as_json  # noqa: E402
from hub.licensing.rules import RULES_VERSION  # noqa: E402
from hub.licensing.terms import effective  # noqa: E402

NAME, ROOT = "bench", "root"
LAST = 1800.0
# Of those below the base 60 % are its own children, 30 % are grandchildren, ten to one of them, and 10 % are
# one step further down, five to one. The first twenty children name a grandchild of the base as their base as
# well: circles. All others hang on each other, twenty to one. Nobody looks for repositories that are old.
FILL = """
CREATE TEMP TABLE graph AS SELECT
    n, 'm' || n AS name, md5('head' || n) || '00000000' AS head,
    CASE WHEN n <= %(below)s * 0.6 THEN 0
         WHEN n <= %(below)s * 0.9 THEN 1 + (n - %(below)s * 0.6)::int / 10
         WHEN n <= %(below)s THEN (%(below)s * 0.6)::int + 1 + (n - %(below)s * 0.9)::int / 5
         WHEN n > %(below)s + 1 THEN %(below)s + 1 + (n - %(below)s - 2) / 20 END AS base
FROM generate_series(1, %(models)s) n;
CREATE TEMP TABLE edges AS
SELECT n, base FROM graph WHERE base IS NOT NULL
UNION ALL SELECT n, (%(below)s * 0.6)::int + 10 * n FROM graph WHERE n <= 20 AND %(below)s >= 1000;
INSERT INTO hub_repository (
    namespace_id, name, kind, visibility, gated, created_at, updated_at, head, card, description, licence,
    pipeline_tag, library, tags, downloads, likes, name_words, tag_words, card_words, commercial_use,
    licence_text, licence_clear
) SELECT
    r.namespace_id, g.name, 'model', 'public', '', now() - interval '9 days', now() - interval '9 days',
    g.head, '{}', '', 'mit', '', '', '{license:mit}', 0, 0, g.name, '', '', 'yes', false, true
FROM graph g, hub_repository r WHERE r.id = %(root)s;
CREATE TEMP TABLE ids AS SELECT g.n, r.id, g.head, 'bench/' || g.name AS full_name
FROM graph g JOIN hub_repository r ON r.name = g.name;
INSERT INTO ids SELECT 0, id, head, 'bench/root' FROM hub_repository WHERE id = %(root)s;
CREATE INDEX ON ids (n);
CREATE INDEX ON edges (n);
ANALYZE ids;
ANALYZE edges;
INSERT INTO hub_facts (
    repository_id, commit, complete, size, mask_token, evaluations, pictures, bases, problems, computed_at
) SELECT id, head, true, 1, '', '[]', '{}', '[]', '[]', now() FROM ids WHERE n > 0;
INSERT INTO hub_licencecheck (repository_id, commit, verdict, declared, read, puzzling, book, checked_at)
SELECT c.id, c.head, 'known', 'mit', jsonb_set(%(read)s::jsonb, '{bases}', coalesce(
    (SELECT jsonb_agg(jsonb_build_array(b.full_name, '', 3)) FROM edges e JOIN ids b ON b.n = e.base
     WHERE e.n = c.n), '[]')), false, '', now()
FROM ids c WHERE c.n > 0;
INSERT INTO hub_licenceedge (child_id, base_id, name, spelled, relation, path, field, line, was)
SELECT c.id, b.id, b.full_name, b.full_name, '', 'README.md', 'base_model', 3, '["mit"]'
FROM edges e JOIN ids c ON c.n = e.n JOIN ids b ON b.n = e.base;
INSERT INTO hub_licencestanding (
    repository_id, commit, own, inherited, keys, flow, terms, digest, told, rules, seen, stood_at
) SELECT
    c.id, c.head, '["mit"]', coalesce((
        SELECT jsonb_build_array(jsonb_build_array('mit', min(b.full_name), 1))
        FROM edges e JOIN ids b ON b.n = e.base WHERE e.n = c.n
    ), '[]'), '{mit}', jsonb_build_array(jsonb_build_array('mit', c.full_name, 1, c.id)), %(terms)s::jsonb,
    md5('flow' || c.n), md5('flow' || c.n), %(rules)s, 'public  ' || c.full_name, now()
FROM ids c WHERE c.n > 0;
ANALYZE;
"""
LEFT = """
SELECT count(*) FROM hub_licencestanding s JOIN hub_repository r ON r.id = s.repository_id
WHERE r.name ~ '^m[0-9]+$' AND substr(r.name, 2)::int <= %s AND NOT s.keys @> '{cc-by-nc-4.0}'
"""


def fill(models: int, below: int) -> None:
    """Put a graph below the base that is there, as the workers would have left it."""
    read = Read(statement=Statement("mit", (frozenset({"mit"}),), lines={"license": 2, "base_model": 3}))
    facts = read.facts(f"{NAME}/one", "model", False, (), ())
    # At once: a sweep in between would begin to make good what is missing.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM hub_repository WHERE name = %s", [ROOT])
        values = {
            "root": cursor.fetchone()[0],
            "models": models,
            "below": below,
            "read": json.dumps(as_json(read)),
            "terms": json.dumps(effective(facts, built_in()).as_json()),
            "rules": RULES_VERSION,
        }
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
    print(json.dumps("filled"))


def watch(below: int) -> None:
    """Return once all of those below the base have what it hands down."""
    end = time.monotonic() + LAST
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(LEFT, [below])
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.5)
    raise SystemExit(f"not all stood anew in {LAST} s")


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    {"fill": fill, "watch": watch}[what](*map(int, numbers))
