"""Capture from the installed hf_xet: all three ways to pack, a chunk twice, an empty file, one byte."""

from tests.storage.xet.cas import chunk_storage
from tests.storage.xet.real import FOLDER
from tests.xet import floats, noise

UPLOADS = {
    "mixed": [floats(12_003), b"All chunks look alike from here. " * 400, noise(3000), noise(3000), b""],
    "one-byte": [b"!"],
}

for old in [*FOLDER.glob("*.xorb"), *FOLDER.glob("*.shard")]:
    old.unlink()
for name, contents in UPLOADS.items():
    with chunk_storage() as storage:
        storage.upload(contents)
    for digest, data in storage.xorbs.items():
        (FOLDER / f"{digest}.xorb").write_bytes(data)
    for number, data in enumerate(storage.shards):
        (FOLDER / f"{name}-{number}.shard").write_bytes(data)
