"""Objects in the bucket that no row names: what was being copied when a worker died, or was not deleted."""

from collections.abc import Collection
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from storage import s3
from storage.collection import Stretch
from storage.keys import read_key

# One statement and so one moment: an upload that becomes a blob is one or the other in it. What is there for
# good is found by its hash, what is on its way by the id of its upload.
NAMED = """
    SELECT key FROM storage_blob WHERE sha256 = ANY(%(hashes)s) AND key <> ''
    UNION ALL SELECT key FROM storage_xorb WHERE hash = ANY(%(hashes)s)
    UNION ALL SELECT key FROM storage_upload WHERE id = ANY(%(ids)s)
    UNION ALL SELECT key FROM storage_xorbupload WHERE id = ANY(%(ids)s)
    UNION ALL SELECT key FROM storage_leftover WHERE key = ANY(%(keys)s)
"""


def delete_orphans(prefix: str, after: str, *, age: timedelta, limit: int) -> Stretch:
    """Delete the objects of one page of a listing that no row names and that were written `age` ago.

    The age is what protects an object that is being verified and has no row yet. Keys that are not spelled
    like the hub's own are left alone.
    """
    listed = s3.objects_after(prefix, after, limit=limit)
    old = timezone.now() - age
    keys = [key for key, written in listed if written <= old and read_key(key)]
    orphans = sorted(set(keys) - _named(keys))
    for key in orphans:
        s3.delete(key)
    return Stretch(deleted=len(orphans), after=listed[-1][0] if len(listed) == limit else None)


def _named(keys: Collection[str]) -> set[str]:
    names = [name for key in keys if (name := read_key(key))]
    asked = {
        "hashes": [name.hash for name in names],
        "ids": [name.id for name in names],
        "keys": list(keys),
    }
    with connection.cursor() as cursor:
        cursor.execute(NAMED, asked)
        return {key for (key,) in cursor}
