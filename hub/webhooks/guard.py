"""Where webhooks may lead: nowhere inside the operator's network, unless the operator says so."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext

from hub.errors import InvalidInput
from hub.webhooks.errors import NotDelivered
from hub.webhooks.models import URL_MAX
from hub.webhooks.vocabulary import Reason

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = {"http": 80, "https": 443}
# Below it are the services of the system: mail, shells, names.
FIRST_FREE_PORT = 1024
_PRINTABLE = re.compile(r"[!-~]+")
# What Python calls global although it leads on to an IPv4 address that is not looked at, or is out of use.
_LEADING_ON = (
    *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96"),
    *("fec0::/10", "192.88.99.0/24", "3fff::/20"),
)
# Where clouds answer a machine about itself, with its credentials, by addresses that look public.
_OF_CLOUDS = ("192.0.0.0/24", "168.63.129.16/32")
_NEVER = tuple(map(ipaddress.ip_network, _LEADING_ON + _OF_CLOUDS))
LOOK_UP_SECONDS = 5.0
# A look-up cannot be broken off: so many may hang at once, and then every other is too slow at once.
_looking_up = BoundedSemaphore(8)


def checked_url(url: str) -> str:
    """The address as it is; InvalidInput, naming `url`, for one that nothing would ever be sent to."""
    if len(url) > URL_MAX or not _PRINTABLE.fullmatch(url):
        raise InvalidInput(gettext("Write a whole address, in ASCII and without spaces."), "url")
    try:
        parts = urlsplit(url)
        port = port_of(parts)
    except ValueError as problem:
        raise InvalidInput(gettext("This is not an address."), "url") from problem
    if parts.scheme not in PORTS or not parts.hostname:
        raise InvalidInput(gettext("The address must begin with http:// or https:// and a host."), "url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput(gettext("The address must have no user, password or fragment."), "url")
    if port not in PORTS.values() and port < FIRST_FREE_PORT:
        raise InvalidInput(gettext("Webhooks are sent to the ports 80, 443, and from 1024 on."), "url")
    literal = _literal(parts.hostname)
    if parts.hostname.rstrip(".").lower() == "localhost":
        literal = ipaddress.ip_address("127.0.0.1")
    if literal is not None and not allowed(literal):
        raise InvalidInput(gettext("This hub sends nothing to this address."), "url")
    return url


def port_of(parts: SplitResult) -> int:
    """The port of an address; ValueError for one that is none."""
    return PORTS.get(parts.scheme, 0) if parts.port is None else parts.port


def addresses_of(host: str, port: int) -> list[str]:
    """Every IP address of a host, looked up now; NotDelivered unless something may be sent to each of them.

    Whoever connects must connect to one of these, because the next look-up may say something else.
    """
    addresses = _looked_up(host, port)
    if not addresses or not all(map(_allowed_text, addresses)):
        raise NotDelivered(Reason.FORBIDDEN)
    return addresses


def _looked_up(host: str, port: int) -> list[str]:
    """What the system's resolver says, if it does within LOOK_UP_SECONDS; its own time may be minutes."""
    if not _looking_up.acquire(blocking=False):
        raise NotDelivered(Reason.TOO_SLOW)
    answer: SimpleQueue[list[str] | None] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError):
            answer.put(None)
        finally:
            _looking_up.release()

    Thread(target=ask, daemon=True).start()
    try:
        addresses = answer.get(timeout=LOOK_UP_SECONDS)
    except Empty:
        raise NotDelivered(Reason.TOO_SLOW) from None
    if addresses is None:
        raise NotDelivered(Reason.UNKNOWN_HOST)
    return addresses


def allowed(address: Address) -> bool:
    """Whether something may be sent there: to the public network, and to what the operator allows."""
    inner = getattr(address, "ipv4_mapped", None)
    if inner is not None:
        return allowed(inner)
    if _within(address, settings.WEBHOOK_ALLOW):
        return True
    forbidden = address.is_multicast or address.is_reserved or address.is_private or address.is_unspecified
    return address.is_global and not forbidden and not _within(address, _NEVER)


def _allowed_text(address: str) -> bool:
    # A link-local address may come with the name of its interface, which is none of the public network.
    return "%" not in address and allowed(ipaddress.ip_address(address))


def _within(address: Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _literal(host: str) -> Address | None:
    """The address that a host is, also in the forms that only resolvers take (`127.1`, `0x7f000001`)."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
