"""However much the hub holds, what is asked for each xorb, chunk and range is read from indexes."""

import re

import pytest
from django.db import connection

from accounts.actors import Actor
from hub.revisions.chunked import begin_xorb, known_chunks, plan_download
from storage.models import Reconstruction
from storage.xet import reading
from storage.xet.hashing import to_text
from storage.xet.registration import prove_files
from storage.xet.shards import parse_shard
from tests import plans, xet
from tests.factories.accounts import make_user
from tests.factories.chunked import add_chunked
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
# Twenty thousand repositories, each with a file of its own out of a xorb of its own; one in five is private,
# in one of four the file is only in withheld commits.
# Five thousand organisations with rules for their scanned files, and somebody who was let in everywhere.
CROWD = """
INSERT INTO hub_repository (
    namespace_id, name, kind, visibility, gated, created_at, updated_at, head, card, description, licence,
    pipeline_tag, library, tags, downloads, likes, name_words, card_words
) SELECT
    namespace_id, 'copy' || n, kind, CASE WHEN n %% 5 = 0 THEN 'private' ELSE 'public' END, '', now(), now(),
    '', '{}', '', '', '', '', '{}', 0, 0, '', ''
FROM hub_repository, generate_series(1, 20000) n WHERE id = %s;
INSERT INTO storage_xorb (hash, key, size, length, chunks, hashes, ends, used_at)
    SELECT md5(n::text) || md5('x' || n), '', 9, 9, 1, repeat('x', 32)::bytea, repeat('x', 8)::bytea, now()
    FROM generate_series(1, 20000) n;
INSERT INTO storage_reconstruction (hash, size, created_at) SELECT hash, 9, now() FROM storage_xorb
    ON CONFLICT DO NOTHING;
INSERT INTO storage_term (reconstruction_id, start, length, xorb_id, first, last)
    SELECT hash, at, 9, id, 0, 1 FROM storage_xorb, generate_series(0, 3) at ON CONFLICT DO NOTHING;
INSERT INTO storage_chunk (hash, xorb_id, place) SELECT decode(hash, 'hex'), id, 0 FROM storage_xorb;
INSERT INTO storage_blob (sha256, size, key, state, created_at, reconstruction_id)
    SELECT hash, 9, '', 'verified', now(), hash FROM storage_xorb ON CONFLICT DO NOTHING;
ANALYZE hub_repository, storage_blob;
INSERT INTO hub_repositoryblob (repository_id, sha256, size, state, large, path, commit, created_at)
    SELECT repository.id, blob.sha256, 9, 'present', true, '', '', now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM hub_repository) AS repository
    JOIN (SELECT sha256, row_number() OVER (ORDER BY sha256) AS n FROM storage_blob) AS blob USING (n)
    ON CONFLICT DO NOTHING;
INSERT INTO hub_withheldfile (repository_id, sha256)
    SELECT repository_id, sha256 FROM hub_repositoryblob WHERE path = '' AND id %% 4 = 0;
INSERT INTO storage_xorbupload (id, hash, size, scope, key, state, error, created_at)
    SELECT gen_random_uuid(), hash, 9, 'repository:' || id, '', 'verified', '', now() FROM storage_xorb;
INSERT INTO accounts_namespace (
    name, kind, full_name, description, homepage, picture, default_visibility, verified_domain, created_at
) SELECT 'lab' || n, 'organisation', '', '', '', '', 'public', '', now() FROM generate_series(1, 5000) n;
INSERT INTO hub_scanpolicy (organisation_id, kind, dangerous, suspicious, error, queued)
    SELECT id, '', '', 'refuse', '', '' FROM accounts_namespace WHERE kind = 'organisation';
INSERT INTO hub_accessrequest (
    repository_id, user_id, status, by_hand, answers, terms, language, asked_at, reason
) SELECT repository.id, accounts_user.id, 'accepted', false, '[]', '', '', now(), ''
    FROM hub_repository AS repository, accounts_user WHERE username = 'ada';
ANALYZE;
"""


def test_nothing_that_is_asked_often_reads_a_whole_table():
    ada, few = make_user("ada"), make_user("few")
    repository, mine = make_repository(ada), make_repository(few)
    file = add_chunked(repository, ada, "a.bin", xet.noise(5000), size=1000)
    xorb = file.parts[0].xorb
    with connection.cursor() as cursor:
        cursor.execute(CROWD, [repository.pk])
        cursor.execute(
            "SELECT xorb.hash FROM storage_xorb xorb, hub_repository, hub_repositoryblob held WHERE"
            " visibility = 'private' AND repository_id = hub_repository.id AND sha256 = xorb.hash LIMIT 1"
        )
        hidden = to_text(bytes.fromhex(cursor.fetchone()[0]))
    actor, chunk = Actor(few, None), to_text(xet.chunk_hash(xorb.chunks[0]))
    with plans.recorded() as made:
        assert begin_xorb(repo=mine, actor=actor, hash=xorb.hash, size=len(xorb.data)).present
        assert [one.xorb for one in known_chunks(repo=mine, actor=actor, hash=chunk)] == [xorb.hash]
        assert known_chunks(repo=mine, actor=actor, hash=hidden) == []
        assert plan_download(repo=repository, file_hash=file.true_hash).size == 5000
        prove_files(parse_shard(xet.Shard([file]).data).files)
        assert b"".join(reading.stream(Reconstruction.objects.get(pk=file.true_hash))) == file.raw
    assert len(made) > 4
    # The few accounts of this test are read whole; of the rest, nothing is.
    assert [plan for plan in made if re.search("Seq Scan on (storage|hub)_", plan)] == []
