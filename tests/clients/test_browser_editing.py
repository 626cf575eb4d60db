"""A card edited and released in a real browser, and pulled as it was released."""

import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.axe import grave_in_both_themes
from tests.browser import CHROMIUM
from tests.clients import test_browser
from tests.clients.test_browser import TOO_FAINT, sign_up

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")

page = test_browser.page

CARD = """---
license: mit  # as the board decided
our_own: {team: birds, "since": 2024}  # nobody else knows this
tags:
  # the plain ones first
  - tiny
---
# Tiny

Sings *a little*.
"""


def edit_card(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Edit the card").click()
    page.locator("#text").fill(CARD)
    # What is typed is shown, and found in the fields beside it.
    expect(page.locator("#preview em")).to_have_text("a little")
    expect(page.get_by_label("Tags", exact=True)).to_have_value("tiny")
    page.get_by_label("Task", exact=True).fill("text-clasification")
    expect(page.locator("#warnings")).to_contain_text("did you mean 'text-classification'?")
    page.get_by_label("Task", exact=True).fill("text-classification")
    expect(page.locator("#warnings")).to_contain_text("The card is well formed")
    page.get_by_label("Licence", exact=True).fill("apache-2.0")
    page.get_by_label("Tags", exact=True).fill("tiny, bird song")
    expect(page.locator("#text")).to_have_value(
        CARD.replace("mit", "apache-2.0")
        .replace("- tiny\n", "- tiny\n  - bird song\n")
        .replace("song\n---", "song\npipeline_tag: text-classification\n---")
    )
    page.get_by_label("What changes?").fill("Say what it is for")
    page.get_by_role("button", name="Save the change").click()
    page.wait_for_url(f"**{address}")
    expect(page.locator("article.prose em")).to_have_text("a little")


def release(page: Page, address: str, tag: str) -> None:
    page.goto(f"{address}/releases")
    page.get_by_role("link", name="New release").click()
    page.get_by_label("Tag", exact=True).fill(tag)
    page.get_by_label("Title").fill("The first song")
    page.get_by_label("Notes").fill("It **sings**.")
    send = page.get_by_role("button", name="Release", exact=True)
    send.click()
    waiting = page.get_by_text("It was not released")
    while waiting.or_(page.locator(".prose strong")).first.inner_text().startswith("It was not"):
        # What was just edited is still being looked at; the form keeps what was typed.
        send.click()
    page.wait_for_url(f"**{address}/release/{tag}")
    expect(page.locator(".prose strong")).to_have_text("sings")
    assert grave_in_both_themes(page) == []


def test_a_card_is_edited_with_its_form_released_and_pulled_by_its_tag(
    page: Page, visitor, tmp_path: Path
) -> None:
    person = f"person-{secrets.token_hex(4)}"
    address = f"/{person}/tiny"
    sign_up(page, person)
    page.goto("/new")
    page.get_by_label("Name", exact=True).fill("tiny")
    page.get_by_label("Licence").select_option("mit")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"**{address}")
    edit_card(page, address)
    release(page, address, "v1.0")
    # The branch moves on; the release does not.
    page.goto(f"{address}/edit/main/README.md")
    page.locator("#text").fill("# Changed since\n")
    page.get_by_role("button", name="Save the change").click()
    page.wait_for_url(f"**{address}")
    pulled = tmp_path / "pulled"
    visitor.hf("download", f"{person}/tiny", "--revision", "v1.0", "--local-dir", str(pulled))
    text = (pulled / "README.md").read_text()
    assert 'our_own: {team: birds, "since": 2024}  # nobody else knows this' in text
    assert "license: apache-2.0  # as the board decided" in text
    assert "  # the plain ones first\n  - tiny\n  - bird song\n" in text


def test_the_desk_is_used_by_the_keyboard_and_on_a_phone(page: Page) -> None:
    person = f"person-{secrets.token_hex(4)}"
    sign_up(page, person)
    page.goto("/new")
    page.get_by_label("Name", exact=True).fill("tiny")
    page.get_by_label("Licence").select_option("mit")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"**/{person}/tiny")
    page.set_viewport_size({"width": 390, "height": 844})
    address = f"/{person}/tiny"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for below in ("edit/main/README.md", "new/main", "refs", "releases", "releases/new", "settings"):
            page.goto(f"{address}/{below}")
            assert page.evaluate("document.documentElement.scrollWidth") == 390, below
            assert page.evaluate(TOO_FAINT) == [], below
    page.goto(f"{address}/edit/main/README.md")
    page.locator("#text").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    expect(page.locator("#text")).to_be_focused()
    assert page.locator("#text").input_value().startswith("  ---")
    page.keyboard.press("Control+z")
    assert page.locator("#text").input_value().startswith("---")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("#text")).not_to_be_focused()
