"""Lists and searches for compare.py: the same names in both, and pages of them in turns."""

import psycopg
from compare_server import BUCKET, Client, database
from huggingface_hub import HfApi
from turns import report, seconds

from benchmarks.lists import FILL
from hub.embedded.config import Services
from tests.running import RunningHub

PAGE, PAGE_ROUNDS = 100, 9

# What MLflow gets for each repository of the hub: the model, one version, three tags.
MODELS_SQL = """
INSERT INTO registered_models (name, creation_time, last_updated_time, description)
SELECT name, updated, updated, description FROM filled;
INSERT INTO model_versions (name, version, creation_time, last_updated_time, current_stage, source, status)
SELECT name, 1, updated, updated, 'None', 'models:/m-' || md5(name), 'READY' FROM filled;
INSERT INTO registered_model_tags (name, key, value)
SELECT name, key, coalesce(value, '') FROM filled,
    LATERAL (VALUES ('library', library), ('task', task), ('licence', licence)) tags (key, value);
DROP TABLE filled;
"""
FILLED = "name text, updated bigint, description text, library text, task text, licence text"
REPOSITORIES = """
SELECT space.name || '.' || repo.name, (extract(epoch FROM repo.updated_at) * 1000)::bigint, repo.description,
    repo.library, repo.pipeline_tag, repo.licence
FROM hub_repository repo JOIN accounts_namespace space ON space.id = repo.namespace_id
"""


def fill(services: Services, models: int) -> None:
    """Put the same names into both."""
    with psycopg.connect(services.database_url, autocommit=True) as here:
        here.execute(FILL.replace(":size", str(models)))
        rows = here.execute(REPOSITORIES).fetchall()
        here.execute("VACUUM ANALYZE")
    with psycopg.connect(database(services, BUCKET), autocommit=True) as there:
        there.execute(f"CREATE TEMP TABLE filled ({FILLED})")
        with there.cursor().copy("COPY filled FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        there.execute(MODELS_SQL)
        there.execute("VACUUM ANALYZE")


def pages(hub: RunningHub, asked: Client, services: Services, models: int) -> None:
    """Ask both for pages, in turns, and print."""
    with psycopg.connect(services.database_url) as connection:
        [name] = connection.execute(
            "SELECT name FROM hub_repository WHERE kind = 'model' AND visibility = 'public'"
            " ORDER BY id OFFSET %s LIMIT 1",
            [models // 3],
        ).fetchone()
    api = HfApi(endpoint=hub.url, token=False)
    cases = {
        "first page as it comes": ({}, (None, None)),
        "first page, newest": ({"sort": "last_modified"}, (None, "last_updated_timestamp DESC")),
        "search: a frequent word": ({"search": "llama"}, ("llama", None)),
        "search: a frequent word, newest": (
            {"search": "llama", "sort": "last_modified"},
            ("llama", "last_updated_timestamp DESC"),
        ),
        "search: a whole name": ({"search": name}, (name, None)),
        "search: no match": ({"search": "absentword"}, ("absentword", None)),
    }
    print(f"pages of {PAGE} of {models:,}: medians of {PAGE_ROUNDS} rounds")
    for case, (here, there) in cases.items():
        found: dict[str, int] = {}

        def hub_page(here=here, found=found) -> None:
            found["hub"] = len(list(api.list_models(limit=PAGE, **here)))

        def mlflow_page(there=there, found=found) -> None:
            found["MLflow"] = asked.ask("search", *there, PAGE)

        works = {"hub": hub_page, "MLflow": mlflow_page}
        taken = []
        for turn in range(PAGE_ROUNDS + 1):
            order = list(works)[:: -1 if turn % 2 else 1]
            taken.append({way: seconds(works[way]) for way in order})
        # The first turn fills caches.
        report(f"{case} (rows: {found['hub']}, {found['MLflow']})", taken[1:], 1000, "ms")
