"""A person's way through the pages in a real browser: from signing up to a model that others pull."""

import hashlib
import secrets
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from hub.embedded.process import wait_for
from tests.browser import CHROMIUM
from tests.builders.pickles import calling, global_line
from tests.running import PART_SIZE, RunningHub

# Over the part size, in bytes, so that the browser sends it in two parts.
WEIGHTS = PART_SIZE * 5 // 4

# The texts of a page that do not stand out from what is behind them by 4.5 to 1 (WCAG 2.2, 1.4.3).
TOO_FAINT = """() => {
  const rgb = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll("main *")) {
    const text = [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    if (!text || !node.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether the console was told of an error, but for that the test itself cut the connection."""
    return message.type == "error" and "ERR_INTERNET_DISCONNECTED" not in message.text


@pytest.fixture
def page(browser: Browser, running_hub: RunningHub) -> Iterator[Page]:
    """A browser that knows nothing yet, on the running hub; what its console complains of fails the test."""
    complaints: list[str] = []
    page = browser.new_page(base_url=running_hub.url)
    page.set_default_timeout(20_000)
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    yield page
    page.close()
    assert complaints == []


def sign_up(page: Page, name: str) -> None:
    password = secrets.token_urlsafe(16)
    page.goto("/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password (again)").fill(password)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("summary", has_text=name)).to_be_visible()


def create_organisation(page: Page, name: str) -> None:
    page.goto("/organisations/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create the organisation").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def create_model(page: Page, owner: str, name: str) -> None:
    page.get_by_role("link", name="New model").click()
    expect(page.get_by_label("Owner", exact=True)).to_have_value(owner)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"**/{owner}/{name}")


def publish(page: Page, address: str, files: list[Path]) -> None:
    page.goto(f"{address}/upload")
    page.locator("#pick-files").set_input_files(files)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(f"**{address}/checks/*")


def pulled(url: str) -> str:
    """The sha256 of what a visitor without an account gets."""
    with urllib.request.urlopen(url) as answer:
        return hashlib.file_digest(answer, "sha256").hexdigest()


def test_a_person_signs_up_and_publishes_a_model_that_a_visitor_pulls(
    page: Page, running_hub: RunningHub, tmp_path: Path
):
    person, organisation = f"person-{secrets.token_hex(4)}", f"lab-{secrets.token_hex(4)}"
    address = f"/{organisation}/tiny"
    card, weights = tmp_path / "README.md", tmp_path / "model.bin"
    card.write_text("---\nlicense: mit\n---\n# Tiny\n\nPublished from a browser.\n")
    # Random bytes behind a zero: no scanner takes them for a program.
    weights.write_bytes(b"\0" + secrets.token_bytes(WEIGHTS - 1))

    sign_up(page, person)
    create_organisation(page, organisation)
    create_model(page, organisation, "tiny")
    publish(page, address, [card, weights])

    expect(page.get_by_text("2 files were published.")).to_be_visible()
    expect(page.get_by_text("All checks have ended.")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Files at this commit").click()
    for name in ("README.md", "model.bin"):
        expect(page.locator("table.files").get_by_role("link", name=name, exact=True)).to_be_visible()
    page.goto(address)
    expect(page.locator("article")).to_contain_text("Published from a browser.")
    for file in (card, weights):
        sent = hashlib.sha256(file.read_bytes()).hexdigest()
        assert pulled(f"{running_hub.url}{address}/resolve/main/{file.name}") == sent


def scans_done(person, repo_id: str) -> bool:
    return person.api.model_info(repo_id, securityStatus=True).security_repo_status["scansDone"]


def test_what_the_checks_found_is_read_on_a_phone_and_by_the_keyboard(page: Page, publisher) -> None:
    repo_id = f"{publisher.name}/hostile"
    publisher.api.create_repo(repo_id)
    bad = b"".join(global_line(f"package{n}.module", f"LongNameOfAClass{n}") + b"0" for n in range(30))
    files = {
        "a/rather/long/path/to/the-checkpoint-of-the-last-epoch.pkl": bad + calling("os", "system", "true"),
        "config.json": b'{"auto_map": {"AutoModel": "modeling_of_a_long_name.ClassOfALongName"}}',
        "modeling_of_a_long_name.py": b"import torch\n\nclass ClassOfALongName:\n    pass\n",
    }
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    publisher.api.create_commit(repo_id, operations, commit_message="Put files")
    assert wait_for(lambda: scans_done(publisher, repo_id), seconds=60)
    page.set_viewport_size({"width": 390, "height": 844})
    addresses = [f"/{repo_id}", f"/{repo_id}/tree/main", *(f"/{repo_id}/blob/main/{path}" for path in files)]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in addresses:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, address
            assert page.evaluate(TOO_FAINT) == [], address
    page.goto(addresses[2])
    expect(page.locator("#checks")).to_have_attribute("open", "")
    folded = page.get_by_text("imports package20.module.LongNameOfAClass20")
    expect(folded).to_be_hidden()
    page.locator("#checks details summary").first.focus()
    page.keyboard.press("Enter")
    expect(folded).to_be_visible()


def test_the_api_is_tried_from_its_page(page: Page) -> None:
    name = f"reader-{secrets.token_hex(4)}"
    sign_up(page, name)
    page.get_by_role("link", name="API").click()
    page.locator("#operations-tag-Identity").click()
    who = page.locator("#operations-Identity-getWhoamiV2")
    who.click()
    who.get_by_role("button", name="Try it out").click()
    who.get_by_role("button", name="Execute").click()
    expect(who.locator(".live-responses-table tbody .response-col_status").first).to_have_text("200")
    expect(who.locator(".live-responses-table tbody .response-col_description").first).to_contain_text(name)

    # What changes something needs the page's word against forged requests, which it sends.
    page.locator("#operations-tag-Repositories").click()
    create = page.locator("#operations-Repositories-postReposCreate")
    create.click()
    create.get_by_role("button", name="Try it out").click()
    create.locator("textarea").fill('{"name": "made-by-trying"}')
    create.get_by_role("button", name="Execute").click()
    expect(create.locator(".live-responses-table tbody .response-col_status").first).to_have_text("200")
    page.goto(f"/{name}/made-by-trying")
    expect(page.get_by_role("heading", name="made-by-trying")).to_be_visible()
