"""What holds on every page in a real browser: usable by anybody, light, still, narrow, read without scripts.

The pages are those of `tests/pages.py`, in a hub with the demo's data.
"""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.axe import grave_in_both_themes
from tests.browser import CHROMIUM
from tests.pages import MODEL, NOBODY, PAGES, visit
from tests.running import RunningHub
from tests.screenshots import log_in

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")

# The hub's own styles and scripts of a page together, in bytes as they are run; and requests in all.
OWN, CODE = "/static/web/", (".css", ".js")
MOST_BYTES, MOST_REQUESTS = 100_000, 30
MOST_SHIFT = 0.1
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# As wide as a page of 1280 pixels is that somebody has made four times as large (WCAG 2.2, 1.4.10).
ENLARGED = {"width": 320, "height": 844}

WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# What is still to be laid out is done two frames later.
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LOADED = """() => performance.getEntriesByType("resource").map((entry) => [
  new URL(entry.name).pathname, entry.decodedBodySize,
])"""


@pytest.fixture(scope="module")
def people(running_hub: RunningHub) -> dict[str, dict[str, str]]:
    """The demo's people by name, each with a password."""
    return json.loads(running_hub.order("demo", "--json"))["users"]


@pytest.fixture(scope="module")
def looking(running_hub: RunningHub, browser: Browser, people) -> Callable[[str], BrowserContext]:
    """A context in which somebody of the demo is logged in, one for all tests."""
    known: dict[str, BrowserContext] = {}

    def context(who: str) -> BrowserContext:
        if who not in known:
            known[who] = browser.new_context(
                base_url=running_hub.url, viewport=WIDE, color_scheme="light", reduced_motion="reduce"
            )
            known[who].set_default_timeout(20_000)
            if who != NOBODY:
                log_in(known[who], who, people[who]["password"])
            known[who].add_init_script(WATCH)
        return known[who]

    return context


@pytest.fixture(scope="module")
def opened(looking) -> Callable[[str], Page]:
    """A page of the table, in the one window that each visitor has."""
    windows: dict[str, Page] = {}

    def open_page(name: str) -> Page:
        who = PAGES[name].who
        if who not in windows:
            windows[who] = looking(who).new_page()
        page = windows[who]
        page.set_viewport_size(WIDE)
        visit(page, PAGES[name])
        page.evaluate(SETTLED)
        return page

    return open_page


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_usable_light_still_and_narrow(opened, name):
    page = opened(name)
    assert page.evaluate("window.shifted") < MOST_SHIFT
    loaded = page.evaluate(LOADED)
    assert sum(size for path, size in loaded if path.startswith(OWN) and path.endswith(CODE)) <= MOST_BYTES
    assert len(loaded) <= MOST_REQUESTS
    assert grave_in_both_themes(page) == []
    for size in (NARROW, ENLARGED):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.fixture(scope="module")
def without_scripts(running_hub: RunningHub, browser: Browser, people) -> Iterator[Page]:
    context = browser.new_context(base_url=running_hub.url, viewport=WIDE, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "name", [name for name, shown in PAGES.items() if shown.reading and shown.who == NOBODY]
)
def test_pages_are_read_without_scripts(without_scripts, name):
    visit(without_scripts, PAGES[name])
    expect(without_scripts.locator("main h1").first).to_be_visible()


def test_a_visitor_without_scripts_searches_narrows_and_finds_the_lines_to_copy(without_scripts):
    page = without_scripts
    page.goto("/")
    page.get_by_role("combobox").fill("meadow")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="peft").click()
    expect(page.locator("#found .title")).to_have_text(["river-speech/meadow-small-polite"])
    page.get_by_role("link", name="peft (take away)").click()
    page.get_by_role("link", name="commons-lab/meadow-small", exact=True).click()
    expect(page.get_by_text("snapshot_download")).to_be_hidden()
    page.get_by_text("Python", exact=True).click()
    expect(page.get_by_text("snapshot_download")).to_be_visible()


def test_from_the_search_to_the_copied_lines_with_the_keyboard_alone(looking, running_hub):
    context = looking(NOBODY)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.type("meadow-small")
    expect(box).to_have_attribute("aria-expanded", "true")
    wanted = page.get_by_role("option", name="commons-lab/meadow-small Text", exact=False).first
    expect(wanted).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if wanted.get_attribute("aria-selected") == "true":
            break
    expect(box).to_have_attribute("aria-activedescendant", wanted.get_attribute("id"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{MODEL}")
    reach(page, "#use-hf")
    page.keyboard.press("ArrowRight")
    reach(page, ".copy button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert f'endpoint="{running_hub.url}"' in page.evaluate("navigator.clipboard.readText()")
    page.close()


def reach(page: Page, selector: str) -> None:
    """Go on with the tabulator until what is meant has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"The keyboard does not reach {selector}.")


def test_a_filter_changes_the_list_and_the_address_without_loading_the_page_anew(looking):
    page = looking(NOBODY).new_page()
    page.goto("/models")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="peft").click()
    adapters = ["river-speech/meadow-small-polite", "river-speech/sedge-adapter"]
    expect(page.locator("#found .title")).to_have_text(adapters)
    expect(page.locator("#tally")).to_be_focused()
    assert page.url.endswith("?library=peft")
    page.get_by_label("Sort by").select_option("likes")
    page.wait_for_url("**sort=likes**")
    assert "library=peft" in page.url
    page.go_back()
    page.go_back()
    expect(page.locator("#found .title")).not_to_have_count(len(adapters))
    assert page.evaluate("window.same")
    page.close()
