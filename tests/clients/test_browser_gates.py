"""A request for gated files in real browsers: asked in German, rejected, accepted, and taken back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import CHROMIUM
from tests.clients.conftest import Person

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it"),
    pytest.mark.xdist_group("hub"),
]

CARD = b"""---
license: mit
extra_gated_prompt: Be *kind* with it.
extra_gated_fields:
  Organisation: text
  Country: country
  I agree: checkbox
---
# Voice
"""


def opened(browser: Browser, person: Person, locale: str, *, scripts: bool = True) -> Page:
    """A page on which somebody is logged in."""
    context = browser.new_context(base_url=person.hub.url, locale=locale, java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(person.name)
    page.locator("[name=password]").fill(person.password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
    return page


def test_a_request_goes_its_way(browser: Browser, publisher, join) -> None:
    repo_id = publisher.api.create_repo(f"{publisher.name}/browsed-voice").repo_id
    publisher.api.upload_file(path_or_fileobj=CARD, path_in_repo="README.md", repo_id=repo_id)
    publisher.api.update_repo_settings(repo_id, gated="manual")
    asker = join("read")
    asking, deciding = opened(browser, asker, "de"), opened(browser, publisher, "en")

    asking.goto(f"/{repo_id}")
    asking.get_by_role("link", name="Um Zugang bitten").click()
    expect(asking.locator(".prose em")).to_have_text("kind")
    asking.get_by_label("Organisation").fill("Verein")
    asking.get_by_label("Country").select_option(label="Kenia")
    # The browser itself asks for the box.
    asking.get_by_role("button", name="Zustimmen und abschicken").click()
    expect(asking).to_have_url(f"{publisher.hub.url}/{repo_id}/ask-access")
    asking.get_by_label("I agree").check()
    asking.get_by_role("button", name="Zustimmen und abschicken").click()
    expect(asking.get_by_role("heading", name="wartet auf die Eigentümer")).to_be_visible()

    deciding.goto(f"/{repo_id}/settings")
    deciding.get_by_role("link", name="Requests and people").click()
    row = deciding.get_by_role("listitem").filter(has_text=asker.name)
    expect(row).to_contain_text("Kenya")
    row.get_by_text("Reject …").click()
    row.get_by_label("Why").fill("Which Verein?")
    row.get_by_role("button", name="Reject", exact=True).click()
    expect(deciding.get_by_text("Nobody waits.")).to_be_visible()
    asking.reload()
    expect(asking.locator("q")).to_have_text("Which Verein?")

    deciding.get_by_role("link", name="Rejected 1").click()
    deciding.get_by_role("button", name=f"Accept {asker.name}").click()
    assert asking.goto(f"/{repo_id}/blob/main/README.md").status == 200
    deciding.goto(f"/{repo_id}/settings/access?status=accepted")
    deciding.get_by_role("button", name=f"Set {asker.name} back").click()
    assert asking.goto(f"/{repo_id}/blob/main/README.md").status == 403
    for page in (asking, deciding):
        page.context.close()


def test_several_requests_are_decided_at_once_by_the_keyboard_and_without_scripts(
    browser: Browser, publisher, join
) -> None:
    repo_id = publisher.api.create_repo(f"{publisher.name}/wanted-voice").repo_id
    publisher.api.update_repo_settings(repo_id, gated="manual")
    askers = [join("read"), join("read")]
    for asker in askers:
        page = opened(browser, asker, "en")
        page.goto(f"/{repo_id}/ask-access")
        page.locator("form.card button").click()
        page.context.close()
    page = opened(browser, publisher, "en", scripts=False)
    page.goto(f"/{repo_id}/settings/access")
    for asker in askers:
        page.get_by_role("checkbox", name=f"Tick {asker.name}", exact=True).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Accept them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 people have access now.")).to_be_visible()
    assert all(asker.api.auth_check(repo_id) is None for asker in askers)
    page.context.close()
