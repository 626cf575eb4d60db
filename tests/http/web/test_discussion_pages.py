"""Discussions and pull requests on the pages, as people with different rights see and use them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions.discussions.models import Discussion
from contributions.discussions.selectors import events_of, find_thread
from contributions.discussions.services import edit_comment, react
from contributions.discussions.withholding import serve_comment, withhold_comment
from contributions.pulls.selectors import pull_of
from contributions.pulls.sides import sides_of
from hub.personal.services import delete_account
from hub.revisions.operations import AddInline
from hub.revisions.protection import protect
from hub.revisions.selectors import find_file, list_refs, read_text, resolve_revision
from storage.models import Blob
from storage.services import keep_scan_states
from tests.browsing import browser
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.discussions import make_discussion, make_pull, push, session
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def repository(owner):
    return make_repository(owner, name="bert", files={"README.md": b"# One\n", "a.txt": b"1"})


def scanned():
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))


def said(user, address, **data):
    return browser(user).post(address, data)


THREADS = "/ada/bert/discussions"


def test_a_discussion_is_opened_answered_edited_hidden_and_closed(repository, owner, guest):
    answer = said(guest, f"{THREADS}/new", title="Which licence?", text="The card says **nothing**.")
    assert (answer.status_code, answer["Location"]) == (302, f"{THREADS}/1")
    page = browser().get(f"{THREADS}/1").content.decode()
    assert "Which licence?" in page
    assert "<strong>nothing</strong>" in page
    assert "<textarea" not in page
    answer = said(owner, f"{THREADS}/1", do="comment", text="<script>alert(1)</script>MIT")
    [_, comment] = events_of(find_thread(repository, 1))
    assert answer["Location"] == f"{THREADS}/1#event-{comment.pk}"
    page = browser(guest).get(f"{THREADS}/1").content.decode()
    assert "alert(1)" not in page
    assert "MIT" in page
    assert f"?edit={comment.pk}" not in page
    assert f"?edit={comment.pk}" in browser(owner).get(f"{THREADS}/1").content.decode()
    assert 'value="edit"' in browser(owner).get(f"{THREADS}/1?edit={comment.pk}").content.decode()
    said(owner, f"{THREADS}/1", do="edit", comment=comment.pk, text="Apache, the second")
    assert "What it said before" in browser().get(f"{THREADS}/1").content.decode()
    said(guest, f"{THREADS}/1", do="react", comment=comment.pk, emoji="👍")
    assert "grace" in browser().get(f"{THREADS}/1").content.decode()
    said(owner, f"{THREADS}/1", do="hide", comment=comment.pk)
    page = browser(guest).get(f"{THREADS}/1").content.decode()
    assert "This comment was hidden." in page
    assert "Apache, the second" not in page
    said(owner, f"{THREADS}/1", do="status", value="closed", text="Thanks")
    assert find_thread(repository, 1).status == "closed"
    said(owner, f"{THREADS}/1", do="rename", title="Which licence is it?")
    said(owner, f"{THREADS}/1", do="lock", value="on")
    said(owner, f"{THREADS}/1", do="pin", value="on")
    thread = find_thread(repository, 1)
    assert (thread.title, bool(thread.locked_at), bool(thread.pinned_at)) == (
        "Which licence is it?",
        True,
        True,
    )
    page = browser(guest).get(f"{THREADS}/1").content.decode()
    assert "locked" in page
    assert 'value="comment"' not in page


def test_somebody_who_left_is_called_that_everywhere(repository, owner, guest):
    organisation = make_organisation(owner=owner)
    model = make_repository(owner, namespace=organisation, name="m", files={"README.md": b"# One\n"})
    writer = make_member(organisation, "write")
    pull = make_pull(model, guest)
    scanned()
    address = f"{model.url_path}/discussions/1"
    for data in (
        {"do": "lock", "value": "on"},
        {"do": "pin", "value": "on"},
        {"do": "rename", "title": "Other"},
    ):
        assert said(writer, address, **data).status_code == 302
    said(writer, address, do="merge", how="merge", seen=sides_of(pull).head.commit)
    for person in (writer, guest):
        delete_account(user=person)
    for page in (address, f"{address}/files", f"{model.url_path}/discussions?status=closed"):
        shown = re.sub(r"<title>.*</title>", "", browser().get(page).content.decode())
        assert "–" not in shown
        assert "somebody who left" in shown
    shown = browser().get(address).content.decode()
    for words in ("brought changes to", "locked this", "pinned this", "renamed this", "merged this"):
        assert f"somebody who left {words}" in shown


def test_taking_over_the_branch_says_whose_commit_it_is_and_what_that_costs(repository, owner, guest):
    make_pull(repository, guest)
    for person in (owner, guest):
        assert "It becomes a commit of yours" not in merging_of(person).split("Add commits to it")[0]
    commit(repository, owner, [AddInline("a.txt", b"2")])
    for person in (owner, guest):
        assert merging_of(person).count("It becomes a commit of yours.") == 2
    assert "your own approval of this pull request counts no more" in merging_of(owner)
    assert "your own approval" not in merging_of(guest)
    assert "It becomes a commit" not in merging_of(None)


def merging_of(user) -> str:
    return browser(user).get(f"{THREADS}/1").content.decode().partition('id="merge-box"')[2]


def test_what_was_typed_is_there_again_when_it_cannot_be_said(repository, guest, settings):
    make_discussion(repository, guest)
    settings.COMMENTS_PER_HOUR = 1
    answer = said(guest, f"{THREADS}/1", do="comment", text="A long thought")
    assert answer.status_code == 429
    assert "A long thought" in answer.content.decode()
    assert said(guest, f"{THREADS}/1", do="comment", text=" ").status_code == 400
    assert said(guest, f"{THREADS}/1", do="dance").status_code == 400
    assert said(guest, f"{THREADS}/1", do="edit", comment="x", text="y").status_code == 404
    assert said(guest, f"{THREADS}/2", do="comment", text="y").status_code == 404
    assert said(guest, f"{THREADS}/new", title="ab", text="y").status_code == 400
    assert len(events_of(find_thread(repository, 1))) == 1


def test_those_without_an_account_read_and_are_asked_to_log_in(repository, guest):
    make_discussion(repository, guest)
    for path in (f"{THREADS}/new", f"{THREADS}/1"):
        answer = browser().post(path, {"do": "comment", "text": "Hello"})
        assert answer["Location"].startswith("/accounts/login/")
    assert "Log in" in browser().get(f"{THREADS}/1").content.decode()


def test_a_list_shows_what_is_open_then_what_is_closed_of_each_kind(repository, owner, guest):
    make_discussion(repository, guest)
    make_pull(repository, guest, title="Better words")
    make_pull(repository, owner, title="A draft of mine", status="draft")
    said(owner, f"{THREADS}/1", do="status", value="closed")

    def shown(query=""):
        page = browser().get(f"{THREADS}{query}").content.decode()
        return [title for title in ("A question", "Better words", "A draft of mine") if title in page]

    assert shown() == ["Better words", "A draft of mine"]
    assert shown("?status=closed") == ["A question"]
    assert shown("?kind=discussions") == []
    assert shown("?kind=pulls&search=better") == ["Better words"]
    assert shown("?author=ada") == ["A draft of mine"]
    assert shown("?page=2") == []
    for query in ("?kind=x", "?status=x"):
        assert browser().get(f"{THREADS}{query}").status_code == 400


@pytest.mark.parametrize("threads", [1, 20])
def test_a_list_asks_as_often_however_long_it_is(repository, guest, threads, django_assert_num_queries):
    for _ in range(threads):
        make_discussion(repository, guest)
    client = browser()
    client.get(THREADS)
    with django_assert_num_queries(4):
        client.get(THREADS)


@pytest.mark.parametrize("much", [0, 8])
def test_a_thread_asks_as_often_however_much_was_said(
    repository, owner, guest, much, django_assert_num_queries
):
    pull = make_pull(repository, guest)
    for number in range(much):
        push(pull, guest, {f"{number}.txt": b"%d" % number})
        said(owner, f"{THREADS}/1", do="comment", text=f"{number}")
    scanned()
    client = browser()
    client.get(f"{THREADS}/1")
    with django_assert_num_queries(29):
        client.get(f"{THREADS}/1")


def test_somebody_who_may_not_write_proposes_an_edit_and_the_owner_merges_it(repository, owner, guest):
    page = browser(guest).get("/ada/bert/edit/main/README.md").content.decode()
    assert "As a pull request" in page
    assert "To the branch main" not in page
    base = find_file(resolve_revision(repository, "main"), "README.md").oid
    form = {"do": "commit", "text": "# Two\n", "base": base, "summary": "Say more", "where": "pull"}
    for where in ("here", "new"):
        refused = said(guest, "/ada/bert/edit/main/README.md", **form | {"where": where, "branch": "x"})
        assert refused.status_code == 400
    assert not Discussion.objects.exists()
    answer = said(guest, "/ada/bert/edit/main/README.md", **form)
    assert (answer.status_code, answer["Location"]) == (302, f"{THREADS}/1")
    assert find_thread(repository, 1).title == "Say more"
    page = browser(owner).get(f"{THREADS}/1").content.decode()
    assert "in the way" not in page
    assert "has not ended yet" in page
    assert "every 4s" in page
    scanned()
    box = browser(owner).get(f"{THREADS}/1?part=merge").content.decode()
    assert "Everything is checked" in box
    assert "<html" not in box
    assert "Merge into main" not in browser(guest).get(f"{THREADS}/1").content.decode()
    files = browser().get(f"{THREADS}/1/files").content.decode()
    assert "1 changed file" in files
    assert "Two" in files
    head = sides_of(pull_of(find_thread(repository, 1))).head.commit
    assert said(guest, f"{THREADS}/1", do="merge", seen=head).status_code == 403
    assert said(owner, f"{THREADS}/1", do="merge", seen="0" * 40).status_code == 412
    said(owner, f"{THREADS}/1", do="merge", seen=head, how="squash")
    assert find_thread(repository, 1).status == "merged"
    assert read_text(find_file(resolve_revision(repository, "main"), "README.md")) == "# Two\n"
    assert "merged this" in browser().get(f"{THREADS}/1").content.decode()


def test_files_are_deleted_moved_and_added_by_pull_request(repository, guest):
    base = find_file(resolve_revision(repository, "main"), "a.txt").oid
    said(guest, "/ada/bert/delete/main/a.txt", base=base, where="pull")
    said(guest, "/ada/bert/move/main/a.txt", base=base, where="pull", path="b.txt")
    said(guest, "/ada/bert/new/main", do="commit", path="c.txt", text="3", where="pull", base="")
    assert [thread.title for thread in Discussion.objects.order_by("number")] == [
        "Delete a.txt",
        "Rename a.txt to b.txt",
        "Add c.txt",
    ]
    assert read_text(find_file(resolve_revision(repository, "refs/pr/3"), "c.txt")) == "3"
    assert [ref.name for ref in list_refs(repository) if "pr/" in ref.name] == [
        *("refs/pr/1", "refs/pr/2", "refs/pr/3")
    ]
    assert find_file(resolve_revision(repository, "main"), "a.txt")


def test_a_conflict_is_settled_file_by_file(repository, owner, guest):
    make_pull(repository, guest, {"README.md": b"# Two\n", "a.txt": b"2"})
    commit(repository, owner, [AddInline("README.md", b"# Three\n"), AddInline("a.txt", b"3")])
    page = browser(guest).get(f"{THREADS}/1").content.decode()
    assert "Whose version counts?" in page
    form = {"do": "update", "path": ["README.md", "a.txt"], "side": ["ours", "theirs"]}
    wrong = browser(guest).post(f"{THREADS}/1", form | {"side": ["ours", "x"]})
    assert wrong.status_code == 400
    assert browser(make_user()).post(f"{THREADS}/1", form).status_code == 403
    assert browser(guest).post(f"{THREADS}/1", {"do": "update"}).status_code == 409
    browser(guest).post(f"{THREADS}/1", form)
    revision = resolve_revision(repository, "refs/pr/1")
    assert read_text(find_file(revision, "README.md")) == "# Two\n"
    assert read_text(find_file(revision, "a.txt")) == "3"
    assert "Whose version counts?" not in browser(guest).get(f"{THREADS}/1").content.decode()


def test_reviews_are_asked_for_and_given(repository, owner, guest):
    protect(repository=repository, pattern="main", approvals=1, actor_user=owner)
    make_pull(repository, guest)
    scanned()
    assert "1 more approval is needed." in browser(owner).get(f"{THREADS}/1").content.decode()
    head = sides_of(pull_of(find_thread(repository, 1))).head.commit
    assert "Review it" not in browser(guest).get(f"{THREADS}/1").content.decode()
    said(owner, f"{THREADS}/1", do="review", verdict="request-changes", seen=head, text="Say why")
    assert "asked for changes" in browser(guest).get(f"{THREADS}/1").content.decode()
    said(owner, f"{THREADS}/1", do="review", verdict="approve", seen=head)
    assert "Everything is checked" in browser(owner).get(f"{THREADS}/1").content.decode()


def test_a_draft_is_shown_as_ready_by_its_author(repository, owner, guest):
    make_pull(repository, guest, status="draft")
    scanned()
    assert "It is ready" in browser(guest).get(f"{THREADS}/1").content.decode()
    assert "Merge into" not in browser(owner).get(f"{THREADS}/1").content.decode()
    said(guest, f"{THREADS}/1", do="status", value="open")
    assert "Merge into" in browser(owner).get(f"{THREADS}/1").content.decode()


def test_an_admin_is_told_what_a_merge_against_the_checks_is(repository, owner, guest):
    make_pull(repository, guest, {"model.bin": b"weights"})
    page = browser(owner).get(f"{THREADS}/1").content.decode()
    assert "Merge against these checks" in page
    head = sides_of(pull_of(find_thread(repository, 1))).head.commit
    assert said(owner, f"{THREADS}/1", do="merge", seen=head).status_code == 409
    said(owner, f"{THREADS}/1", do="merge", seen=head, override="on")
    assert "Against these checks:" in browser().get(f"{THREADS}/1").content.decode()


def test_what_is_in_gated_files_is_not_told_by_pull_requests(repository, owner, guest):
    make_pull(repository, owner, {"README.md": b"# Two\n", "a.txt": b"secret words"})
    repository.gated = "manual"
    repository.save()
    page = browser(guest).get(f"{THREADS}/1/files").content.decode()
    assert "secret words" not in page
    assert browser(guest).get("/ada/bert/edit/main/a.txt").status_code == 403
    assert browser(guest).get("/ada/bert/new/main").status_code == 403


def test_a_moderator_hides_and_locks_but_does_not_close(repository, guest):
    make_discussion(repository, guest)
    moderator = make_moderator()
    [comment] = events_of(find_thread(repository, 1))
    said(moderator, f"{THREADS}/1", do="hide", comment=comment.pk)
    said(moderator, f"{THREADS}/1", do="lock", value="on")
    assert said(moderator, f"{THREADS}/1", do="status", value="closed").status_code == 403
    assert find_thread(repository, 1).locked_at


def test_a_pull_request_is_gone_on_with_in_the_editor_by_those_who_may_push(repository, owner, guest):
    pull = make_pull(repository, guest, {"README.md": b"# Two\n"})
    address = "/ada/bert/edit/refs%2Fpr%2F1/README.md"
    stranger = make_user()
    assert "To this pull request" not in browser(stranger).get(address).content.decode()
    for user in (guest, owner):
        assert "To this pull request" in browser(user).get(address).content.decode()
        base = find_file(resolve_revision(repository, "refs/pr/1"), "README.md").oid
        form = {"do": "commit", "text": f"# {user.username}\n", "base": base, "where": "here"}
        assert said(stranger, address, **form).status_code == 400
        assert said(user, address, **form)["Location"] == f"{THREADS}/1"
        late = said(user, address, **form | {"text": "# Late\n"})
        assert late.status_code == 409
    assert read_text(find_file(resolve_revision(repository, "refs/pr/1"), "README.md")) == "# ada\n"
    said(guest, f"{THREADS}/1", do="status", value="closed")
    assert "To this pull request" not in browser(guest).get(address).content.decode()
    assert pull.head_ref == "refs/pr/1"


def without_token(page: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)


def polled(client) -> tuple[str, list[str]]:
    """What the box of a merge says when it is asked for again, and the queries for it."""
    with CaptureQueriesContext(connection) as captured:
        box = client.get(f"{THREADS}/1?part=merge").content.decode()
    return box, [query["sql"] or "" for query in captured]


MANY = {f"{n % 7}/{n}/{n % 3}/{n}.txt": b"%d" % n for n in range(60)}


@pytest.mark.parametrize("files", [{"a.txt": b"2"}, MANY])
def test_looking_again_at_a_merge_reads_no_folder_and_asks_as_often_however_large_it_is(
    repository, owner, guest, files
):
    make_pull(repository, guest, files)
    commit(repository, owner, [AddInline("b.txt", b"1")])
    client = browser(owner)
    before, first = polled(client)
    after, again = polled(client)
    assert without_token(after) == without_token(before)
    assert any("storage_tree" in sql for sql in first)
    assert not any("storage_tree" in sql for sql in again)
    assert len(again) == 17


def test_what_was_kept_of_a_merge_is_not_told_of_other_commits(repository, owner, guest):
    pull = make_pull(repository, guest, {"a.txt": b"2"})
    client = browser(owner)
    assert "has not ended yet" in polled(client)[0]
    scanned()
    assert "Everything is checked" in polled(client)[0]
    push(pull, guest, {"n.txt": b"new"})
    box, _ = polled(client)
    assert "The scan of n.txt has not ended yet." in box
    scanned()
    commit(repository, owner, [AddInline("a.txt", b"3")])
    assert "Both sides changed a.txt." in polled(client)[0]
    commit(repository, owner, [AddInline("a.txt", b"1")])
    assert "Everything is checked" in polled(client)[0]
    assert "2 changed files" in client.get(f"{THREADS}/1").content.decode()
    push(pull, guest, {"n.txt": None, "a.txt": b"1"})
    assert "There is nothing to merge." in polled(client)[0]


def test_more_conflicts_than_a_form_has_fields_are_settled_alike(repository, owner, guest, settings):
    paths = [f"{number:03}.txt" for number in range(130)]
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 210
    pull = make_pull(repository, guest, dict.fromkeys(paths, b"theirs"))
    commit(repository, owner, [AddInline(path, b"ours") for path in paths])
    page = browser(guest).get(f"{THREADS}/1").content.decode()
    assert "and 30 more files, all settled alike" in page
    fields = re.findall(r'type="hidden" name="(path|seen|over)" value="([^"]+)"', page)
    sent = {name: [value for key, value in fields if key == name][-1:] for name in ("seen", "over")}
    sent["path"] = [value for key, value in fields if key == "path"]
    sent["side"] = ["ours"] * len(sent["path"])
    form = {"do": "update", "others": "theirs"} | sent
    assert browser(guest).post(f"{THREADS}/1", form | {"others": "x"}).status_code == 400
    # What came since nobody has looked at.
    commit(repository, owner, [AddInline("a.txt", b"2")])
    assert browser(guest).post(f"{THREADS}/1", form).status_code == 412
    form["over"] = resolve_revision(repository, "main").commit
    assert browser(guest).post(f"{THREADS}/1", form).status_code == 302
    revision = resolve_revision(repository, pull.head_ref)
    assert read_text(find_file(revision, "000.txt")) == read_text(find_file(revision, "099.txt")) == "theirs"
    assert read_text(find_file(revision, "100.txt")) == read_text(find_file(revision, "129.txt")) == "ours"


def test_a_moderator_hides_and_locks_in_what_is_taken_down_and_nobody_else_changes_it(
    repository, owner, guest
):
    make_discussion(repository, guest)
    [comment] = events_of(find_thread(repository, 1))
    repository.taken_down_at = timezone.now()
    repository.save()
    moderator = make_moderator()
    for what in ({"do": "hide", "comment": comment.pk}, {"do": "lock", "value": "on"}):
        assert said(owner, f"{THREADS}/1", **what).status_code == 403
        assert said(guest, f"{THREADS}/1", **what).status_code == 404
        assert said(moderator, f"{THREADS}/1", **what).status_code == 302
    assert said(moderator, f"{THREADS}/1", do="status", value="closed").status_code == 403
    assert said(moderator, f"{THREADS}/1", do="comment", text="x").status_code == 403
    thread = find_thread(repository, 1)
    assert (bool(thread.locked_at), events_of(thread)[0].hidden_by) == (True, moderator)


def test_a_withheld_comment_is_shown_nowhere_and_offered_to_nobody(repository, owner, guest):
    thread = make_discussion(repository, guest, text="Buy this cheese")
    [comment] = events_of(thread)
    edited = {"discussion": thread, "event_id": comment.pk, "actor": session(guest)}
    edit_comment(**edited, text="Buy my cheese")
    react(discussion=thread, event_id=comment.pk, actor=session(owner), emoji="👍")
    withhold_comment(event=comment, actor_user=make_moderator())
    for somebody in (None, guest, owner, make_moderator()):
        client = browser(somebody) if somebody else browser()
        for address in (f"{THREADS}/1", f"{THREADS}/1?edit={comment.pk}"):
            page = client.get(address).content.decode()
            assert "This comment was hidden." in page
            assert "cheese" not in page
            assert "👍" not in page
            assert not re.search(r'value="(show|hide|edit)"', page)
        answer = client.get("/api/models/ada/bert/discussions/1")
        assert "cheese" not in answer.content.decode()
        assert answer.json()["events"][0]["data"]["hidden"] is True
    serve_comment(event=comment, actor_user=make_moderator())
    page = browser().get(f"{THREADS}/1").content.decode()
    assert ("Buy my cheese" in page, "Buy this cheese" in page, "👍" in page) == (True, True, True)


def test_those_who_decide_are_offered_to_keep_hidden_what_its_author_hid(repository, owner, guest):
    make_discussion(repository, guest)
    [comment] = events_of(find_thread(repository, 1))
    said(guest, f"{THREADS}/1", do="hide", comment=comment.pk)
    page = browser(guest).get(f"{THREADS}/1").content.decode()
    assert ('value="show"' in page, "Keep it hidden" in page) == (True, False)
    assert "Keep it hidden" in browser(owner).get(f"{THREADS}/1").content.decode()
    said(owner, f"{THREADS}/1", do="hide", comment=comment.pk)
    assert 'value="show"' not in browser(guest).get(f"{THREADS}/1").content.decode()


def test_a_proposal_whose_answer_was_lost_is_not_made_twice(repository, guest):
    base = find_file(resolve_revision(repository, "main"), "README.md").oid
    form = {"do": "commit", "text": "# Two\n", "base": base, "summary": "Say more", "where": "pull"}
    answers = [said(guest, "/ada/bert/edit/main/README.md", **form)["Location"] for _ in range(2)]
    assert answers == [f"{THREADS}/1"] * 2
    assert Discussion.objects.count() == 1
