"""A line of a pull request commented on in a real browser: by the keyboard, and without JavaScript."""

import secrets

import pytest
from huggingface_hub import CommitOperationAdd
from playwright.sync_api import Page, expect

from tests.axe import grave_in_both_themes
from tests.browser import CHROMIUM

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it"),
    pytest.mark.xdist_group("hub"),
]


def log_in(page: Page, person) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(person.name)
    page.locator("[name=password]").fill(person.password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/accounts/login/" not in address)


def test_a_line_is_commented_on_by_the_keyboard_and_without_scripts(join, browser):
    owner, guest = join(), join()
    model = owner.api.create_repo(f"{owner.name}/lines-{secrets.token_hex(4)}").repo_id
    words = b"one\ntwo\nthree\n"
    for person, data in ((owner, words), (guest, words.replace(b"two", b"2" * 200))):
        person.api.create_commit(
            model,
            [CommitOperationAdd("words.txt", data)],
            commit_message="Words",
            create_pr=person is guest,
        )
    files = f"/{model}/discussions/1/files"
    for person, scripts in ((owner, True), (guest, False)):
        context = browser.new_context(base_url=owner.hub.url, java_script_enabled=scripts)
        page = context.new_page()
        log_in(page, person)
        page.goto(files)
        line = page.get_by_role("row", name="222")
        line.get_by_role("button", name="Comment on this line").press("Enter")
        form = page.get_by_label("Comment on line 2")
        expect(form).to_be_visible()
        expect(form).to_be_focused()
        if scripts:
            page.get_by_role("link", name="Cancel").press("Enter")
            expect(form).to_have_count(0)
            line.get_by_role("button", name="Comment on this line").press("Enter")
        form.fill(f"**Why**, asks {person.name}")
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(line.locator("xpath=following-sibling::tr[1]")).to_contain_text(f"asks {owner.name}")
        if scripts:
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert grave_in_both_themes(page) == []
        context.close()
    events = owner.api.get_discussion_details(model, 1).events
    said = [event.content for event in events if event.type == "comment"]
    assert said[1:] == [f"**Why**, asks {person.name}" for person in (owner, guest)]
