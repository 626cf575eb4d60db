"""Which words so many repositories have that one does not look for longer words that begin like them."""

import time
from functools import lru_cache

from django.db import connection

# In so many rows; and how long, in seconds, the answer is good for.
FREQUENT_ROWS = 10_000
REMEMBERED = 600
# What PostgreSQL's statistics have counted already.
COUNTED = """
SELECT counted.word
FROM pg_stats, pg_class,
     unnest(most_common_elems::text::text[], most_common_elem_freqs) AS counted (word, share)
WHERE schemaname = current_schema() AND tablename = 'hub_repository' AND attname = 'search'
  AND pg_class.oid = 'hub_repository'::regclass
  AND counted.word IS NOT NULL AND counted.share * reltuples > %s
"""


def frequent_words() -> frozenset[str]:
    """The words as of some minutes ago; none in a small catalogue."""
    return _counted(connection.settings_dict["NAME"], int(time.time() // REMEMBERED))


@lru_cache(maxsize=4)
def _counted(database: str, turn: int) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [FREQUENT_ROWS])
        return frozenset(word for (word,) in cursor.fetchall())
