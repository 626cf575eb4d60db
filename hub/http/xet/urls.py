"""The addresses of the chunk storage (hf_xet 1.8.0)."""

from django.urls import path, re_path

from hub.http import paths
from hub.http.huggingface.missing import NotServed
from hub.http.xet import chunks, reconstructions, shards, telemetry, tokens, uploads

paths.register()

API = "api/<kind:kind>/<segment:namespace>/<segment:name>"
# Whatever the epoch: a client goes on with the address that it was given.
CAS = "cas/e<int:epoch>"

urlpatterns = [
    path(f"{API}/xet-read-token/<segment:revision>", tokens.ReadToken.as_view()),
    path(f"{API}/xet-write-token/<segment:revision>", tokens.WriteToken.as_view()),
    path(f"{CAS}/v1/chunks/<segment:prefix>/<segment:hash>", chunks.Chunk.as_view()),
    path(f"{CAS}/v1/xorb-grants/<segment:prefix>/<segment:hash>", uploads.Grant.as_view()),
    path(
        f"{CAS}/v1/xorb-commits/<segment:prefix>/<segment:hash>/grant/<segment:grant>",
        uploads.CommitGrant.as_view(),
    ),
    path(f"{CAS}/v1/xorbs/<segment:prefix>/<segment:hash>", uploads.PlainXorb.as_view()),
    path(f"{CAS}/v2/shards", shards.Shard.as_view()),
    path(f"{CAS}/v1/shards", shards.ShardV1.as_view()),
    path(f"{CAS}/v2/reconstructions/<segment:file>", reconstructions.Reconstruction.as_view()),
    path(f"{CAS}/v1/reconstructions/<segment:file>", reconstructions.ReconstructionV1.as_view()),
    # hf_xet below 1.6 knows no version for shards, below 1.3 none for anything, 1.1.5 one reconstruction.
    path(f"{CAS}/shards", shards.ShardV1.as_view(schema=None)),
    path(f"{CAS}/reconstructions/<segment:file>", reconstructions.ReconstructionV1.as_view(schema=None)),
    path(f"{CAS}/reconstruction/<segment:file>", reconstructions.ReconstructionV1.as_view(schema=None)),
    re_path("^cas/", NotServed.as_view()),
    path("v1/telemetry", telemetry.telemetry),
]
