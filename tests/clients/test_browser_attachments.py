"""A picture chosen for a comment in a real browser, and what a reader's browser does not load."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.axe import grave_in_both_themes
from tests.browser import CHROMIUM
from tests.builders.pictures import png
from tests.clients.test_browser_lines import log_in

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it"),
    pytest.mark.xdist_group("hub"),
]


def test_a_picture_is_chosen_for_a_comment_and_one_from_elsewhere_is_a_link(join, browser):
    person = join()
    model = person.api.create_repo(f"{person.name}/shown-{secrets.token_hex(4)}").repo_id
    elsewhere = "https://elsewhere.example/a.png"
    number = person.api.create_discussion(model, "Look", description=f"![there]({elsewhere})").num
    context = browser.new_context(base_url=person.hub.url)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    log_in(page, person)
    page.goto(f"/{model}/discussions/{number}")
    chooser = page.locator(".attach input").first
    chooser.set_input_files({"name": "b.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    expect(page.locator(".attach [role=status]").first).to_contain_text("An attachment is a PNG")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    expect(page.locator("#text")).to_have_value(re.compile("/uploads/"))
    page.get_by_role("button", name="Comment", exact=True).click()
    picture = page.get_by_role("img", name="a.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.complete && one.naturalWidth > 0")
    expect(page.get_by_role("link", name="there")).to_have_attribute("href", elsewhere)
    assert elsewhere not in asked
    assert grave_in_both_themes(page) == []
    context.close()
