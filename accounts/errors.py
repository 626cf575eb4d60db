"""What can go wrong with people, organisations and tokens; a door translates each into a clear 4xx."""


class AccountError(Exception):
    """Base of this app's errors; `field` is the input at fault, "" when none is."""

    field = ""


class NameInvalid(AccountError):
    """The name breaks a rule of accounts.names; the message says which."""

    field = "name"


class NameTaken(AccountError):
    """A user or an organisation already has this name, in whatever letter case."""

    field = "name"


class NameForbidden(AccountError):
    """A moderator or the operator let nobody get this name, in whatever letter case."""

    field = "name"


class EmailTaken(AccountError):
    """Another user already has this e-mail address, in whatever letter case."""

    field = "email"


class EmailInvalid(AccountError):
    """The text is not an e-mail address."""

    field = "email"


class RoleUnknown(AccountError):
    """The role is not in the role table."""

    field = "role"


class TokenNameInvalid(AccountError):
    """A token's name is empty or longer than 100 characters."""

    field = "name"


class ExpiryInvalid(AccountError):
    """A token's end is not in the future."""

    field = "expires_at"


class GrantsInvalid(AccountError):
    """The grants are too many or name no place, or the token's role takes none."""

    field = "grants"


class ProfileInvalid(AccountError):
    """A profile says what none may say; `field` is where."""

    def __init__(self, words: str, field: str) -> None:
        super().__init__(words)
        self.field = field


class PictureInvalid(AccountError):
    """The file is no picture that is shown here; the message says why."""

    field = "picture"


class NotAnOrganisation(AccountError):
    """The namespace belongs to a user, and only organisations have members."""


class NotAMember(AccountError):
    """The user is not a member of the organisation."""

    field = "user"


class AlreadyAMember(AccountError):
    """Whoever is invited, or accepts, belongs to the organisation already."""

    field = "who"


class TooManyInvitations(AccountError):
    """The organisation has as many open invitations as one may have."""

    field = "who"


class InvitationGone(AccountError):
    """The invitation was used, revoked or declined, is too old, or is somebody else's."""


class LimitInvalid(AccountError):
    """The number of bytes is none that can be a limit."""


class DomainInvalid(AccountError):
    """The text is no domain name."""

    field = "domain"


class NotAnAdmin(AccountError):
    """Only an admin of the organisation may change its members."""


class LastAdmin(AccountError):
    """The change would leave the organisation without an admin."""

    field = "role"


class NotYourToken(AccountError):
    """Only the user it belongs to may revoke a token."""


class AppendOnly(AccountError):
    """The audit log takes new rows only: no row is ever changed or deleted."""
