"""Discussions and pull requests through the real client: library, command line, and chunked uploads."""

import secrets
from pathlib import Path

import httpx2 as httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from huggingface_hub.errors import (
    BadRequestError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hub.embedded.process import wait_for
from tests.builders.pictures import png

pytestmark = pytest.mark.xdist_group("hub")


def card(title: str) -> bytes:
    """A card of which the client warns nobody."""
    return f"---\nlicense: mit\n---\n# {title}\n".encode()


@pytest.fixture(scope="module")
def guest(join):
    return join()


@pytest.fixture
def model(publisher) -> str:
    """A model with a card, of which everything has been scanned."""
    repo_id = publisher.api.create_repo(f"{publisher.name}/talk-{secrets.token_hex(4)}").repo_id
    publisher.api.upload_file(path_or_fileobj=card("One"), path_in_repo="README.md", repo_id=repo_id)
    return repo_id


def settled(person, repo_id: str, revision: str, paths: list[str]) -> None:
    """Wait until the workers have looked at files."""

    def all_safe() -> bool:
        entries = person.api.get_paths_info(repo_id, paths, revision=revision, expand=True)
        return len(entries) == len(paths) and all(entry.security.status != "queued" for entry in entries)

    assert wait_for(all_safe, seconds=60)


def test_a_discussion_from_its_opening_to_its_end(publisher, guest, visitor, model):
    opened = guest.api.create_discussion(model, "  Which licence? ", description="The card does not say.")
    assert (opened.num, opened.title, opened.status) == (1, "Which licence?", "open")
    assert (opened.author, opened.is_pull_request, opened.git_reference) == (guest.name, False, None)
    assert (opened.repo_id, opened.repo_type) == (model, "model")
    answer = publisher.api.comment_discussion(model, 1, "MIT, **of course**.")
    assert (answer.author, answer.content, answer.edited) == (publisher.name, "MIT, **of course**.", False)
    assert "<strong>of course</strong>" in answer.rendered
    edited = publisher.api.edit_discussion_comment(model, 1, answer.id, "Apache-2.0.")
    assert (edited.content, edited.edited, edited.number_of_edits) == ("Apache-2.0.", True, 1)
    assert edited.edit_history[0]["raw"] == "MIT, **of course**."
    with pytest.raises(HfHubHTTPError) as caught:
        guest.api.edit_discussion_comment(model, 1, answer.id, "GPL")
    assert caught.value.response.status_code == 403
    renamed = guest.api.rename_discussion(model, 1, "Which licence is it?")
    assert (renamed.old_title, renamed.new_title) == ("Which licence?", "Which licence is it?")
    closed = publisher.api.change_discussion_status(model, 1, "closed", comment="Answered.")
    assert closed.new_status == "closed"
    with pytest.warns(UserWarning, match="irreversible"):
        hidden = publisher.api.hide_discussion_comment(model, 1, answer.id)
    assert (hidden.hidden, hidden.content) == (True, "")

    seen = visitor.api.get_discussion_details(model, 1)
    assert [event.type for event in seen.events] == [
        *("comment", "comment", "title-change", "comment", "status-change")
    ]
    assert (seen.status, seen.title, seen.conflicting_files) == ("closed", "Which licence is it?", None)
    assert seen.events[0].content == "The card does not say."
    assert seen.url == f"{publisher.hub.url}/{model}/discussions/1"
    with pytest.raises(HfHubHTTPError) as caught:
        visitor.api.comment_discussion(model, 1, "Hello")
    assert caught.value.response.status_code == 401
    with pytest.raises(BadRequestError, match="characters"):
        guest.api.create_discussion(model, "ab")


def test_lists_come_in_pages_and_are_cut_by_kind_status_and_author(publisher, guest, visitor, model):
    for number in range(53):
        (publisher if number % 2 else guest).api.create_discussion(model, f"Question {number}")
    guest.api.create_pull_request(model, "A draft")
    guest.api.change_discussion_status(model, 53, "closed")
    everything = list(visitor.api.get_repo_discussions(model))
    assert [thread.num for thread in everything] == list(range(54, 0, -1))
    pulls = list(visitor.api.get_repo_discussions(model, discussion_type="pull_request"))
    assert [(thread.num, thread.status, thread.is_pull_request) for thread in pulls] == [(54, "draft", True)]
    closed = list(visitor.api.get_repo_discussions(model, discussion_status="closed"))
    assert [thread.num for thread in closed] == [53]
    assert len(list(visitor.api.get_repo_discussions(model, discussion_status="open"))) == 53
    own = list(visitor.api.get_repo_discussions(model, author=guest.name))
    assert {thread.author for thread in own} == {guest.name}
    assert len(own) == 28


def test_somebody_who_may_not_write_opens_a_pull_request_with_a_commit(publisher, guest, visitor, model):
    landed = guest.api.create_commit(
        model,
        [CommitOperationAdd("README.md", card("Two")), CommitOperationAdd("notes.txt", b"1\n2")],
        commit_message="Say more",
        commit_description="Because it is short.",
        create_pr=True,
    )
    assert landed.pr_url == f"{guest.hub.url}/{model}/discussions/1"
    assert (landed.pr_revision, landed.pr_num) == ("refs/pr/1", 1)
    details = visitor.api.get_discussion_details(model, 1)
    assert (details.status, details.target_branch, details.conflicting_files) == (
        "open",
        "refs/heads/main",
        [],
    )
    assert [event.type for event in details.events] == ["comment", "commit"]
    assert (details.events[0].content, details.events[1].summary) == ("Because it is short.", "Say more")
    assert details.events[1].oid == landed.oid
    assert details.diff.startswith("diff --git a/README.md b/README.md\nindex ")
    assert "-# One\n+# Two\n" in details.diff
    assert "+1\n+2\n\\ No newline at end of file\n" in details.diff
    refs = visitor.api.list_repo_refs(model, include_pull_requests=True)
    assert [(ref.ref, ref.target_commit) for ref in refs.pull_requests] == [("refs/pr/1", landed.oid)]
    assert visitor.api.file_exists(model, "notes.txt", revision="refs/pr/1")
    assert not visitor.api.file_exists(model, "notes.txt")
    # A later push goes to the ref, of its author or of the repository's people, and of nobody else.
    for person in (guest, publisher):
        person.api.upload_file(
            path_or_fileobj=person.name.encode(),
            path_in_repo=f"{person.name}.txt",
            repo_id=model,
            revision="refs/pr/1",
        )
    with pytest.raises(HfHubHTTPError) as caught:
        visitor.api.create_commit(
            model, [CommitOperationDelete("notes.txt")], commit_message="x", revision="refs/pr/1"
        )
    assert caught.value.response.status_code == 401
    assert len(visitor.api.list_repo_commits(model, revision="refs/pr/1")) == 5


def test_a_pull_request_is_merged_once_its_files_are_checked(publisher, guest, model):
    guest.api.create_commit(
        model, [CommitOperationAdd("notes.txt", b"1")], commit_message="Notes", create_pr=True
    )
    with pytest.raises(HfHubHTTPError) as caught:
        guest.api.merge_pull_request(model, 1)
    assert caught.value.response.status_code == 403
    settled(publisher, model, "refs/pr/1", ["notes.txt"])
    publisher.api.merge_pull_request(model, 1, comment="Thank you.")
    details = publisher.api.get_discussion_details(model, 1)
    assert (details.status, [event.type for event in details.events]) == (
        "merged",
        ["comment", "commit", "comment", "status-change"],
    )
    assert details.merge_commit_oid == publisher.api.model_info(model).sha
    assert publisher.api.file_exists(model, "notes.txt")
    with pytest.raises(HfHubHTTPError) as caught:
        publisher.api.merge_pull_request(model, 1)
    assert caught.value.response.status_code == 409
    with pytest.raises(HfHubHTTPError) as caught:
        guest.api.upload_file(
            path_or_fileobj=b"2", path_in_repo="notes.txt", repo_id=model, revision="refs/pr/1"
        )
    assert "merged" in str(caught.value)


def test_a_draft_is_opened_filled_and_shown_as_ready(publisher, guest, model):
    draft = guest.api.create_pull_request(model, "To come", description="Later")
    assert (draft.status, draft.git_reference) == ("draft", "refs/pr/1")
    with pytest.raises(HfHubHTTPError, match="draft"):
        publisher.api.merge_pull_request(model, 1)
    guest.api.upload_file(
        path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=model, revision=draft.git_reference
    )
    assert guest.api.change_discussion_status(model, 1, "open").new_status == "open"
    settled(publisher, model, "refs/pr/1", ["a.txt"])
    publisher.api.merge_pull_request(model, 1)
    assert publisher.api.file_exists(model, "a.txt")


def test_both_sides_changed_a_file_and_nothing_is_lost(publisher, guest, model):
    start = publisher.api.model_info(model).sha
    for person, text in ((publisher, card("Mine")), (guest, card("Theirs"))):
        person.api.create_commit(
            model,
            [CommitOperationAdd("README.md", text)],
            commit_message="Title",
            create_pr=person is guest,
            parent_commit=start if person is guest else None,
        )
    details = publisher.api.get_discussion_details(model, 1)
    assert details.conflicting_files == ["README.md"]
    with pytest.raises(HfHubHTTPError, match=r"Both sides changed README\.md"):
        publisher.api.merge_pull_request(model, 1)
    assert publisher.api.get_discussion_details(model, 1).status == "open"


def test_large_files_come_to_a_pull_request_in_chunks(publisher, guest, visitor, model, tmp_path):
    weights = secrets.token_bytes(3_000_000)
    (tmp_path / "model.bin").write_bytes(weights)
    guest.hf("upload", model, str(tmp_path), ".", "--create-pr", "--commit-message", "Weights")
    assert guest.api.get_discussion_details(model, 1).title == "Weights"
    (tmp_path / "more.bin").write_bytes(weights + b"more")
    landed = guest.api.create_commit(
        model,
        [CommitOperationAdd("more.bin", str(tmp_path / "more.bin"))],
        commit_message="More weights",
        create_pr=True,
    )
    assert landed.pr_num == 2
    guest.api.upload_file(
        path_or_fileobj=str(tmp_path / "more.bin"),
        path_in_repo="again.bin",
        repo_id=model,
        revision="refs/pr/2",
    )
    info = visitor.api.get_paths_info(model, ["model.bin"], revision="refs/pr/1")
    assert info[0].xet_hash
    settled(visitor, model, "refs/pr/2", ["more.bin", "again.bin"])
    for revision, name in (("refs/pr/1", "model.bin"), ("refs/pr/2", "again.bin")):
        path = visitor.api.hf_hub_download(model, name, revision=revision, local_dir=tmp_path / revision)
        assert Path(path).read_bytes().startswith(weights)
    with pytest.raises(HfHubHTTPError):
        guest.api.upload_file(
            path_or_fileobj=str(tmp_path / "more.bin"), path_in_repo="main.bin", repo_id=model
        )
    assert not visitor.api.file_exists(model, "main.bin")


def test_large_files_come_to_a_pull_request_by_lfs(publisher, guest, model, tmp_path):
    (tmp_path / "model.bin").write_bytes(secrets.token_bytes(2_000_000))
    guest.hf("upload", model, str(tmp_path / "model.bin"), "--create-pr", HF_HUB_DISABLE_XET="1")
    assert not publisher.api.get_paths_info(model, ["model.bin"], revision="refs/pr/1")[0].xet_hash
    settled(publisher, model, "refs/pr/1", ["model.bin"])
    publisher.api.merge_pull_request(model, 1)
    assert publisher.api.file_exists(model, "model.bin")


def test_what_cannot_be_a_pull_request_leaves_nothing(publisher, guest, visitor, model):
    one = [CommitOperationAdd("README.md", card("One"))]
    with pytest.raises(RevisionNotFoundError):
        guest.api.create_commit(
            model, [CommitOperationAdd("a", b"1")], commit_message="x", create_pr=True, revision="none"
        )
    with pytest.raises(HfHubHTTPError) as caught:
        visitor.api.create_commit(model, [CommitOperationAdd("a", b"1")], commit_message="x", create_pr=True)
    assert caught.value.response.status_code == 401
    assert guest.api.create_commit(model, one, commit_message="Same", create_pr=True).pr_url is None
    assert list(visitor.api.get_repo_discussions(model)) == []


def test_of_a_private_repository_nobody_learns_its_threads(publisher, guest, model):
    publisher.api.create_discussion(model, "A secret")
    publisher.api.update_repo_settings(model, visibility="private")
    for call in (
        lambda: list(guest.api.get_repo_discussions(model)),
        lambda: guest.api.get_discussion_details(model, 1),
        lambda: guest.api.comment_discussion(model, 1, "Hello"),
        lambda: guest.api.create_commit(
            model, [CommitOperationAdd("a", b"1")], commit_message="x", create_pr=True
        ),
    ):
        with pytest.raises(RepositoryNotFoundError):
            call()


def test_the_command_line_does_it_all(publisher, guest, model):
    assert "#1" in guest.hf("discussions", "create", model, "--title", "By hand", "--body", "Hello")
    guest.hf("discussions", "comment", model, "1", "--body", "One more thing")
    assert "By hand" in guest.hf("discussions", "list", model)
    assert "By hand" in guest.hf("discussions", "info", model, "1")
    guest.hf("discussions", "rename", model, "1", "By hand, again")
    publisher.hf("discussions", "close", model, "1", "--yes")
    assert "By hand" not in guest.hf("discussions", "list", model)
    assert "By hand, again" in guest.hf("discussions", "list", model, "--status", "closed")
    guest.hf("discussions", "reopen", model, "1", "--yes")
    guest.hf("discussions", "create", model, "--title", "A change", "--pull-request")
    guest.api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=model, revision="refs/pr/2")
    guest.api.change_discussion_status(model, 2, "open")
    assert "a.txt" in guest.hf("discussions", "diff", model, "2")
    settled(publisher, model, "refs/pr/2", ["a.txt"])
    publisher.hf("discussions", "merge", model, "2", "--yes")
    assert publisher.api.file_exists(model, "a.txt")


def test_a_picture_is_uploaded_and_shown_in_a_comment(publisher, guest, model, tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    address = guest.api.upload_attachment(tmp_path / "a.png")
    assert address.startswith(f"{guest.hub.url}/uploads/")
    assert httpx.get(address).status_code == 404
    thread = guest.api.create_discussion(model, "Look", description=f"![look]({address})")
    assert httpx.get(address).content == png()
    page = httpx.get(f"{guest.hub.url}/{model}/discussions/{thread.num}").text
    assert f'src="{address.removeprefix(guest.hub.url)}"' in page
    (tmp_path / "b.png").write_bytes(b"<svg/>")
    with pytest.raises(HfHubHTTPError) as caught:
        guest.api.upload_attachment(tmp_path / "b.png")
    assert caught.value.response.status_code == 400


def test_a_program_comments_on_a_line_of_the_diff(publisher, guest, model):
    landed = guest.api.create_commit(
        model, [CommitOperationAdd("README.md", card("Two"))], commit_message="Title", create_pr=True
    )
    address = f"{guest.hub.url}/api/models/{model}/discussions/1/comment"
    place = {"path": "README.md", "side": "new", "line": 4, "commit": landed.oid}

    def say(**line):
        body = {"comment": "Why two?", "line": place | line}
        return httpx.post(address, json=body, headers={"Authorization": f"Bearer {publisher.token}"})

    answer = say()
    assert answer.status_code == 200
    told = answer.json()["newMessage"]["data"]
    assert (told["path"], told["side"], told["line"]) == ("README.md", "new", 4)
    for field, wrong in {"path": "a.txt", "side": "both", "line": 99, "commit": "0" * 40}.items():
        refused = say(**{field: wrong})
        assert (refused.status_code, field in refused.text) == (400, True), refused.text
    assert say(line="4").status_code == say(path=None).status_code == 400
    # The client reads it as a comment like any other.
    comments = [
        event for event in guest.api.get_discussion_details(model, 1).events if event.type == "comment"
    ]
    assert [comment.content for comment in comments] == ["", "Why two?"]


def test_a_client_that_lost_the_answer_asks_again_and_finds_its_pull_request(publisher, guest, model):
    def ask(text: str = "Two"):
        return guest.api.create_commit(
            model, [CommitOperationAdd("README.md", card(text))], commit_message="Title", create_pr=True
        )

    first, again = ask(), ask()
    assert (
        (again.pr_num, again.oid, again.pr_url)
        == (first.pr_num, first.oid, first.pr_url)
        == (
            1,
            first.oid,
            f"{guest.hub.url}/{model}/discussions/1",
        )
    )
    assert ask("Three").pr_num == 2
    assert len(list(guest.api.get_repo_discussions(model))) == 2
