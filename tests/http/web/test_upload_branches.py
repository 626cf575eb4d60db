"""The one commit at the end: on a branch, on a new one, and beside what others commit meanwhile."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contributions.discussions.models import Discussion
from contributions.discussions.selectors import find_thread
from contributions.pulls.selectors import conflicts_of, pull_of
from contributions.pulls.sides import sides_of
from hub.errors import StaleRef
from hub.revisions.models import Ref
from hub.revisions.operations import AddInline
from hub.revisions.publishing import publish
from hub.revisions.refs import create_branch
from hub.revisions.selectors import find_entry, read_text, resolve_revision
from hub.revisions.services import land_commit
from tests.factories.repositories import commit
from tests.http.web.uploading import PAGE, announced, head, post, send
from tests.racing import failures, race


def text(path: str, content: str) -> dict[str, str]:
    return {"path": path, "content": base64.b64encode(content.encode()).decode()}


def finish(world, *files: dict, **more):
    return post(world.client("writer"), f"{PAGE}/finish", {"files": list(files), **more})


def content(world, path: str, branch: str | None = None) -> str | None:
    entry = find_entry(resolve_revision(world.public, branch), path)
    return read_text(entry) if entry else None


def test_files_go_to_the_branch_that_was_chosen(world):
    create_branch(repo=world.public, name="draft", start=None, actor_user=world.users["admin"])
    before = head(world.public)
    assert finish(world, text("a.txt", "A"), branch="draft").status_code == 200
    assert content(world, "a.txt", "draft") == "A"
    assert head(world.public) == before


def test_a_new_branch_is_made_with_the_commit(world):
    before = head(world.public)
    answer = finish(world, text("a.txt", "A"), branch="ideas/first", new_branch=True)
    assert answer.status_code == 200, answer.content
    assert content(world, "a.txt", "ideas/first") == "A"
    assert content(world, "README.md", "ideas/first")
    assert head(world.public) == before


def test_a_new_branch_is_named_and_free_before_any_byte_is_sent(world):
    def told(branch: str, language: str = "en") -> tuple[int, str]:
        sent = {"files": [{"path": "a.bin", "size": 10**9}], "branch": branch, "new_branch": True}
        client = world.client("writer")
        client.cookies["language"] = language
        answer = post(client, f"{PAGE}/check", sent)
        return answer.status_code, answer.json().get("error", "")

    assert told("fresh") == (200, "")
    assert told("main") == (409, "There is a branch called “main” already.")
    assert told("main/x") == (409, "“main” is there, and nothing can be called “main/x” beside it.")
    assert told("main", "de") == (409, "Einen Branch namens „main“ gibt es schon.")
    # While somebody still types the name.
    assert told("") == (200, "")
    answer = finish(world, text("a.txt", "A"), branch="", new_branch=True)
    assert (answer.status_code, answer.json()["field"]) == (400, "branch")


@pytest.mark.parametrize(
    ("files", "branch", "status"),
    [
        ([announced("never-sent.bin", b"never")], "fresh", 400),
        ([text("docs", "a file where a folder is")], "fresh", 400),
        ([text("a.txt", "A")], "main", 409),
        ([text("a.txt", "A")], "main/below", 409),
        ([text("a.txt", "A")], "not a name", 400),
    ],
)
def test_a_commit_that_fails_leaves_no_new_branch(world, files, branch, status):
    answer = finish(world, *files, branch=branch, new_branch=True)
    assert answer.status_code == status, answer.content
    assert answer.json()["error"]
    assert [ref.name for ref in Ref.objects.filter(repository=world.public)] == ["refs/heads/main"]


def test_asking_again_for_a_new_branch_whose_answer_was_lost_gives_its_commit(world):
    wanted = {"branch": "ideas", "new_branch": True, "summary": "Put A", "seen": head(world.public)}
    first = finish(world, text("a.txt", "A"), **wanted).json()["commit"]
    commit(world.public, world.users["admin"], [AddInline("other.txt", b"theirs")])
    again = finish(world, text("a.txt", "A"), **wanted)
    assert (again.status_code, again.json().get("commit")) == (200, first)
    others = {
        "another file": finish(world, text("b.txt", "A"), **wanted),
        "another text": finish(world, text("a.txt", "B"), **wanted),
        "another title": finish(world, text("a.txt", "A"), **wanted | {"summary": "Put it"}),
        "somebody else": post(
            world.client("admin"), f"{PAGE}/finish", {"files": [text("a.txt", "A")], **wanted}
        ),
    }
    assert {what: answer.status_code for what, answer in others.items()} == dict.fromkeys(others, 409)
    assert resolve_revision(world.public, "ideas").commit == first


def test_a_branch_that_is_gone_is_told(world):
    assert finish(world, text("a.txt", "A"), branch="gone").status_code == 404


def test_what_others_committed_elsewhere_is_no_obstacle(world):
    seen = head(world.public)
    commit(world.public, world.users["admin"], [AddInline("other.txt", b"theirs")])
    assert finish(world, text("a.txt", "A"), seen=seen).status_code == 200
    assert content(world, "a.txt") == "A"
    assert content(world, "other.txt") == "theirs"


def test_a_file_that_others_changed_meanwhile_is_not_replaced_unseen(world):
    seen = head(world.public)
    theirs = commit(world.public, world.users["admin"], [AddInline("config.json", b"theirs")])
    answer = finish(world, text("config.json", "mine"), seen=seen)
    assert answer.status_code == 412
    assert "config.json" in answer.json()["error"]
    assert head(world.public) == theirs
    # Having been told so, the publisher can.
    assert finish(world, text("config.json", "mine"), seen=theirs).status_code == 200
    assert content(world, "config.json") == "mine"


def test_asking_for_the_same_commit_again_changes_nothing(world):
    seen = head(world.public)
    first = finish(world, text("config.json", "mine"), seen=seen).json()["commit"]
    again = finish(world, text("config.json", "mine"), seen=seen)
    assert again.status_code == 200
    assert again.json()["commit"] == first == head(world.public)


def test_what_is_there_already_is_called_no_change(world):
    seen, client = head(world.public), world.client("writer")
    answer = post(client, f"{PAGE}/finish", {"files": [text("config.json", '{"hidden": 384}')], "seen": seen})
    assert answer.json()["commit"] == seen
    assert b"Nothing was changed" in client.get(answer.json()["location"]).content


def test_a_token_in_a_file_is_refused_in_words(world):
    from tests.factories.accounts import make_token

    before, token = head(world.public), make_token(world.users["writer"])[1]
    answer = finish(world, text("notes.txt", f"my token is {token}"))
    assert answer.status_code == 400
    assert "notes.txt" in answer.json()["error"]
    assert head(world.public) == before


def publishing(world, path: str, **more):
    return publish(
        repo=world.public,
        actor_user=world.users["writer"],
        operations=[AddInline(path, path.encode())],
        summary="Put",
        description="",
        branch="main",
        **more,
    )


@pytest.mark.django_db(transaction=True)
def test_many_who_publish_at_once_all_land(world):
    paths = [f"{number}.txt" for number in range(4)]
    futures = race([lambda path=path: publishing(world, path) for path in paths])
    assert failures(futures) == []
    for path in paths:
        assert content(world, path) == path


@pytest.mark.django_db(transaction=True)
def test_of_two_who_make_one_branch_at_once_one_does(world):
    clients = [world.client("writer"), world.client("admin")]
    body = {"files": [text("a.txt", "A")], "branch": "same", "new_branch": True}
    futures = race(
        [lambda client=client: post(client, f"{PAGE}/finish", body).status_code for client in clients]
    )
    assert sorted(future.result() for future in futures) == [200, 409]
    assert content(world, "a.txt", "same") == "A"


def test_a_head_that_never_stands_still_is_told(world, monkeypatch):
    def moving(**arguments):
        commit(world.public, world.users["admin"], [AddInline("busy.txt", arguments["base"].encode())])
        return land_commit(**arguments)

    monkeypatch.setattr("hub.revisions.publishing.land_commit", moving)
    with pytest.raises(StaleRef):
        publishing(world, "a.txt")
    assert content(world, "a.txt") is None


def test_somebody_who_may_not_write_brings_files_as_a_pull_request(world):
    before = head(world.public)
    guest = world.client("outsider")
    page = guest.get(PAGE).content.decode()
    assert ":pull" in page
    assert 'value="main"' not in page
    data = b"weights" * 9999
    plan = post(guest, f"{PAGE}/begin", {"files": [announced("w.bin", data)]}).json()["files"][0]
    send(plan, data)
    assert post(guest, f"{PAGE}/{plan['upload_id']}/done", {}).status_code == 200
    files = [announced("w.bin", data), text("a.txt", "A")]
    assert post(guest, f"{PAGE}/finish", {"files": files}).status_code == 403
    commit(world.public, world.users["admin"], [AddInline("a.txt", b"other")])
    said = {"files": files, "pull": True, "seen": before, "summary": "Weights", "description": "As promised."}
    answer = post(guest, f"{PAGE}/finish", said)
    assert answer.json() == {"location": "/acme/bert/discussions/1"}
    thread = find_thread(world.public, 1)
    assert (thread.title, thread.author) == ("Weights", world.users["outsider"])
    assert content(world, "a.txt", "refs/pr/1") == "A"
    assert find_entry(resolve_revision(world.public, "refs/pr/1"), "w.bin").size == len(data)
    assert content(world, "a.txt") == "other"
    # It begins at what was looked at, so that nobody's change is silently undone.
    pull = pull_of(thread)
    assert conflicts_of(pull, sides_of(pull)) == ("a.txt",)


def test_a_pull_request_without_its_files_is_none(world):
    missing = announced("never-sent.bin", b"never")
    answer = post(world.client("outsider"), f"{PAGE}/finish", {"files": [missing], "pull": True})
    assert answer.status_code == 400
    assert not Discussion.objects.exists()


def test_the_plain_form_opens_a_pull_request_for_those_who_may_not_write(world):
    before = head(world.public)
    form = {"files": SimpleUploadedFile("a.txt", b"A")}
    answer = world.client("outsider").post(PAGE, form)
    assert (answer.status_code, answer["Location"]) == (302, "/acme/bert/discussions/1")
    assert (content(world, "a.txt", "refs/pr/1"), head(world.public)) == ("A", before)
