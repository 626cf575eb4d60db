"""What a client shows to the chunk storage: who it is, which repository, and whether it writes. Signed."""

import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core import signing

SALT = "xet.pass"
# hf_xet asks for the next pass 30 seconds before the end, by its own clock, and gives a whole upload up at a
# 401 without asking for one: what it sent before, slow bodies and retries, is still let in.
GRACE = 600


class PassInvalid(ValueError):
    """The text is no pass of this hub, or not any more."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The ids of a user and of the access token used (None: without), of a repository, and what for."""

    user_id: int | None
    token_id: int | None
    repository_id: int
    writes: bool
    # In seconds since 1970.
    ends: int

    @property
    def bearer(self) -> str:
        """Whom to count this pass for; "" for somebody without a name."""
        return f"user {self.user_id} token {self.token_id}" if self.user_id else ""


def ending() -> int:
    """When a pass that is made now ends."""
    return int(time.time()) + settings.XET_TOKEN_SECONDS


def signed(shown: Pass) -> str:
    """The pass as a text that nobody else can make."""
    values = [shown.user_id, shown.token_id, shown.repository_id, int(shown.writes), shown.ends]
    return signer().sign_object(values)


def read_pass(text: str) -> Pass:
    """The pass of a text; PassInvalid when it was not signed here, or ended GRACE seconds ago."""
    try:
        user_id, token_id, repository_id, writes, ends = signer().unsign_object(text)
    except signing.BadSignature:
        raise PassInvalid("this is no token for the chunk storage") from None
    if ends + GRACE < time.time():
        raise PassInvalid("this token has ended")
    return Pass(user_id, token_id, repository_id, bool(writes), ends)


@lru_cache(maxsize=1)
def signer() -> signing.Signer:
    """The signer, whose key is derived once."""
    return signing.Signer(salt=SALT)
