"""What hf_xet really sent: two xorbs and their shards. `python -m tests.storage.xet.real` gets them anew."""

from pathlib import Path

FOLDER = Path(__file__).parent


def real_xorbs() -> dict[str, bytes]:
    """Return xorbs by the hash they were sent under."""
    return {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.xorb"))}


def real_shards() -> list[bytes]:
    """Return the shards that registered files of those xorbs."""
    return [path.read_bytes() for path in sorted(FOLDER.glob("*.shard"))]
