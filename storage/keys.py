"""Every object key of the bucket, spelled once."""

import re
import uuid
from dataclasses import dataclass

OBJECTS, STAGING, XORBS = "objects/", "staging/", "xorbs/"
ATTACHMENTS, APPEALS = "attachments/", "appeals/"
NAMED = re.compile(r"(?:objects/\w\w/|staging/|xorbs/\w\w/)(?:([0-9a-f]{64})-)?([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Name:
    """What a key says: the hash of the content, if it is there for good, and the upload or copy it is of."""

    hash: str
    id: uuid.UUID


def read_key(key: str) -> Name | None:
    """Take a key apart; None when it is not one of those spelled here."""
    found = NAMED.fullmatch(key)
    return Name(found[1] or "", uuid.UUID(found[2])) if found else None


def object_key(sha256: str, upload_id: uuid.UUID) -> str:
    """Where bytes that claim to be `sha256` live for good; unguessable, so no two uploads meet."""
    return f"{OBJECTS}{sha256[:2]}/{sha256}-{upload_id.hex}"


def staging_key(upload_id: uuid.UUID) -> str:
    """Where a client's single PUT lands; never read from after the server has copied it away."""
    return f"{STAGING}{upload_id.hex}"


def xorb_key(hash: str, copy: uuid.UUID) -> str:
    """Where a xorb lives for good; every attempt to keep one has a key of its own.

    That of an upload which is read where it arrived has its id, by which it is known to be on its way.
    """
    return f"{XORBS}{hash[:2]}/{hash}-{copy.hex}"


def attachment_key(sha256: str, attachment_id: uuid.UUID) -> str:
    """Where an attachment lives; each has an object of its own, also where bytes are alike."""
    return f"{ATTACHMENTS}{sha256[:2]}/{sha256}-{attachment_id.hex}"


def appeal_file_key(sha256: str, file_id: uuid.UUID) -> str:
    """Where a file of an appeal lives, likewise."""
    return f"{APPEALS}{sha256[:2]}/{sha256}-{file_id.hex}"
