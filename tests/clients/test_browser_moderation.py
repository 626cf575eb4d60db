"""A day at the moderators' desk in a real browser, with real scans, mails and pulls."""

import json
import re
import secrets
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd
from playwright.sync_api import Browser, Page, expect

from hub.embedded.process import wait_for
from tests.axe import grave_in_both_themes
from tests.browser import CHROMIUM
from tests.builders import pickles as made
from tests.clients.test_browser_lines import log_in

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, as Debian packages it"),
    pytest.mark.xdist_group("hub"),
]
REASON = "Loading the file runs a command on the machine of whoever loads it."
UNDONE = "The command is true, which does nothing; the card says so."


@pytest.fixture
def page_of(browser: Browser):
    """A page in which somebody is logged in, in a context of their own."""
    contexts = []

    def opened(person) -> Page:
        contexts.append(browser.new_context(base_url=person.hub.url))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        log_in(page, person)
        return page

    yield opened
    for context in contexts:
        context.close()


def mails_about(hub, name: str) -> list[str]:
    """The subjects of the mails that name something, the oldest first; here mails are files."""
    files = sorted((hub.data / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
    text = "".join(file.read_text() for file in files)
    return re.findall(rf"^Subject: (.*{re.escape(name)}.*)$", text, re.MULTILINE)


def test_a_scan_flags_two_look_one_withholds_the_owner_appeals_and_it_is_served_again(
    join, visitor, page_of, tmp_path: Path
):
    owner, ann, bob = join(), join(), join()
    for moderator in (ann, bob):
        owner.hub.order("desk_role", moderator.name, "moderator")
    model = owner.api.create_repo(f"{owner.name}/day").repo_id
    data = made.calling("os", "system", f"true # {secrets.token_hex(8)}")
    owner.api.create_commit(model, [CommitOperationAdd("model.pkl", data)], commit_message="Weights")

    def pulled(person) -> bool:
        said = person.hf("download", model, "model.pkl", "--local-dir", str(tmp_path), fails=not served)
        return "quarantine" in said or (tmp_path / "model.pkl").read_bytes() == data

    served = False
    assert wait_for(lambda: len(mails_about(owner.hub, model)) == 1, seconds=90)
    assert pulled(visitor)

    desk = page_of(ann)
    desk.goto("/moderation?source=scan&order=age")
    desk.get_by_role("link", name="os.system").last.click()
    case = desk.url
    expect(desk.get_by_text(model).first).to_be_visible()
    expect(desk.get_by_role("heading", name="Excerpt")).to_be_visible()
    desk.get_by_role("button", name="Claim it").click()
    expect(desk.get_by_text(f"{ann.name} has this case.")).to_be_visible()
    desk.get_by_label("Colleague").fill(bob.name)
    desk.get_by_role("button", name="Ask for an opinion").click()

    second = page_of(bob)
    second.goto("/moderation?more=second")
    second.get_by_role("link", name="os.system").click()
    second.get_by_role("textbox", name="Message").fill("It runs true, as far as I see.")
    second.get_by_role("checkbox", name="For the desk alone").check()
    second.get_by_role("button", name="Send").click()
    expect(second.get_by_text("It runs true, as far as I see.")).to_be_visible()

    desk.goto(case)
    expect(desk.get_by_text("It runs true, as far as I see.")).to_be_visible()
    desk.get_by_label("Quarantine: only its publishers").check()
    desk.locator("#id_reason").fill(REASON)
    desk.get_by_role("button", name="Decide").click()
    expect(desk.get_by_role("heading", name="Decide otherwise")).to_be_visible()
    assert grave_in_both_themes(desk) == []
    assert wait_for(lambda: len(mails_about(owner.hub, model)) == 2, seconds=60)
    assert pulled(visitor)

    home = page_of(owner)
    home.goto(f"/{model}")
    home.get_by_role("link", name="Why, and how to answer or appeal").click()
    expect(home.get_by_text(REASON)).to_be_visible()
    assert "It runs true" not in home.content()
    home.get_by_label("Why is the decision wrong?").fill("It is our own test of loaders, and harmless.")
    home.get_by_role("button", name="Send", exact=True).click()
    expect(home.get_by_text("Waits for another moderator")).to_be_visible()
    assert grave_in_both_themes(home) == []

    desk.goto(case)
    expect(desk.get_by_text("Another moderator answers it.")).to_be_visible()
    second.goto("/moderation?more=appealed")
    second.get_by_role("link", name="os.system").click()
    second.locator("textarea[id^=appeal]").fill(UNDONE)
    second.get_by_role("button", name="Undo the decision").click()
    expect(second.get_by_text("The decision was undone")).to_be_visible()

    served = True
    assert wait_for(lambda: len(mails_about(owner.hub, model)) == 3, seconds=60)
    assert pulled(visitor)
    home.goto(f"/{model}")
    expect(home.get_by_text(UNDONE)).to_be_visible()
    assert mails_about(owner.hub, model) == [f"Withheld: {model}"] * 2 + [f"Released: {model}"]
    number = case.rpartition("/")[2]
    assert wait_for(lambda: len(told(owner.hub, number)) == 3, seconds=90)
    assert [row["event"] for row in acts(owner.hub, number) if row["event"] != "publisher.told"] == [
        "case.opened",
        "case.decided",
        "case.claimed",
        "case.second_asked",
        "message.written",
        "case.decided",
        "appeal.filed",
        "appeal.decided",
        "case.decided",
    ]


def acts(hub, number: str) -> list[dict]:
    """What the log says of a case, as the operator exports it."""
    rows = (json.loads(line) for line in hub.order("export_audit").splitlines())
    return [row for row in rows if row.get("subject") == f"case:{number}"]


def told(hub, number: str) -> list[dict]:
    return [row for row in acts(hub, number) if row["event"] == "publisher.told"]
