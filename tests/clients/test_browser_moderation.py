"""A day at the moderators' desk in a real browser, with real scans, mails and pulls."""

import hashlib
import json
import re
import secrets
from email import message_from_string
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
# What stands between the mails in a file.
END_OF_MAIL = re.compile(r"^-{79}\n", re.MULTILINE)
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


def mails_to(person) -> list[str]:
    """The subjects of all mails that somebody was sent, the oldest first; here mails are files."""
    files = sorted((person.hub.data / "mail").glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
    letters = [message_from_string(text) for file in files for text in END_OF_MAIL.split(file.read_text())]
    return [mail["Subject"] for mail in letters if mail["To"] == f"{person.name}@example.org"]


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
    assert wait_for(lambda: len(mails_to(owner)) == 1, seconds=90)
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
    assert wait_for(lambda: len(mails_to(owner)) == 2, seconds=60)
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
    assert wait_for(lambda: len(mails_to(owner)) == 3, seconds=60)
    assert pulled(visitor)
    home.goto(f"/{model}")
    expect(home.get_by_text(UNDONE)).to_be_visible()
    number = case.rpartition("/")[2]
    called = [
        f"Case {number}: your opinion is asked for",
        f"Case {number}: an appeal waits for its answer",
    ]
    assert wait_for(lambda: len(mails_to(bob)) == len(called), seconds=60)
    # Nobody has a mail but these, and whoever is called has it once.
    assert mails_to(owner) == [f"Withheld: {model}"] * 2 + [f"Released: {model}"]
    assert mails_to(bob) == called
    assert mails_to(ann) == mails_to(visitor) == []
    assert wait_for(lambda: len(told(owner.hub, number)) == 3, seconds=90)
    assert [
        row["event"] for row in acts(owner.hub, f"case:{number}") if row["event"] != "publisher.told"
    ] == [
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
    # Of the file itself: the second decision found it withheld, so nothing happened to it then.
    of_file = acts(owner.hub, f"blob:{hashlib.sha256(data).hexdigest()}")
    happened = [row["event"] for row in of_file if not row["event"].startswith("scan.")]
    # Each scanner that finds it flags it.
    assert list(dict.fromkeys(happened)) == [
        "blob.quarantined",
        "subject.flagged",
        "blob.released",
    ]
    assert happened.count("blob.quarantined") == 1
    assert [row["actor_name"] for row in of_file if row["event"] == "blob.released"] == [bob.name]


def acts(hub, subject: str) -> list[dict]:
    """What the log says of a subject, as the operator exports it."""
    rows = (json.loads(line) for line in hub.order("export_audit").splitlines())
    return [row for row in rows if row.get("subject") == subject]


def told(hub, number: str) -> list[dict]:
    return [row for row in acts(hub, f"case:{number}") if row["event"] == "publisher.told"]
