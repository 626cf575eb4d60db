"""Where webhooks are sent, and where never."""

import socket
import ssl
import threading
from ipaddress import ip_address, ip_network

import pytest

from hub.errors import InvalidInput
from hub.webhooks import delivery, guard
from hub.webhooks.errors import NotDelivered
from hub.webhooks.vocabulary import Reason
from tests.factories.webhooks import LOOPBACK
from tests.receiving import receiving

FORBIDDEN = (
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::1", "::", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::1", "::ffff:0:127.0.0.1"),
    # Where clouds answer a machine about itself.
    *("192.0.0.192", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "::ffff:168.63.129.16", "3fff::1"),
)
PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8")


def resolving(monkeypatch, *answers: list[str]) -> list[str]:
    """Let each look-up of a name say the next of the answers, the last one ever after; returns the names."""
    asked, left = [], list(answers)

    def look_up(host, port, *rest, **how):
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(guard.socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", FORBIDDEN)
def test_nothing_is_sent_inside(address, monkeypatch):
    assert not guard.allowed(ip_address(address))
    resolving(monkeypatch, [address])
    with pytest.raises(NotDelivered) as caught:
        guard.addresses_of("inside.example", 80)
    assert caught.value.reason == Reason.FORBIDDEN
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidInput) as refused:
        guard.checked_url(f"https://{literal}/hook")
    assert refused.value.field == "url"


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_network_is_open(address, monkeypatch):
    resolving(monkeypatch, [address])
    assert guard.addresses_of("example.org", 443) == [address]


def test_one_forbidden_address_among_others_forbids_the_name(monkeypatch):
    resolving(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(NotDelivered):
        guard.addresses_of("mixed.example", 443)


def test_the_operator_opens_networks_and_no_others(settings):
    settings.WEBHOOK_ALLOW = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")]
    assert guard.allowed(ip_address("10.1.2.3"))
    assert guard.allowed(ip_address("::ffff:10.1.2.3"))
    assert guard.allowed(ip_address("fd00:1::5"))
    assert not guard.allowed(ip_address("10.2.0.1"))
    assert not guard.allowed(ip_address("127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "ftp://example.org/", "file:///etc/passwd", "https://", "https:///path"),
        *("https://user:word@example.org/", "https://user@example.org/", "https://example.org/#part"),
        *("https://example.org/a b", "https://example.org/\r\nX: y", "https://exämple.org/"),
        *("https://example.org:22/", "https://example.org:0/", "https://example.org:70000/", "http://[::1"),
        *("http://localhost/", "http://LOCALHOST.:8000/", "http://127.1/", "http://2130706433/"),
        *("http://0x7f.1/", "http://0177.0.0.1/", "https://example.org/" + "x" * 2000),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url):
    with pytest.raises(InvalidInput) as caught:
        guard.checked_url(url)
    assert caught.value.field == "url"


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://example.org:8080/a?b=c%20d", "https://8.8.8.8/"]
)
def test_others_are_taken_as_they_are(url):
    assert guard.checked_url(url) == url


def test_a_request_goes_to_the_address_that_was_checked_whatever_the_name_says_next(settings, monkeypatch):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with receiving() as allowed, receiving() as inside:
        # A name that is looked up again says the address of somebody else.
        asked = resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
        url = f"http://rebinding.example:{allowed.port}/a%20b?c=d"
        outcome = delivery.send(url, b"{}", {"X-Webhook-Secret": "s"})
        assert (outcome.status, outcome.reason) == (200, Reason.NONE)
        assert asked == ["rebinding.example"]
        assert (allowed.paths, allowed.bodies, inside.bodies) == (["/a%20b?c=d"], [b"{}"], [])
        assert allowed.heads[0]["Host"] == f"rebinding.example:{allowed.port}"


def test_a_name_server_that_hangs_is_not_waited_for(settings, monkeypatch):
    hanging, places = threading.Event(), threading.BoundedSemaphore(2)
    monkeypatch.setattr(guard, "LOOK_UP_SECONDS", 0.05)
    monkeypatch.setattr(guard, "_looking_up", places)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **how: hanging.wait(60) and [])
    try:
        for _ in range(3):
            outcome = delivery.send("https://slow.example/", b"{}", {})
            assert (outcome.status, outcome.reason) == (None, Reason.TOO_SLOW)
            assert outcome.seconds < 5
    finally:
        hanging.set()
        # The look-ups end before the next test begins.
        assert all(places.acquire(timeout=60) for _ in range(2))


def test_a_name_that_turns_private_before_the_next_try_is_refused_then(settings, monkeypatch):
    settings.WEBHOOK_ALLOW = [ip_network("127.0.0.1/32")]
    with receiving() as receiver:
        url = f"http://rebinding.example:{receiver.port}/"
        resolving(monkeypatch, ["127.0.0.1"])
        assert delivery.send(url, b"{}", {}).reason == Reason.NONE
        resolving(monkeypatch, ["127.0.0.2"])
        assert delivery.send(url, b"{}", {}).reason == Reason.FORBIDDEN
        assert len(receiver.bodies) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_nowhere(settings, status):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with receiving() as receiver, receiving() as inside:
        receiver.status, receiver.headers = status, {"Location": inside.url}
        outcome = delivery.send(receiver.url, b"{}", {})
        assert (outcome.status, outcome.reason) == (status, Reason.STATUS)
        assert (len(receiver.bodies), inside.bodies) == (1, [])


def test_without_the_operators_word_loopback_gets_nothing():
    with receiving() as receiver:
        assert delivery.send(receiver.url, b"{}", {}).reason == Reason.FORBIDDEN
        assert receiver.bodies == []


def test_nobody_there_an_unknown_name_and_something_else_than_http(settings, monkeypatch):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.2)
        outcome = delivery.send(f"http://127.0.0.1:{port}/", b"{}", {})
        assert (outcome.status, outcome.reason) == (None, Reason.TOO_SLOW)
        # It speaks no TLS, and says nothing at all.
        assert delivery.send(f"https://127.0.0.1:{port}/", b"{}", {}).reason == Reason.TOO_SLOW
    assert delivery.send(f"http://127.0.0.1:{port}/", b"{}", {}).reason == Reason.UNREACHABLE

    def unknown(*what, **how):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(guard.socket, "getaddrinfo", unknown)
    assert delivery.send("http://nowhere.example/", b"{}", {}).reason == Reason.UNKNOWN_HOST


def test_plain_http_where_tls_is_expected_is_no_delivery(settings):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with receiving() as receiver:
        outcome = delivery.send(receiver.url.replace("http:", "https:"), b"{}", {})
        assert (outcome.status, outcome.reason, receiver.bodies) == (None, Reason.BROKEN, [])


def test_the_certificate_is_checked_against_the_name_and_not_the_address(settings, monkeypatch):
    settings.WEBHOOK_ALLOW = LOOPBACK
    names = []

    class Context(ssl.SSLContext):
        def wrap_socket(self, sock, *, server_hostname):
            names.append(server_hostname)
            assert self.check_hostname
            raise ssl.SSLCertVerificationError("not valid")

    monkeypatch.setattr(delivery.ssl, "create_default_context", lambda: Context(ssl.PROTOCOL_TLS_CLIENT))
    resolving(monkeypatch, ["127.0.0.1"])
    with receiving() as receiver:
        outcome = delivery.send(f"https://example.org:{receiver.port}/", b"{}", {})
    assert (outcome.reason, names) == (Reason.UNSAFE, ["example.org"])


def test_of_a_long_answer_only_the_beginning_is_read(settings):
    settings.WEBHOOK_ALLOW = LOOPBACK
    with receiving() as receiver:
        receiver.body = b"x" * 5_000_000
        assert delivery.send(receiver.url, b"{}", {}).status == 200
