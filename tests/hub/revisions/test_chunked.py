"""Files that come in chunks: what counts as brought, what a shard may say, and what is left of a lie."""

import pytest

from hub.revisions.selectors import find_file, resolve_revision
from storage.models import Blob
from storage.readers import open_blob
from tests import xet
from tests.factories.accounts import make_user
from tests.factories.chunked import add_chunked
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
KIB = 1024


@pytest.fixture
def owner():
    """A user."""
    return make_user()


@pytest.fixture
def thing(owner):
    """A repository of the user."""
    return make_repository(owner)


def read(sha256):
    """All bytes of a blob."""
    with open_blob(Blob.objects.get(pk=sha256)) as reader:
        return reader.read()


def test_a_file_comes_in_chunks_and_is_read_like_any_other(thing, owner):
    data = xet.floats(300 * KIB, seed=1)
    file = add_chunked(thing, owner, "model.safetensors", data)
    entry = find_file(resolve_revision(thing, "main"), "model.safetensors")
    assert (entry.availability, entry.size, entry.blob.key) == ("present", len(data), "")
    assert entry.blob.reconstruction_id == file.true_hash
    assert read(entry.sha256) == data
