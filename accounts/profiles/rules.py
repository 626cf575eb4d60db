"""What a profile may say. Pure."""

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext

from accounts.errors import ProfileInvalid

FULL_NAME_MAX = 200
DESCRIPTION_MAX = 500
HOMEPAGE_MAX = 200

# Emoji of several parts are held together by joiners, which count as invisible.
_ALSO_ALLOWED = frozenset("\n\u200c\u200d")
_is_address = URLValidator(schemes=["http", "https"])


def check_full_name(value: str) -> str:
    """The name without spaces around it; ProfileInvalid for a long one, or one with invisible characters."""
    name = value.strip()
    if len(name) > FULL_NAME_MAX or not _shows(name.replace("\n", "\0")):
        raise ProfileInvalid(
            gettext("A full name has at most %d characters, all of them visible, on one line.")
            % FULL_NAME_MAX,
            "full_name",
        )
    return name


def check_description(value: str) -> str:
    """The text with plain line ends; ProfileInvalid for a long one, or one with invisible characters."""
    text = value.replace("\r\n", "\n").strip()
    if len(text) > DESCRIPTION_MAX or not _shows(text):
        raise ProfileInvalid(
            gettext("A description has at most %d characters, all of them visible.") % DESCRIPTION_MAX,
            "description",
        )
    return text


def check_homepage(value: str) -> str:
    """The address; ProfileInvalid for what is no address of the web, "" is none at all."""
    link = value.strip()
    if not link:
        return ""
    try:
        _is_address(link)
    except ValidationError as error:
        raise ProfileInvalid(
            gettext("A home page is an address that begins with https://."), "homepage"
        ) from error
    if len(link) > HOMEPAGE_MAX:
        raise ProfileInvalid(gettext("The address has at most %d characters.") % HOMEPAGE_MAX, "homepage")
    return link


def _shows(text: str) -> bool:
    return all(character.isprintable() or character in _ALSO_ALLOWED for character in text)
