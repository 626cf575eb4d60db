"""A person looks at files and history in a real browser, and brings a file back."""

import secrets

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from playwright.sync_api import Page, expect

from hub.embedded.process import wait_for
from tests.builders.weights import safetensors
from tests.clients.test_browser import CHROMIUM, TOO_FAINT, page, sign_up
from tests.running import RunningHub

__all__ = ["page"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it")

CODE = b'def greet(name):\n    """Say hello."""\n    return f"Hello {name}"\n'
CARD = b"---\nlicense: mit\n---\n# Greeter\n"
TENSORS = {
    **{f"model.layers.{number}.up.weight": ("F16", [8, 4]) for number in range(11)},
    "lm_head.weight": ("F32", [4, 4]),
}


@pytest.fixture
def thing(page: Page, running_hub: RunningHub) -> str:
    """The name of a model of two commits, of somebody who is logged in in the browser."""
    person = f"person-{secrets.token_hex(4)}"
    sign_up(page, person)
    token = running_hub.order("create_token", person, "laptop", "--role", "write").strip()
    api, name = HfApi(endpoint=running_hub.url, token=token), f"{person}/greeter"
    api.create_repo(name)
    files = {"README.md": CARD, "greet.py": CODE, "model.safetensors": safetensors(TENSORS)}
    put(api, name, files, "Publish the greeter")
    assert wait_for(lambda: not waiting(api, name), seconds=60)
    put(api, name, {"README.md": CARD.replace(b"mit", b"apache-2.0"), "greet.py": None}, "Take the code out")
    return name


def put(api: HfApi, name: str, files: dict[str, bytes | None], title: str) -> None:
    operations = [
        CommitOperationDelete(path) if data is None else CommitOperationAdd(path, data)
        for path, data in files.items()
    ]
    api.create_commit(name, operations, commit_message=title)


def waiting(api: HfApi, name: str) -> list[str]:
    """The files of which no scan has ended yet."""
    found = api.list_repo_tree(name, expand=True)
    return [entry.path for entry in found if getattr(entry.security, "status", "") == "queued"]


def test_a_person_reads_tensors_code_and_differences_and_brings_a_file_back(page: Page, thing: str) -> None:
    page.goto(f"/{thing}/blob/main/model.safetensors")
    layer = page.locator("details", has_text="model.layers.10")
    expect(layer.get_by_role("cell", name="8 × 4")).to_be_hidden()
    layer.locator("summary").click()
    row = layer.get_by_role("row", name="model.layers.10.up.weight")
    expect(row).to_contain_text("F16")
    expect(row).to_contain_text("64 B")

    page.get_by_role("link", name="History", exact=True).first.click()
    page.get_by_role("link", name="Take the code out").click()
    expect(page.get_by_text("Licence", exact=True)).to_be_visible()
    expect(page.locator("tr.gone", has_text="license: mit")).to_be_visible()
    expect(page.locator("tr.added mark")).to_have_text("apache-2.0")
    expect(page.locator("article", has_text="greet.py").locator("tr.gone")).to_have_count(3)

    page.locator("dl.facts a").first.click()
    page.get_by_role("link", name="Files at this commit").click()
    page.locator("table.files").get_by_role("link", name="greet.py", exact=True).click()
    expect(page.locator("#L1 .hl-k")).to_have_text("def")
    page.get_by_role("link", name="Restore this file").click()
    expect(page.get_by_text("This changes 1 file on main:")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("It was restored in a new commit.")).to_be_visible()
    expect(page.locator("#L3")).to_contain_text("return")
    page.goto(f"/{thing}/blob/main/greet.py#L2")
    shown = page.locator("#L2").evaluate("line => getComputedStyle(line).backgroundColor")
    assert shown != page.locator("#L1").evaluate("line => getComputedStyle(line).backgroundColor")


def test_files_and_history_are_read_on_a_phone_in_both_themes(page: Page, thing: str) -> None:
    page.goto(f"/{thing}/commits/main")
    newest = page.locator("a.title").first.get_attribute("href")
    addresses = [
        f"/{thing}/tree/main",
        f"/{thing}/blob/main/model.safetensors",
        f"/{thing}/blob/main/README.md",
        f"/{thing}/commits/main/README.md",
        f"/{thing}/compare/main...main",
        newest,
        newest.replace("/commit/", "/tree/"),
    ]
    page.set_viewport_size({"width": 390, "height": 844})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in addresses:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, address
            assert page.evaluate(TOO_FAINT) == [], address


def test_a_path_is_copied(page: Page, thing: str) -> None:
    page.goto(f"/{thing}/tree/main")
    button = page.get_by_role("button", name="Copy the path model.safetensors")
    button.click()
    expect(button).to_have_text("Copied")
    expect(button).to_have_text("Copy path")
