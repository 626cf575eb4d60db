"""A person's way through the pages in a real browser: from signing up to a model that others pull."""

import hashlib
import secrets
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.running import RunningHub

CHROMIUM = shutil.which("chromium")
# Nothing else in the browser speaks to the network, and it runs as root in a container as well.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Over the part size, in bytes, so that the browser sends it in two parts.
WEIGHTS = 40_000_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")


@pytest.fixture
def page(running_hub: RunningHub) -> Iterator[Page]:
    """A fresh browser on the running hub; what its console complains of fails the test."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=running_hub.url)
        page.set_default_timeout(20_000)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        yield page
        browser.close()
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
    page.wait_for_url(f"**{address}/tree/main")


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
    for name in ("README.md", "model.bin"):
        expect(page.locator("table.files").get_by_role("link", name=name, exact=True)).to_be_visible()
    page.goto(address)
    expect(page.locator("article")).to_contain_text("Published from a browser.")
    wait_until_checked(page, f"{address}/tree/main")
    for file in (card, weights):
        sent = hashlib.sha256(file.read_bytes()).hexdigest()
        assert pulled(f"{running_hub.url}{address}/resolve/main/{file.name}") == sent


def wait_until_checked(page: Page, address: str) -> None:
    """Load a folder anew until no file in it waits for the workers."""
    page.goto(address)
    for _ in range(40):
        if page.get_by_text("Still being checked").count() == 0:
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("The workers did not verify the files.")


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
