"""Every object key of the bucket, spelled once."""

import uuid


def object_key(sha256: str, upload_id: uuid.UUID) -> str:
    """Where bytes that claim to be `sha256` live for good; unguessable, so no two uploads meet."""
    return f"objects/{sha256[:2]}/{sha256}-{upload_id.hex}"


def staging_key(upload_id: uuid.UUID) -> str:
    """Where a client's single PUT lands; never read from after the server has copied it away."""
    return f"staging/{upload_id.hex}"


def xorb_key(hash: str, copy: uuid.UUID) -> str:
    """Where a xorb lives for good; every attempt to keep one has a key of its own."""
    return f"xorbs/{hash[:2]}/{hash}-{copy.hex}"
