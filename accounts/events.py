"""What can happen to people, organisations and tokens, as the audit log spells it."""

from enum import StrEnum


class AccountEvent(StrEnum):
    """hub.events repeats these spellings for the rooms above."""

    USER_CREATED = "user.created"
    PASSWORD_SET = "user.password_set"
    PROFILE_CHANGED = "profile.changed"
    SESSIONS_ENDED = "sessions.ended"
    DESK_ROLE_SET = "user.desk_role_set"
    UPLOADS_SUSPENDED = "user.uploads_suspended"
    UPLOADS_ALLOWED = "user.uploads_allowed"
    USER_SUSPENDED = "user.suspended"
    USER_REINSTATED = "user.reinstated"
    USER_DELETED = "user.deleted"
    ORGANISATION_CREATED = "organisation.created"
    ORGANISATION_DELETED = "organisation.deleted"
    ORGANISATION_VERIFIED = "organisation.verified"
    STORAGE_LIMIT_SET = "storage.limit_set"
    MEMBER_INVITED = "member.invited"
    MEMBER_JOINED = "member.joined"
    INVITATION_DECLINED = "invitation.declined"
    INVITATION_REVOKED = "invitation.revoked"
    MEMBER_SET = "member.set"
    MEMBER_REMOVED = "member.removed"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"
    TOKEN_REFRESHED = "token.refreshed"
    LOGIN_APPROVED = "login.approved"
    LOGIN_DENIED = "login.denied"
