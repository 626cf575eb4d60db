"""A large model's way from a new account to a visitor's disk, with a cut connection and a reloaded page."""

import hashlib
import re
import secrets
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Response, Route, expect

from tests.clients.test_browser import (
    CHROMIUM,
    create_model,
    create_organisation,
    page,
    publish,
    sign_up,
)
from tests.clients.test_browser_editing import edit_card, release
from tests.running import PART_SIZE

__all__ = ["page"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")
MB = 1_000_000
SIZE = 300 * MB
PART = re.compile(r"partNumber=(\d+)")


class Store:
    """What the browser sends to the object store: so many parts are let through, and others held back."""

    def __init__(self, context: BrowserContext) -> None:
        self.open_for = 0
        self.let_through = 0
        self.asked: list[int] = []
        self.arrived: list[int] = []
        context.route(PART, self._pass_or_hold)
        context.on("request", self._note_request)
        context.on("response", self._note_response)

    def _pass_or_hold(self, route: Route) -> None:
        # Chromium asks for permission to send from another origin first, which counts for nothing.
        if route.request.method == "PUT":
            if self.let_through >= self.open_for:
                return
            self.let_through += 1
        route.continue_()

    def _note_request(self, request: Request) -> None:
        if request.method == "PUT":
            self.asked.append(number_of(request.url))

    def _note_response(self, response: Response) -> None:
        if response.request.method == "PUT" and response.ok:
            self.arrived.append(number_of(response.url))

    def wait_for(self, page: Page, count: int) -> None:
        """Return once so many parts have arrived."""
        if len(self.arrived) < count:
            page.wait_for_event("response", lambda _: len(self.arrived) >= count, timeout=60_000)


def number_of(url: str) -> int:
    return int(PART.search(url)[1])


def write_weights(path: Path) -> str:
    """A large file that differs everywhere; returns its sha256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        # Random bytes behind a zero: no scanner takes them for a program.
        for start in range(0, SIZE, 10 * MB):
            piece = (b"" if start else b"\0") + secrets.token_bytes(10 * MB - (not start))
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def test_a_large_model_is_published_over_a_bad_connection_edited_released_found_and_pulled(
    page: Page, visitor, tmp_path: Path
) -> None:
    person, organisation = f"person-{secrets.token_hex(4)}", f"lab-{secrets.token_hex(4)}"
    model = f"large-{secrets.token_hex(4)}"
    address = f"/{organisation}/{model}"
    weights, card = tmp_path / "model.bin", tmp_path / "README.md"
    sha256 = write_weights(weights)
    sign_up(page, person)
    create_organisation(page, organisation)
    create_model(page, organisation, model)

    store, warned = Store(page.context), []
    page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    page.goto(f"{address}/upload")
    page.locator("#pick-files").set_input_files(weights)
    store.open_for = 3
    page.get_by_role("button", name="Publish").click()
    store.wait_for(page, 3)

    page.context.set_offline(True)
    expect(page.get_by_text("The connection is gone.")).to_be_visible()
    cut, store.open_for = Counter(store.arrived), 5
    page.context.set_offline(False)
    store.wait_for(page, 5)
    assert page.request.get(f"{address}/resolve/main/model.bin").status == 404

    there = set(store.arrived)
    page.reload()
    assert warned == ["beforeunload"]
    expect(page.get_by_role("heading", name="An upload is not finished.")).to_be_visible()
    asked_before, store.open_for = len(store.asked), SIZE
    page.locator("#pick-files").set_input_files(weights)
    page.get_by_role("button", name="Go on and publish").click()
    page.wait_for_url(f"**{address}/checks/*", timeout=60_000)
    every = set(range(1, -(-SIZE // PART_SIZE) + 1))
    assert set(store.asked[asked_before:]) == every - there
    assert Counter(store.arrived) == dict.fromkeys(every, 1)
    assert cut.total() == 3
    expect(page.get_by_text("All checks have ended.")).to_be_visible(timeout=60_000)

    card.write_text("---\nlicense: mit\n---\n# Large\n\nSent over a bad connection.\n")
    publish(page, address, [card])
    edit_card(page, address)
    release(page, address, "v1.0")
    page.goto("/")
    page.get_by_label("Search models").fill(model)
    page.get_by_label("Search models").press("Enter")
    page.get_by_role("link", name=f"{organisation}/{model}").first.click()
    expect(page.locator("article")).to_contain_text("Sings a little.")

    folder = tmp_path / "pulled"
    named = f"{organisation}/{model}"
    visitor.hf("download", named, "--revision", "v1.0", "--local-dir", str(folder))
    with (folder / "model.bin").open("rb") as pulled:
        assert hashlib.file_digest(pulled, "sha256").hexdigest() == sha256
    assert "Sings *a little*." in (folder / "README.md").read_text()
