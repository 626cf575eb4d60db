"""The moderators' desk in a real browser: the queue by the keyboard, and reasons that policies prepare."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import CHROMIUM
from tests.pages import MODEL
from tests.running import RunningHub
from tests.screenshots import log_in

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")

REPORTED = (MODEL, "/river-speech/brook-voice")


@pytest.fixture(scope="module")
def desk(running_hub: RunningHub, browser: Browser) -> Page:
    """The demo's moderator at a desk with a case about each of two models."""
    people = json.loads(running_hub.order("demo", "--json"))["users"]
    visitor = browser.new_context(base_url=running_hub.url).new_page()
    for address in REPORTED:
        visitor.goto(f"{address}/report")
        visitor.get_by_label("Licence or copyright").check()
        visitor.get_by_label("What should the moderators know?").fill("These are my photographs.")
        visitor.get_by_label("How can they reach you?").fill("me@example.org")
        visitor.locator("main form button").click()
        expect(visitor.get_by_text("Thank you.")).to_be_visible()
    context = browser.new_context(base_url=running_hub.url)
    log_in(context, "moderator", people["moderator"]["password"])
    return context.new_page()


def test_the_queue_is_worked_by_the_keyboard(desk: Page):
    desk.goto("/moderation?cause=licence&order=age")
    expect(desk.locator("#keys")).to_be_visible()
    first, second = desk.locator("#cases .title").nth(0), desk.locator("#cases .title").nth(1)
    for key, there in (("j", first), ("j", second), ("k", first), ("k", first)):
        desk.keyboard.press(key)
        expect(there).to_be_focused()
    desk.keyboard.press("/")
    expect(desk.get_by_label("State")).to_be_focused()
    # In a field the keys are letters.
    name = desk.get_by_label("Name of this view")
    name.focus()
    desk.keyboard.type("jkc/")
    expect(name).to_have_value("jkc/")
    name.blur()
    desk.keyboard.press("j")
    address = first.get_attribute("href")
    desk.keyboard.press("c")
    desk.wait_for_url(f"**{address}")
    expect(desk.get_by_text("moderator has this case.")).to_be_visible()
    desk.goto("/moderation?cause=licence&order=age")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**{address}")


def test_a_policy_brings_its_reason_until_somebody_writes_their_own(desk: Page):
    for slug in ("copyright", "spam"):
        desk.goto(f"/moderation/policies/{slug}")
        desk.get_by_label("Template for reasons").fill(f"Prepared for {slug}.")
        desk.get_by_role("button", name="Save").click()
        desk.wait_for_url("**/moderation/policies")
    desk.goto("/moderation?cause=licence")
    desk.locator("#cases .title").first.click()
    reason, policy = desk.locator("[name=reason]").last, desk.get_by_label("By which policy?")
    expect(reason).to_have_value("Prepared for copyright.")
    policy.select_option("spam")
    expect(reason).to_have_value("Prepared for spam.")
    policy.select_option("other")
    expect(reason).to_have_value("It harms people or the hub in a way that no other policy names.")
    desk.get_by_label("Nothing: leave it").check()
    expect(reason).to_have_value("")
    desk.get_by_label("Warn: tell its people").check()
    expect(reason).not_to_have_value("")
    reason.fill("It copies my photographs.")
    policy.select_option("spam")
    expect(reason).to_have_value("It copies my photographs.")
