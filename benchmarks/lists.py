"""Lists and searches over 1,000, 100,000 and 1,000,000 repositories on this machine; prints one run's ratios.

    python -m benchmarks.lists [--sizes 1000,100000] [--only search]

Each size is a database of its own in a PostgreSQL that is started for this and removed at the end. Names,
words, tags and counts are drawn so that a few are very frequent and most are rare. A page is a whole request
within this process, from the middleware to the JSON; rounds take turns between the sizes, figures are their
medians.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

from hub.embedded.process import Process, stop  # noqa: E402
from hub.embedded.programs import programs, settle_ports  # noqa: E402

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 7
STORES = ["postgres", "redis"]
MEMBER = "member-of-fifty"
# What fills a database of :size repositories. Lists of words are in order of frequency: the n-th is drawn
# about 1/n as often as the first.
FILL = r"""
SELECT setseed(0.5);
INSERT INTO accounts_namespace (name, kind, full_name, created_at)
SELECT 'team' || n, 'organisation', '', now() FROM generate_series(1, greatest(60, :size / 20)) n;
CREATE TEMP TABLE lists AS SELECT
    '{bert,llama,gpt,whisper,resnet,mistral,qwen,t5,vit,gemma,clip,phi,falcon,yolo,bloom}'::text[] families,
    '{base,large,small,tiny,instruct,chat,uncased,v2,7b,13b,lora,tuned,quantized,merged}'::text[] variants,
    '{transformers,diffusers,peft,sentence-transformers,gguf,timm,keras,fastai}'::text[] AS libraries,
    '{text-generation,fill-mask,text-classification,image-classification,feature-extraction}'::text[] tasks,
    '{apache-2.0,mit,cc-by-4.0,llama3,gpl-3.0}'::text[] AS licences,
    '{en,zh,fr,de,es,ja,ru,pt}'::text[] AS languages,
    (SELECT min(id) FROM accounts_namespace WHERE kind = 'organisation') AS first,
    (SELECT count(*) FROM accounts_namespace WHERE kind = 'organisation') AS teams;
CREATE TEMP TABLE drawn AS SELECT
    n,
    first + floor(teams * power(random(), 3))::int AS namespace_id,
    families[floor(power(16, random()))::int] AS family,
    variants[floor(power(15, random()))::int] AS variant,
    substr(md5(n::text), 1, 3) || to_hex(n) AS suffix,
    libraries[floor(power(9, random()))::int] AS library,
    tasks[floor(power(6, random()))::int] AS task,
    licences[floor(power(6, random()))::int] AS licence,
    languages[floor(power(9, random()))::int] AS language,
    floor(power(10, 6 * power(random(), 2)))::bigint - 1 AS downloads,
    now() - random() * interval '1000 days' AS updated_at,
    CASE WHEN n % 20 = 7 THEN 'private' ELSE 'public' END AS visibility
FROM lists, generate_series(1, :size) n;
INSERT INTO hub_repository (
    namespace_id, name, kind, visibility, gated, created_at, updated_at, head, card, description, licence,
    pipeline_tag, library, downloads, downloads_all_time, likes, trending, parameters, size,
    tags, name_words, tag_words, card_words
) SELECT
    namespace_id, family || '-' || variant || '-' || suffix,
    CASE WHEN n % 5 = 3 THEN 'dataset' ELSE 'model' END, visibility,
    CASE WHEN n % 50 = 2 THEN 'auto' ELSE '' END,
    updated_at - random() * interval '100 days', updated_at, md5(n::text) || '00000000',
    jsonb_build_object('license', licence, 'language', language, 'tags', jsonb_build_array(family)),
    'The weights of ' || family || ', ' || variant, licence, task, library,
    downloads, downloads * 3, downloads / 50, downloads / 5,
    CASE WHEN n % 3 > 0 THEN floor(power(10, 6 + 6 * random()))::bigint END,
    CASE WHEN n % 9 > 0 THEN floor(power(10, 6 + 6 * random()))::bigint END,
    ARRAY[library, task, family, language, 'license:' || licence,
          'tail' || floor(power(20000, random()))::int, CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END]
        || CASE WHEN n % greatest(1, :size / 20) = 0 THEN '{rare-tag}'::text[] ELSE '{}' END
        || CASE WHEN n % 200 = 11 THEN '{one-in-200}'::text[] ELSE '{}' END
        || CASE WHEN downloads < 1 THEN '{unloved}'::text[] ELSE '{}' END,
    'team' || (namespace_id - (SELECT first FROM lists) + 1)
        || ' team ' || family || ' ' || variant || ' ' || suffix,
    concat_ws(' ', library, replace(task, '-', ' '), family, language, 'license', licence),
    (SELECT string_agg('w' || floor(power(50000, random()))::int, ' ') FROM generate_series(1, 40 + (n - n)))
        || ' the model weights ' || family
        || CASE WHEN n % greatest(1, :size / 20) = 1 THEN ' rareword' ELSE '' END
FROM drawn;
DROP TABLE drawn, lists;
"""
MEMBERS = """
INSERT INTO accounts_membership (organisation_id, user_id, role, created_at)
SELECT id, %s, 'read', now() FROM accounts_namespace WHERE kind = 'organisation'
ORDER BY id OFFSET 10 LIMIT 50
"""
API, WEB = "/api/models", "/models"
# What is asked for; those with an asterisk are asked by the member.
CASES = {
    "newest": f"{API}",
    "most downloads": f"{API}?sort=downloads",
    "trending, page of 1,000": f"{API}?sort=trendingScore&limit=1000",
    "deep in downloads": f"{API}?sort=downloads&cursor=DEEP",
    "newest, member of 50 *": f"{API}",
    "by likes, member of 50 *": f"{API}?sort=likes",
    **{
        f"tag of one in two, by {sort}": f"{API}?filter=even&sort={sort}"
        for sort in ("lastModified", "trendingScore", "createdAt", "downloads", "likes")
    },
    "tag of one in 200, 20 rows": f"{API}?filter=one-in-200&sort=downloads&limit=20",
    **{
        f"tag of twenty, by {sort}": f"{API}?filter=rare-tag&sort={sort}"
        for sort in ("lastModified", "trendingScore", "createdAt", "downloads", "likes")
    },
    "two frequent tags": f"{API}?filter=transformers&filter=en&sort=downloads&limit=20",
    "frequent tags that exclude": f"{API}?filter=even&filter=odd&sort=downloads",
    "frequent tag, only unpopular": f"{API}?filter=unloved&sort=downloads&limit=20",
    "library, task and licence": (
        f"{API}?filter=transformers&pipeline_tag=text-generation&filter=license:mit&sort=likes&limit=20"
    ),
    "6B to 128B by downloads": f"{API}?num_parameters=min:6B,max:128B&sort=downloads&limit=20",
    "gated": f"{API}?gated=true&sort=downloads&limit=20",
    "author of many": f"{API}?author=team1&sort=downloads&limit=20",
    "tag of twenty, member of 50 *": f"{API}?filter=rare-tag",
    "search: rare word": f"{API}?search=rareword",
    "search: no match": f"{API}?search=absentword",
    "search: whole name": f"{API}?search=NAME",
    "search: frequent in names": f"{API}?search=bert&limit=20",
    "search: frequent in cards": f"{API}?search=weights&limit=20",
    "search: one letter": f"{API}?search=b&limit=20",
    "search: two frequent words": f"{API}?search=llama+chat&limit=20",
    "search: word and author": f"{API}?search=bert&author=team3&limit=20",
    "search: word and tag": f"{API}?search=bert&filter=fr&limit=20",
    "search: word by likes": f"{API}?search=bert&sort=likes&limit=20",
    "search: word, member of 50 *": f"{API}?search=bert&limit=20",
    "tags by type": "/api/models-tags-by-type",
    "page: home": "/",
    "page: trending, all facets": WEB,
    "page: newest": f"{WEB}?sort=created",
    "page: frequent task and language": f"{WEB}?task=text-generation&language=en",
    "page: library, licence and range": f"{WEB}?library=transformers&licence=mit&parameters=7B-20B",
    "page: range of sizes by likes": f"{WEB}?size=10GB-100GB&sort=likes",
    "page: tag of twenty": f"{WEB}?tag=rare-tag",
    "page: tags that exclude": f"{WEB}?tag=even&tag=odd",
    "page: author of many": f"{WEB}?author=team1",
    "page: member of 50 *": f"{WEB}?task=fill-mask",
    "page: organisation": "/team1",
    "suggest: two letters": "/suggest?search=be",
    "suggest: rare word": "/suggest?search=rareword",
    "page: search": f"{WEB}?search=bert+base",
}


@contextmanager
def stores() -> Iterator[None]:
    """PostgreSQL and Redis below a temporary directory, ended and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="allmende-benchmark-", ignore_cleanup_errors=True) as place:
        data = Path(place)
        services, _ = settle_ports(data, STORES)
        (data / "static").mkdir(exist_ok=True)
        os.environ["HUB_DATA"] = place
        running = [
            Process(program, data / "logs" / f"{program.name}.log")
            for program in programs(services, STORES, durable=False)
        ]
        try:
            for process in running:
                process.start()
            for process in running:
                process.wait_until_ready()
            yield
        finally:
            stop(running, seconds=10)


class Hub:
    """The hub in this process, over one database for each size."""

    def __init__(self) -> None:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 10**9))
        self.connection = connection
        call_command("migrate", verbosity=0)
        from tests.factories.accounts import make_token, make_user

        self.member = make_user(MEMBER)
        self.token = make_token(self.member)[1]

    def use(self, name: str) -> None:
        """Ask that database from now on."""
        self.connection.close()
        self.connection.settings_dict["NAME"] = name

    def fill(self, size: int) -> float:
        """Make a database of that many repositories; returns the seconds that it took."""
        from hub.repos.tags import count_tags

        begun = time.perf_counter()
        self.use("postgres")
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE lists_{size} TEMPLATE hub")
        self.use(f"lists_{size}")
        with self.connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'")
            indexes = self._drop_indexes(cursor)
            cursor.execute(FILL.replace(":size", str(size)))
            cursor.execute(MEMBERS, [self.member.pk])
            for definition in indexes:
                cursor.execute(definition)
            cursor.execute("VACUUM ANALYZE")
        count_tags()
        return time.perf_counter() - begun

    @staticmethod
    def _drop_indexes(cursor) -> list[str]:
        """Drop what is quicker made anew than kept up, and return how it is made."""
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'hub_repository'"
            " AND indexname LIKE 'repository%' AND indexname <> 'repository_address'"
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
        return [definition for _, definition in found]

    def addresses(self, cases: dict[str, str]) -> dict[str, str]:
        """The cases with what differs between the databases put in."""
        from hub.http.pagination import encode_cursor

        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, downloads, id FROM hub_repository WHERE kind = 'model'"
                " AND visibility = 'public' ORDER BY downloads DESC, id DESC"
                " OFFSET (SELECT count(*) / 2 FROM hub_repository) LIMIT 1"
            )
            name, downloads, pk = cursor.fetchone()
        deep = encode_cursor([downloads, pk], order="model:downloads")
        return {what: path.replace("NAME", name).replace("DEEP", deep) for what, path in cases.items()}

    def ask(self, what: str, path: str) -> tuple[float, int]:
        """Milliseconds of a request, and how many rows it told."""
        from tests.browsing import RawPathClient

        headers = {"Authorization": f"Bearer {self.token}"} if what.endswith("*") else {}
        client = RawPathClient()
        begun = time.perf_counter()
        answer = client.get(path, headers=headers)
        took = time.perf_counter() - begun
        assert answer.status_code == 200, (what, answer.status_code, answer.content[:500])
        is_json = answer["Content-Type"].startswith("application/json")
        told = answer.content.count(b'class="row"') or answer.content.count(b'role="option"')
        return 1000 * took, len(answer.json()) if is_json else told


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    cases = {what: path for what, path in CASES.items() if options.only in what}
    with stores():
        hub = Hub()
        for size in sizes:
            print(f"filled with {size:,} in {hub.fill(size):.0f} s", flush=True)
        measure(hub, sizes, cases, options.rounds)
        hub.connection.close()


def measure(hub: Hub, sizes: list[int], cases: dict[str, str], rounds: int) -> None:
    """Ask everything in every database in turns, and print the medians and their ratios to the first."""
    times: dict[str, dict[int, list[float]]] = {what: {size: [] for size in sizes} for what in cases}
    rows: dict[str, dict[int, int]] = {what: {} for what in cases}
    for turn in range(rounds + 1):
        for size in sizes:
            hub.use(f"lists_{size}")
            for what, path in hub.addresses(cases).items():
                took, rows[what][size] = hub.ask(what, path)
                # The first turn fills caches.
                if turn:
                    times[what][size].append(took)
    print(f"{'milliseconds a page (rows)':32}" + "".join(f"{size:>16,}" for size in sizes) + "   ratios")
    for what in cases:
        medians = [statistics.median(times[what][size]) for size in sizes]
        shown = "".join(
            f"{median:9.1f} ({rows[what][size]:4})" for median, size in zip(medians, sizes, strict=True)
        )
        ratios = " ".join(f"×{median / medians[0]:.2f}" for median in medians[1:])
        print(f"{what:32}{shown}   {ratios}")


if __name__ == "__main__":
    main()
