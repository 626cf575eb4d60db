"""Accounts in a real browser: second factors, a passkey, and an invitation that a second person accepts."""

import base64
import hashlib
import hmac
import secrets
import struct
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.axe import grave_in_both_themes
from tests.clients.test_browser import CHROMIUM, create_organisation
from tests.running import RunningHub

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")

PASSWORD = secrets.token_urlsafe(16)
# What a phone or a laptop does when its owner agrees.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def open_page(browser: Browser, running_hub: RunningHub) -> Iterator[object]:
    """Opens a browser of somebody's own; what any console complains of fails the test."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def opened() -> Page:
        # Browsers give no passkeys to an address that is a number.
        base = running_hub.url.replace("127.0.0.1", "localhost")
        contexts.append(browser.new_context(base_url=base))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def sign_up(page: Page, name: str, address: str = "/accounts/signup/") -> None:
    page.goto(address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.locator("summary", has_text=name)).to_be_visible()


def log_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Login").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    digest = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1
    ).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, start)[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_a_person_logs_in_with_a_code_and_then_with_a_passkey_alone(open_page):
    page, name = open_page(), f"person-{secrets.token_hex(4)}"
    sign_up(page, name)
    page.goto("/settings/two-factor")
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.locator("#secret").inner_text()
    assert grave_in_both_themes(page) == []
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert grave_in_both_themes(page) == []
    recovery = page.locator("pre").inner_text().split()[0]

    log_out(page)
    log_in(page, name)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert grave_in_both_themes(page) == []
    # The code of an app counts once in its half minute, so that this one is from the paper.
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.locator("summary", has_text=name)).to_be_visible()

    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto("/settings/passkeys/new")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert grave_in_both_themes(page) == []
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("main").get_by_role("button", name="Add").click()
    page.wait_for_url("**/settings/two-factor")
    page.goto("/settings/passkeys")
    expect(page.get_by_role("main")).to_contain_text("Laptop")

    log_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("summary", has_text=name)).to_be_visible()
    log_out(page)
    log_in(page, name)
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.locator("summary", has_text=name)).to_be_visible()


def test_a_code_of_the_app_lets_in(open_page):
    page, name = open_page(), f"person-{secrets.token_hex(4)}"
    sign_up(page, name)
    page.goto("/settings/two-factor/app")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.locator("#secret").inner_text()
    used = code_of(secret)
    page.get_by_label("Authenticator code").fill(used)
    page.get_by_role("button", name="Turn on").click()
    log_out(page)
    log_in(page, name)
    while code_of(secret) == used:
        page.wait_for_timeout(500)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.locator("summary", has_text=name)).to_be_visible()


def test_a_second_person_signs_up_by_an_invitation_and_belongs(open_page):
    first, second = open_page(), open_page()
    admin, guest, lab = (f"{word}-{secrets.token_hex(4)}" for word in ("admin", "guest", "lab"))
    sign_up(first, admin)
    create_organisation(first, lab)
    first.goto(f"/organisations/{lab}/members")
    first.get_by_label("Role", exact=True).select_option("write")
    first.get_by_role("button", name="Make a link").click()
    link = first.locator(".copy pre").inner_text()

    second.goto(link[link.index("/invitations/") :])
    expect(second.get_by_role("main")).to_contain_text(f"{admin} invites you")
    second.get_by_role("main").get_by_role("link", name="Sign up").click()
    sign_up(second, guest, second.url)
    expect(second.get_by_role("heading", name=f"Join {lab}")).to_be_visible()
    second.get_by_role("button", name="Accept").click()
    expect(second.get_by_role("main")).to_contain_text(f"You belong to {lab} now.")
    expect(second.get_by_role("link", name="New model")).to_be_visible()
    first.reload()
    expect(first.get_by_role("table")).to_contain_text(guest)
