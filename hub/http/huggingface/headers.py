"""The headers of a sharded model's weights in one answer (`get_sharded_safetensors_metadata`)."""

import json
from collections.abc import Iterable

from django.http import HttpResponse
from rest_framework.request import Request

from hub.access.policy import Action
from hub.compute.headers import beginning, safetensors_headers
from hub.compute.safetensors import HEADER_LIMIT, read_index
from hub.errors import BlobBeingChecked, BlobRefused, EntryNotFound, TooMuch
from hub.http.huggingface.base import RepoView
from hub.repos.models import Repository
from hub.revisions.selectors import Entry, find_entries, find_file, resolve_revision
from hub.scanning.policy import admit

# Of all headers together, in bytes.
MOST_BYTES = 64 * 1024 * 1024


class SafetensorsMetadata(RepoView):
    """`GET /api/models/{id}/safetensors-metadata/{index}`."""

    def get(self, request: Request, path: str, **address: str) -> HttpResponse:
        """The metadata of an index of shards on main, and each shard's header as it stands in the file."""
        repository = self.open(Action.PULL)
        revision = resolve_revision(repository, None)
        index = find_file(revision, path)
        self._check(repository, [index])
        data = beginning(index, HEADER_LIMIT)
        if data is None:
            raise TooMuch(f"{path} has more than {HEADER_LIMIT} bytes.", "path")
        metadata, names = read_index(data)
        folder = path.rpartition("/")[0]
        shards = {name: f"{folder}/{name}" if folder else name for name in names}
        found = find_entries(revision, shards.values())
        missing = [shard for shard in shards.values() if shard not in found]
        if missing:
            raise EntryNotFound(f"Entry not found: {missing[0]}", revision.commit)
        self._check(repository, found.values())
        headers = safetensors_headers(found.values(), most=MOST_BYTES)
        parts = (json.dumps(name).encode() + b":" + headers[shard].raw for name, shard in shards.items())
        told = json.dumps({"metadata": metadata}).encode()
        body = b'{"index":%s,"headers":{%s}}' % (told, b",".join(parts))
        response = HttpResponse(body, content_type="application/json")
        response["X-Repo-Commit"] = revision.commit
        return response

    def _check(self, repository: Repository, entries: Iterable[Entry]) -> None:
        """Raise why one of the files is not read."""
        for entry in entries:
            if entry.type != "file":
                raise EntryNotFound(f"Entry not found: {entry.path}")
            match entry.availability:
                case "refused":
                    raise BlobRefused(f"{entry.path} cannot be read: its bytes were not what was declared.")
                case "checking":
                    raise BlobBeingChecked(f"{entry.path} was just uploaded and is still being checked.")
            admit(self.actor, repository, entry)
