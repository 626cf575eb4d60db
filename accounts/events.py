"""What can happen to people, organisations and tokens, as the audit log spells it."""

from enum import StrEnum


class AccountEvent(StrEnum):
    """hub.events repeats these spellings for the rooms above."""

    USER_CREATED = "user.created"
    PASSWORD_SET = "user.password_set"
    PROFILE_CHANGED = "profile.changed"
    SESSIONS_ENDED = "sessions.ended"
    ORGANISATION_CREATED = "organisation.created"
    MEMBER_SET = "member.set"
    MEMBER_REMOVED = "member.removed"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"
    TOKEN_REFRESHED = "token.refreshed"
    LOGIN_APPROVED = "login.approved"
    LOGIN_DENIED = "login.denied"
