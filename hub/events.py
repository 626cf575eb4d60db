"""What can happen in the hub, spelled once."""

from enum import StrEnum


class Event(StrEnum):
    """The names of audit events; the value is what is stored."""

    USER_CREATED = "user.created"
    ORGANISATION_CREATED = "organisation.created"
    MEMBER_SET = "member.set"
    MEMBER_REMOVED = "member.removed"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"
    REPOSITORY_CREATED = "repository.created"
    REPOSITORY_CHANGED = "repository.changed"
    REPOSITORY_MOVED = "repository.moved"
    REPOSITORY_DELETED = "repository.deleted"
    REPOSITORY_TAKEN_DOWN = "repository.taken_down"
    REPOSITORY_RESTORED = "repository.restored"
    COMMIT_LANDED = "commit.landed"
    REF_CREATED = "ref.created"
    REF_DELETED = "ref.deleted"
    UPLOAD_VERIFIED = "upload.verified"
    UPLOAD_REFUSED = "upload.refused"
    SCAN_FINISHED = "scan.finished"
    BLOB_QUARANTINED = "blob.quarantined"
    BLOB_RELEASED = "blob.released"
    LICENCE_CHECKED = "licence.checked"
    REPORT_FILED = "report.filed"
    CASE_OPENED = "case.opened"
    CASE_DECIDED = "case.decided"
    PUBLISHER_TOLD = "publisher.told"
