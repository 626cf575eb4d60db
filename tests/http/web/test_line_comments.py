"""Comments on lines of a pull request, as people read and write them on the pages."""

import re

import pytest

from contributions.discussions.selectors import find_thread
from contributions.discussions.services import hide_comment
from contributions.pulls.lines import line_comments
from contributions.pulls.sides import sides_of
from hub.revisions.selectors import find_file, resolve_revision
from storage.services import quarantine
from tests.browsing import browser
from tests.factories.accounts import make_user
from tests.factories.discussions import make_discussion, make_pull, push, session
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

THREAD = "/ada/bert/discussions/1"
FILES = f"{THREAD}/files"


@pytest.fixture
def repository(owner):
    return make_repository(owner, name="bert", files={"README.md": b"# One\n", "a.txt": b"1\n2\n3\n"})


@pytest.fixture
def pull(repository, guest):
    return make_pull(repository, guest, {"a.txt": b"1\ntwo\n3\n", "b ü.txt": b"new\n"})


def head_of(pull) -> str:
    return sides_of(pull).head.commit


def shown(user, address: str = FILES) -> str:
    answer = browser(user).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def say(pull, user, line: str = "new2", text: str = "Say **why**", **rest):
    form = {"on": "a.txt", "line": line, "seen": head_of(pull), "text": text} | rest
    return browser(user).post(FILES, form)


def test_each_line_has_a_button_for_those_who_may_speak_that_opens_a_form_below_it(pull, owner):
    page = shown(owner)
    assert page.count("Comment on this line") == 2 * page.count('class="say"') == 2 * (4 + 1)
    assert 'aria-label="Comment on this line"' not in shown(None)
    page = shown(owner, f"{FILES}?on=a.txt&line=new2#say")
    row = page.index(">two<") if ">two<" in page else page.index("two")
    assert row < page.index('id="say"') < page.index(">3<", row)
    assert "Comment on line 2" in page
    part = shown(owner, f"{FILES}?on=a.txt&line=new2&seen=x&part=line")
    assert part.startswith('<tr class="said" id="say">')
    assert "<html" not in part
    for address in (f"{FILES}?on=a.txt&line=new99", f"{FILES}?on=absent&line=old1", f"{FILES}?line=x"):
        assert 'id="say"' not in shown(owner, address)


def test_a_comment_stands_below_its_line_and_in_the_thread_with_the_lines_around_it(pull, owner, guest):
    answer = say(pull, owner)
    [event] = line_comments(pull.discussion)
    assert (answer.status_code, answer["Location"]) == (302, f"{FILES}#comment-{event.pk}")
    page = shown(None)
    assert page.index("two") < page.index("Say <strong>why</strong>") < page.index("b ü.txt")
    thread = shown(None, THREAD)
    assert "a.txt:2" in thread
    assert f"{FILES}?path=a.txt#comment-{event.pk}" in thread
    assert re.findall(r"<td>(\d)</td><td>(\w+)</td>", thread) == [("1", "1"), ("2", "two"), ("3", "3")]
    assert "outdated" not in thread


def test_of_a_file_that_is_shown_alone_the_page_comes_back(pull, owner):
    answer = say(pull, owner, "new1", on="b ü.txt", path="b ü.txt")
    assert answer["Location"].startswith(f"{FILES}?path=b+%C3%BC.txt#comment-")
    assert "Say <strong>why</strong>" in shown(owner, answer["Location"].partition("#")[0])


def test_a_line_that_is_gone_is_told_as_outdated_and_beside_no_other(pull, owner, guest):
    say(pull, owner)
    push(pull, guest, {"a.txt": b"0\n1\ntwo\n3\n"})
    assert "a.txt:3" in shown(None, THREAD)
    push(pull, guest, {"a.txt": b"1\nzwei\n3\n"})
    thread = shown(None, THREAD)
    assert "outdated" in thread
    assert "two" in thread
    assert "Say <strong>why</strong>" in thread
    page = shown(None)
    assert "zwei" in page
    assert "Say <strong>why</strong>" not in page


def test_what_was_typed_is_there_again_when_it_cannot_be_said(pull, owner, guest):
    seen = head_of(pull)
    answer = say(pull, owner, text=" ")
    assert answer.status_code == 400
    assert "Write something first." in answer.content.decode()
    for wrong in ({"line": "new99"}, {"on": "README.md"}, {"seen": "0" * 40}):
        answer = say(pull, owner, **{"text": "A long thought"} | wrong)
        assert answer.status_code == 400
        assert "A long thought" in answer.content.decode()
    assert say(pull, owner, line="x").status_code == 400
    push(pull, guest, {"a.txt": b"1\ntwo\nthree\n"})
    answer = say(pull, owner, seen=seen)
    assert "There are new commits since you looked." in answer.content.decode()
    assert say(pull, None)["Location"].startswith("/accounts/login/")
    assert line_comments(pull.discussion) == []


def test_a_discussion_has_no_lines(repository, owner):
    make_discussion(repository, owner)
    assert browser(owner).get(FILES).status_code == 404
    assert browser(owner).post(FILES, {"on": "a.txt", "line": "new1", "text": "x"}).status_code == 404


def test_what_is_settled_says_so(pull, owner, guest):
    say(pull, owner)
    [event] = line_comments(pull.discussion)
    assert "Settle" in shown(guest)
    assert "Settle" not in shown(make_user())
    browser(guest).post(THREAD, {"do": "resolve", "comment": event.pk, "value": "on"})
    for address in (FILES, THREAD):
        assert "settled" in shown(None, address)
        assert "Not settled" in shown(guest, address)
    browser(guest).post(THREAD, {"do": "resolve", "comment": event.pk, "value": "off"})
    assert "settled" not in shown(None, THREAD)


def test_lines_of_gated_files_and_of_hidden_comments_are_not_told(pull, repository, owner, guest):
    say(pull, owner)
    [event] = line_comments(pull.discussion)
    repository.gated = "manual"
    repository.save()
    stranger = make_user()
    for address in (THREAD, FILES):
        assert "two" not in shown(stranger, address)
    answer = browser().get("/api/models/ada/bert/discussions/1").json()
    assert "two" not in str(answer["events"])
    assert {told["data"].get("line") for told in answer["events"]} == {None, 2}
    repository.gated = ""
    repository.save()
    thread = find_thread(repository, 1)
    hide_comment(discussion=thread, event_id=event.pk, actor=session(owner))
    for address in (THREAD, FILES):
        assert "why" not in shown(None, address)
    assert "<td>two</td>" not in shown(None, THREAD)


def test_what_stood_around_a_line_is_not_told_once_its_file_is_withheld(pull, repository, owner, guest):
    say(pull, owner)
    assert "<td>two</td>" in shown(guest, THREAD)
    quarantine(sha256=find_file(resolve_revision(repository, pull.head_ref), "a.txt").sha256)
    for somebody, told in ((None, False), (guest, False), (owner, True)):
        page = shown(somebody, THREAD)
        assert ("<td>two</td>" in page, "<strong>why</strong>" in page) == (told, True)


@pytest.mark.parametrize("comments", [1, 9])
def test_the_files_are_asked_for_as_often_however_much_is_said(
    pull, owner, comments, django_assert_num_queries
):
    for number in range(comments):
        say(pull, owner, f"new{number % 3 + 1}")
    client = browser(owner)
    client.get(FILES)
    with django_assert_num_queries(16):
        assert client.get(FILES).content.decode().count("Say <strong>why</strong>") == comments
