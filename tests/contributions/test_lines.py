"""Comments on single lines: where they may be put, and where they are once the files have moved on."""

import pytest

from accounts.models import AuditEvent
from contributions.discussions.errors import ThreadNotFound
from contributions.discussions.services import comment
from contributions.pulls.lines import comment_on_line, line_comments, lines_now, resolve
from contributions.pulls.merging import update
from contributions.pulls.sides import changes_of, sides_of
from hub.errors import Forbidden, InvalidInput
from hub.revisions.operations import AddInline
from hub.revisions.selectors import find_file, resolve_revision
from storage.services import quarantine
from tests.factories.accounts import make_user
from tests.factories.discussions import make_pull, push, session
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db

TEXT = [f"line {number}" for number in range(1, 41)]


def text_of(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture
def repository(owner):
    files = {"README.md": b"# One\n", "long.txt": text_of(TEXT), "a.bin": b"\0a"}
    return make_repository(owner, files=files)


@pytest.fixture
def pull(repository, guest):
    changed = [*TEXT[:19], "line twenty", *TEXT[20:]]
    return make_pull(repository, guest, {"long.txt": text_of(changed), "a.bin": b"\0b"})


def say(pull, user, line, side="new", path="long.txt", **rest):
    seen = rest.pop("commit", None) or sides_of(pull).head.commit
    place = {"path": path, "side": side, "line": line, "commit": seen}
    return comment_on_line(pull=pull, actor=session(user), text="Why?", **place)


def lines_of(pull) -> list[int | None]:
    events = line_comments(pull.discussion)
    now = lines_now(changes_of(sides_of(pull)), events)
    return [now.get(event.pk) for event in events]


def test_a_comment_keeps_the_line_with_those_around_it(pull, owner, guest):
    old, new, context = say(pull, owner, 20, "old"), say(pull, guest, 20), say(pull, owner, 17, "old")
    assert old.data["around"] == [[19, "line 19"], [20, "line 20"], [21, "line 21"]]
    assert new.data["around"] == [[19, "line 19"], [20, "line twenty"], [21, "line 21"]]
    # What both texts have is a line of the new one.
    assert (context.data["side"], context.data["line"]) == ("new", 17)
    assert lines_of(pull) == [20, 20, 17]
    assert AuditEvent.objects.filter(event="discussion.commented").count() == 3


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("path", {"path": "README.md"}),
        ("path", {"path": "absent.txt"}),
        ("path", {"path": "a.bin"}),
        ("side", {"side": "both"}),
        ("line", {"line": 16}),
        ("line", {"line": 24}),
        ("line", {"line": 0}),
        ("line", {"line": -1}),
        ("line", {"line": 10**9}),
        ("commit", {"commit": "0" * 40}),
    ],
)
def test_what_is_no_line_of_the_change_is_refused_by_its_field(pull, owner, field, place):
    with pytest.raises(InvalidInput) as caught:
        say(pull, owner, **{"line": 20} | place)
    assert caught.value.field == field
    assert line_comments(pull.discussion) == []


def test_a_line_moves_with_the_text_around_it_and_is_outdated_once_it_is_gone(pull, owner, guest):
    say(pull, owner, 20)
    say(pull, owner, 22)
    say(pull, owner, 20, "old")
    changed = ["first", "second", *TEXT[:19], "line twenty", "between", *TEXT[20:]]
    push(pull, guest, {"long.txt": text_of(changed)})
    assert lines_of(pull) == [22, 25, 20]
    push(pull, guest, {"long.txt": text_of([*TEXT[:19], "something else", *TEXT[20:]])})
    assert lines_of(pull) == [None, 22, 20]
    push(pull, guest, {"long.txt": None})
    assert lines_of(pull) == [None, None, 20]
    push(pull, guest, {"long.txt": text_of(TEXT)})
    assert lines_of(pull) == [None, None, None]


def test_a_line_before_the_change_moves_with_the_branch(pull, repository, owner, guest):
    say(pull, owner, 20, "old")
    commit(repository, owner, [AddInline("long.txt", text_of(["new", *TEXT]))])
    update(pull=pull, actor=session(guest), settled={"long.txt": "ours"})
    assert lines_of(pull) == [21]


@pytest.mark.parametrize("comments", [1, 12])
def test_where_lines_went_is_asked_as_often_however_many_there_are(
    pull, owner, guest, comments, django_assert_num_queries
):
    for number in range(comments):
        say(pull, owner, 17 + number % 7)
    events, changes = line_comments(pull.discussion), changes_of(sides_of(pull))
    with django_assert_num_queries(0):
        lines_now(changes, events)
    push(pull, guest, {"long.txt": text_of(["first", *TEXT[:19], "line twenty", *TEXT[20:]])})
    changes = changes_of(sides_of(pull))
    lines_now(changes, events)
    with django_assert_num_queries(1):
        now = lines_now(changes, events)
    assert sorted(now.values()) == sorted(event.data["line"] + 1 for event in events)


def test_nobody_speaks_of_what_they_are_not_given(pull, repository, owner, guest):
    repository.gated = "manual"
    repository.save()
    with pytest.raises(Forbidden):
        say(pull, make_user(), 20)
    say(pull, owner, 20)


def test_a_line_is_settled_by_who_wrote_it_who_proposes_the_change_and_writers(pull, owner, guest):
    other = make_user()
    event = say(pull, other, 20)
    for user in (other, guest, owner):
        assert resolve(pull=pull, event_id=event.pk, actor=session(user)).data["resolved"] is True
        assert resolve(pull=pull, event_id=event.pk, actor=session(user), value=False)
    with pytest.raises(Forbidden):
        resolve(pull=pull, event_id=event.pk, actor=session(make_user()))
    assert AuditEvent.objects.filter(event="comment.resolved", subject__startswith="repository:").count() == 6
    plain = comment(discussion=pull.discussion, actor=session(other), text="Hm")
    with pytest.raises(InvalidInput):
        resolve(pull=pull, event_id=plain.pk, actor=session(other))
    with pytest.raises(ThreadNotFound):
        resolve(pull=pull, event_id=plain.pk + 1000, actor=session(other))


def test_a_dangerous_file_is_no_place_to_speak_of(pull, repository):
    quarantine(sha256=find_file(resolve_revision(repository, pull.head_ref), "long.txt").sha256)
    with pytest.raises(Forbidden):
        say(pull, make_user(), 20)
