"""One merge, for merging.py: prints its queries, the peak of its memory (MB) and its seconds as JSON."""

import json
import sys
import time
import tracemalloc
from typing import Any

import django

django.setup()

from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.actors import Actor  # noqa: E402
from contributions.discussions.selectors import find_thread  # noqa: E402
from contributions.pulls.merging import merge  # noqa: E402
from contributions.pulls.selectors import pull_of  # noqa: E402
from hub.repos.models import Repository  # noqa: E402
from storage.models import Blob  # noqa: E402
from storage.services import keep_scan_states  # noqa: E402


class Counter:
    """Counts queries."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        """Count one, and have it executed."""
        self.count += 1
        return execute(*arguments)


def main() -> None:
    """Merge the first pull request of a repository, of whose scans nobody waits for the end."""
    namespace, name = sys.argv[1:]
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))
    repository = Repository.objects.select_related("namespace__user").get(
        namespace__name=namespace, name=name
    )
    pull = pull_of(find_thread(repository, 1))
    cache.clear()
    counter = Counter()
    tracemalloc.start()
    begun = time.perf_counter()
    with connection.execute_wrapper(counter):
        merge(pull=pull, actor=Actor(repository.namespace.user, None))
    seconds = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "queries": counter.count,
                "memory": tracemalloc.get_traced_memory()[1] / 1e6,
                "seconds": seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
