"""What an earlier version of the hub read is read again: a stretch at a time, when nobody waits for more."""

from celery import signature
from django.db.models import F

from hub.licensing.books import READERS_VERSION
from hub.licensing.models import LicenceCheck
from hub.queue import enqueue, waiting
from hub.walks import next_stretch

# So many checks are looked at in one turn.
STRETCH = 1000
# The queue that is asked last.
QUEUE = "descents"
# By name: the task is a door above this service.
AGAIN = signature("hub.licensing.tasks.check_again", options={"queue": QUEUE})


def queue_what_others_read() -> int:
    """Ask for heads to be read again that were read by other code or with other references; returns how many.

    Looks at a stretch of the checks, which round by round reaches each, and at none while something waits in
    the queue, which may be the same.
    """
    if waiting(QUEUE):
        return 0
    looked_at = next_stretch(LicenceCheck.objects.all(), walk="licence-readers", size=STRETCH)
    heads = LicenceCheck.objects.filter(pk__in=looked_at, commit=F("repository__head"))
    older = heads.exclude(book__startswith=f"{READERS_VERSION}-").order_by("pk")
    rows = list(older.values_list("repository", "commit"))
    for repository_id, commit in rows:
        enqueue(AGAIN, repository_id, commit)
    return len(rows)
