"""A picture chosen for a comment in a real browser, and what a reader's browser does not load."""

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.axe import grave_in_both_themes
from tests.browser import CHROMIUM
from tests.builders.pictures import png
from tests.clients.test_browser_lines import log_in

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it"),
    pytest.mark.xdist_group("hub"),
]


@pytest.fixture
def talk(join, browser):
    """A person's browser at a thread of theirs."""
    person = join()
    model = person.api.create_repo(f"{person.name}/shown-{secrets.token_hex(4)}").repo_id
    number = person.api.create_discussion(model, "Look", description="At this").num
    context = browser.new_context(base_url=person.hub.url)
    page = context.new_page()
    log_in(page, person)
    page.goto(f"/{model}/discussions/{number}")
    yield page
    context.close()


def drag(page: Page, box: Locator, *paths: Path) -> None:
    """Drag files from outside of the browser over an element and let them go there."""
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    dragged = {
        "x": place["x"] + place["width"] / 2,
        "y": place["y"] + place["height"] / 2,
        "data": {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1},
    }
    session = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": step} | dragged)
    session.detach()


def test_pictures_are_dragged_into_a_comment_and_files_beside_it_change_nothing(talk, tmp_path):
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        path.write_bytes(png())
    box = talk.locator("#text")
    box.fill("Look: ")
    box.press("End")
    drag(talk, box, *paths)
    upload = r"!\[%s\]\(\S+/uploads/\S+\.png\)"
    expect(box).to_have_value(re.compile(f"^Look: {upload % 'a.png'}{upload % 'b.png'}$"))
    expect(talk.locator(".attach [role=status]").last).to_be_empty()
    (tmp_path / "c.svg").write_bytes(b"<svg/>")
    drag(talk, box, tmp_path / "c.svg")
    expect(talk.locator(".attach [role=status]").last).to_contain_text("An attachment is a PNG")
    expect(box).not_to_have_value(re.compile("c.svg"))
    talk.get_by_role("button", name="Comment", exact=True).click()
    for name in ("a.png", "b.png"):
        picture = talk.get_by_role("img", name=name)
        expect(picture).to_be_visible()
        assert picture.evaluate("one => one.complete && one.naturalWidth > 0")


def test_a_picture_is_pasted_and_one_dropped_by_a_page_is_taken(talk):
    box = talk.locator("#text")
    for kind, carrier in (("paste", "clipboardData"), ("drop", "dataTransfer")):
        taken = box.evaluate(
            """(box, [kind, carrier, bytes]) => {
                const files = new DataTransfer();
                files.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: "image/png" }));
                const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
                const event = new Kind(kind, { [carrier]: files, bubbles: true, cancelable: true });
                return !box.dispatchEvent(event);
            }""",
            [kind, carrier, list(png())],
        )
        assert taken
        expect(box).to_have_value(re.compile(rf"!\[{kind}\.png\]\(\S+/uploads/"))


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
